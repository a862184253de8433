"""Additions to the head of Streamlit's page: the server's address, and links to the components' modules.

On a page below the root, such as `/step`, Streamlit looks for its server below that page first, and tries the parent
only after two 404 answers, which appear as errors in the browser's console. A script in the head sets the right
address: the script's own folder, whatever path a proxy puts in front.
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
    """Serve the script that sets the server's address."""
    return Response(SCRIPT, media_type="text/javascript", headers={"cache-control": "no-cache"})


class PageBase:
    """Middleware that adds the script to the start of each page's head and links to its end.

    Args:
        app: the next ASGI application.
        links: HTML of the links.
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
    """Response on its way to the browser; an HTML page is held back until it is complete."""

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
        # These headers describe the original file, not the changed page.
        for name in ("etag", "last-modified", "content-length", "accept-ranges"):
            del headers[name]
        if not self._bare:
            headers["content-length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _uncompressed(scope: Scope) -> Scope:
    """Remove `Accept-Encoding` from a request for a page, because only an uncompressed page can be changed."""
    headers = Headers(scope=scope)
    if "text/html" not in headers.get("accept", ""):
        return scope
    return {**scope, "headers": [(name, value) for name, value in headers.raw if name != b"accept-encoding"]}


def _is_page(message: Message) -> bool:
    headers = MutableHeaders(raw=list(message["headers"]))
    html = headers.get("content-type", "").startswith("text/html")
    return html and message["status"] == 200 and "content-encoding" not in headers
