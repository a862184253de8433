"""Streamlit's page with its server's address in it, and links to the components' modules.

At an address below the root, such as `/step`, Streamlit's page asks for its server below that address first, and one
step up only after two answers of 404, which the browser's console shows as errors. A script in the page's head tells it
where the server is: beside the script itself, whatever path a proxy puts in front.
"""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH: Final = "/page-base.js"
"""Path of the script below the base path."""
SCRIPT: Final = 'window.__streamlit = { BACKEND_BASE_URL: new URL(".", document.currentScript.src).href };\n'
HEAD: Final = b"<head>"
END: Final = b"</head>"
TAG: Final = f'<script src=".{PATH}"></script>'.encode()


async def script(_: Request) -> Response:
    """The script that tells the page where its server is."""
    return Response(SCRIPT, media_type="text/javascript", headers={"cache-control": "no-cache"})


class PageBase:
    """Middleware that puts the script at the start of each page's head, and links at its end.

    Args:
        app: what answers.
        links: elements.
    """

    def __init__(self, app: ASGIApp, links: str = "") -> None:
        self.app, self.links = app, links.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or one WebSocket."""
        if scope["type"] == "http":
            await self.app(_uncompressed(scope), receive, _Page(send, scope["method"] == "HEAD", self.links).send)
        else:
            await self.app(scope, receive, send)


class _Page:
    """An answer on its way, held back until it is whole where it is a page."""

    def __init__(self, send: Send, bare: bool, links: bytes) -> None:
        self._send, self._bare, self._links = send, bare, links
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)
        else:
            await self._send(message)

    async def _finish(self, start: Message) -> None:
        body = self._body.replace(HEAD, HEAD + TAG, 1).replace(END, self._links + END, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        # They describe the file, which the page no longer is.
        for name in ("etag", "last-modified", "content-length", "accept-ranges"):
            del headers[name]
        if not self._bare:
            headers["content-length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _uncompressed(scope: Scope) -> Scope:
    """The request, without leave to compress where a page is asked for: it is small, and is changed on its way."""
    headers = Headers(scope=scope)
    if "text/html" not in headers.get("accept", ""):
        return scope
    return {**scope, "headers": [(name, value) for name, value in headers.raw if name != b"accept-encoding"]}


def _is_page(message: Message) -> bool:
    headers = MutableHeaders(raw=list(message["headers"]))
    html = headers.get("content-type", "").startswith("text/html")
    return html and message["status"] == 200 and "content-encoding" not in headers
