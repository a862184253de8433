"""Limit of one uploaded file per session; Streamlit itself keeps every file until the session ends."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

MAX_SESSIONS: Final = 10_000
ROUTE: Final = "/_stcore/upload_file/"


class OneUpload:
    """Middleware that deletes a session's previous file after it has uploaded another.

    Args:
        app: Streamlit's ASGI application.
        base: path prefix of the playground.
    """

    def __init__(self, app: ASGIApp, base: str = "") -> None:
        self.app, self.route = app, f"{base}{ROUTE}"
        self.latest: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(self.route):
            await self.app(scope, receive, send)
            return
        session, _, file = scope["path"].removeprefix(self.route).partition("/")

        async def send_and_forget(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                self._keep(session, file)
            await send(message)

        await self.app(scope, receive, send_and_forget)

    def _keep(self, session: str, file: str) -> None:
        before = self.latest.pop(session, None)
        self.latest[session] = file
        if len(self.latest) > MAX_SESSIONS:
            self.latest.popitem(last=False)
        if before is None or before == file or not Runtime.exists():
            return
        files = Runtime.instance().uploaded_file_mgr
        if isinstance(files, MemoryUploadedFileManager):
            files.remove_file(session, before)
