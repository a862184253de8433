"""Middleware that checks every request, before Streamlit and the fast path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from h11 import LocalProtocolError
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected

from playground.server.guard import policy
from playground.server.guard.connections import TEXT_PATHS
from playground.server.guard.hosts import Authority, Hosts, authority
from playground.server.guard.log import ACCESS, LOG
from playground.server.guard.rates import Bucket, ByAddress, Rate
from playground.text import text

TEXT: Final = text("guard")

REQUESTS: Final = Rate(burst=20_000, steady=400)
"""Requests from one address. A page has about 170 files, and a class of 100 behind one address may open it at once."""

HANDSHAKES: Final = Rate(burst=1_000, steady=20)
"""New WebSockets from one address; a page opens two."""

MESSAGES: Final = Rate(burst=2_000, steady=500)
"""Messages on one WebSocket. A pen sends at most one per frame; faster messages are delayed, not refused."""

SMALL_BODY: Final = 64 * 1024
"""Largest size in bytes of a request's body, except for uploads; Streamlit's pages send no other bodies."""

CORE: Final = ("health", "host-config", "stream", "upload_file/", "bidi-components/")
"""Streamlit's own paths that the pages need; its metrics and all others are not served."""

PRIVATE: Final = ("_stcore", "auth", "oauth2callback", "component", "app")
"""Other paths at which Streamlit doesn't answer with a page."""


@dataclass(frozen=True)
class Rules:
    """Rules of one server for requests.

    Attributes:
        hosts: hosts under which the server may be reached.
        base: path prefix of everything, "" or such as "/cnn".
        upload: largest size in bytes of an upload's body.
        embedded: True to let notebooks on this computer show the playground in a frame.
    """

    hosts: Hosts
    base: str = ""
    upload: int = SMALL_BODY
    embedded: bool = False


class RefusedError(Exception):
    """Refusal of a request.

    Args:
        status: HTTP status of the answer.
        key: key of the answer's text.
        values: values for the text's placeholders.
    """

    def __init__(self, status: int, key: str, **values: object) -> None:
        self.status = status
        self.words = TEXT[key].format(**values)
        super().__init__(self.words)


class Guard:
    """Middleware that refuses requests by its rules and handles all exceptions of the application behind it.

    Args:
        app: application that answers the accepted requests.
        rules: rules for requests.
    """

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        self.app, self.rules = app, rules
        self.requests, self.handshakes = ByAddress(REQUESTS), ByAddress(HANDSHAKES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, one WebSocket, or the server's lifespan."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        else:
            await _Exchange(self, scope, receive, send).go()


class _Exchange:
    """One request and its answer."""

    def __init__(self, guard: Guard, scope: Scope, receive: Receive, send: Send) -> None:
        self.guard, self.rules = guard, guard.rules
        self.scope, self._receive, self._send = scope, receive, send
        self.socket = scope["type"] == "websocket"
        self.address = (scope.get("client") or ("",))[0]
        self.host: Authority | None = None
        self.status: int | None = None
        self.gone = False
        self.read = 0
        self.limit = SMALL_BODY
        self.bucket = Bucket(MESSAGES)
        self.start = time.monotonic()

    async def go(self) -> None:
        """Pass the request on, or refuse it."""
        try:
            try:
                response = self._examine()
                if response is None:
                    await self.guard.app(self._passed_on(), self.receive, self.send)
                else:
                    await self._answer(response)
            except RefusedError as refusal:
                await self._refuse(refusal)
        except (ClientDisconnected, asyncio.CancelledError):
            raise
        except Exception as problem:
            await self._fail(problem)
        finally:
            self._note()

    # Incoming

    def _examine(self) -> Response | None:
        rates = self.guard.handshakes if self.socket else self.guard.requests
        if wait := rates.take(self.address):
            raise RefusedError(429, "rate", seconds=max(1, round(wait)))
        path = self.scope["path"]
        base = self.rules.base
        if path not in (f"{base}/ready", f"{base}/_stcore/health") or self._header("host") is not None:
            # A health check over HTTP 1.0 may have no `Host` header.
            self.host = self._checked_host()
        self._check_origin(self.host)
        if base and path == base and not self.socket:
            query = self.scope.get("query_string", b"").decode("latin-1")
            return RedirectResponse(f"{base}/{'?' if query else ''}{query}", 307)
        if not path.startswith(f"{base}/"):
            raise RefusedError(404, "base", base=f"{base}/")
        inner = path.removeprefix(f"{base}/")
        self._check_path(inner)
        if not self.socket:
            self._check_body(inner)
        return None

    def _header(self, name: str) -> str | None:
        found = [value for key, value in self.scope["headers"] if key.lower() == name.encode()]
        if len(found) > 1:
            raise RefusedError(400, "twice", name=name.title())
        return found[0].decode("latin-1") if found else None

    def _checked_host(self) -> Authority:
        written = self._header("host") or ""
        host = authority(written)
        if host is None:
            raise RefusedError(400, "host-malformed")
        if not self.rules.hosts.serve(host):
            LOG.warning(TEXT["host-log"], _plain(written), _plain(host.name))
            raise RefusedError(403, "host", host=host.name)
        return host

    def _check_origin(self, host: Authority | None) -> None:
        origin = self._header("origin")
        # Browsers send `Origin` with every WebSocket, and with every request from another site's page that could change
        # something or whose answer could be read. Other programs send none; they hold no cookies that could be misused.
        if origin is None or (host and self.rules.hosts.trust(origin, host)):
            return
        LOG.warning(TEXT["origin-log"], _plain(origin), _plain(self._header("host") or ""))
        raise RefusedError(403, "origin", host=host.name if host else "-")

    def _check_path(self, inner: str) -> None:
        if "\0" in inner or "\\" in inner:
            raise RefusedError(400, "path")
        first, _, rest = inner.lstrip("/").partition("/")
        public = any(rest == name or (name.endswith("/") and rest.startswith(name)) for name in CORE)
        if first in PRIVATE and not (first == "_stcore" and public):
            raise RefusedError(404, "path")

    def _check_body(self, inner: str) -> None:
        method = self.scope["method"]
        uploads = inner.startswith("_stcore/upload_file/")
        if method not in ("GET", "HEAD") and not (uploads and method in ("PUT", "DELETE")):
            # Only another site's page sends a preflight request.
            raise RefusedError(405, "method", method=_plain(method))
        self.limit = self.rules.upload if uploads else SMALL_BODY
        length = self._header("content-length")
        if length is not None and length.isdecimal() and int(length[:20]) > self.limit:
            raise RefusedError(413, "body", limit=self.limit)

    def _passed_on(self) -> Scope:
        """Request for the playground, with `Origin` adjusted.

        Streamlit compares `Origin` with `Host` again, literally, and if they differ, asks a third party for this
        machine's address.
        """
        host = (self._header("host") or "").encode("latin-1")
        secure = self.scope["scheme"] in ("https", "wss")
        origin = (b"https://" if secure else b"http://") + host
        headers = [(key, origin if key.lower() == b"origin" else value) for key, value in self.scope["headers"]]
        return {**self.scope, "headers": headers}

    async def receive(self) -> Message:
        """Receive a message from the visitor, within the limits of rate and size."""
        if self.socket and (wait := self.bucket.take()):
            await asyncio.sleep(wait)
        message = await self._receive()
        if message.get("text") is not None and not self.scope["path"].endswith(TEXT_PATHS):
            raise RefusedError(400, "text")  # Streamlit expects bytes and fails on text
        self.gone = self.gone or message["type"].endswith(".disconnect")
        if message["type"] == "http.request":
            self.read += len(message.get("body", b""))
            if self.read > self.limit:
                raise RefusedError(413, "body", limit=self.limit)
        return message

    # Outgoing

    async def send(self, message: Message) -> None:
        """Send a message of the playground's answer, with the security headers."""
        if message["type"] in ("http.response.start", "websocket.http.response.start", "websocket.accept"):
            self.status = message.get("status", 101)
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            ours = policy.headers(self.host, self.rules.embedded)
            names = {name for name, _ in ours}
            # No other site may read answers; besides, the port in Streamlit's header may be wrong.
            kept = [
                (name, value)
                for name, value in message.get("headers", [])
                if name.lower() not in names and not name.lower().startswith(b"access-control-")
            ]
            message = {**message, "headers": [*kept, *ours]}
        elif message["type"] == "websocket.close" and self.status is None:
            self.status = 403
        try:
            await self._send(message)
        except LocalProtocolError:
            self.gone = True  # not valid HTTP: uvicorn has answered by itself

    async def _answer(self, response: Response) -> None:
        if self.socket and "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.send({"type": "websocket.close", "code": 1008})
            return
        await response(self.scope, self._receive, self.send)

    async def _refuse(self, refusal: RefusedError) -> None:
        if self.status is not None:
            if self.socket and not self.gone:
                await self.send({"type": "websocket.close", "code": 1008})
            return
        headers: Mapping[str, str] = {"cache-control": "no-store"}
        if refusal.status == 429:
            headers = {**headers, "retry-after": "5"}
        await self._answer(PlainTextResponse(f"{refusal.words}\n", refusal.status, headers))

    async def _fail(self, problem: Exception) -> None:
        if self.gone:
            return  # sending to a visitor who has left fails: nothing to report
        LOG.error(TEXT["failure-log"], type(problem).__name__, exc_info=problem)
        try:
            if self.status is None:
                await self._answer(PlainTextResponse(f"{TEXT['failure']}\n", 500))
            elif self.socket:
                await self.send({"type": "websocket.close", "code": 1011})
        except Exception:
            LOG.debug("", exc_info=True)  # already closed

    def _note(self) -> None:
        if ACCESS.disabled:
            return
        method = "WEBSOCKET" if self.socket else self.scope["method"]
        path = quote(self.scope["path"], safe="/._-~")
        duration = 1000 * (time.monotonic() - self.start)
        ACCESS.info("%s %s %s %s %.0f ms", self.address or "-", _plain(method), path, self.status or "-", duration)


def _plain(words: str, most: int = 200) -> str:
    """Make text from outside safe for one line of a log."""
    return quote(words[:most], safe=" :/[]._-~@,;=?&%'\"")
