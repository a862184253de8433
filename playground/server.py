"""The playground as an ASGI app under uvicorn.

uvicorn opens the socket itself: Streamlit's own runner opens it in a way for which asyncio leaves Nagle's algorithm
on, which costs 40 ms a round trip.
"""

from __future__ import annotations

import gc
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from playground.text import text

SCRIPT: Final = Path(__file__).parent / "app.py"
HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)


_serving = False


class SecurityHeaders:
    """Adds the headers that keep other sites from framing the page or guessing at its files."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def warm_up() -> None:
    """Import PyTorch, load the first network and send a digit through it, so that the first visitor doesn't wait."""
    from lenet.errors import InputError
    from playground import session

    try:
        session.warm_up()
    except InputError as problem:
        print(problem, file=sys.stderr, flush=True)  # the page says so too, and shows what there is
    # What is there now stays: the collector need not walk it again.
    gc.collect()
    gc.freeze()


async def short_way(websocket: WebSocket) -> None:
    """Where the pad sends drawings during a stroke."""
    from playground import live  # imports PyTorch, which the first page need not wait for

    await live.converse(websocket)


def has_short_way() -> bool:
    """Whether this process serves `short_way`: not under `streamlit run`."""
    return _serving


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Warm up beside the server, so that the first page need not wait for it."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield


def serve(host: str, port: int) -> None:
    """Serve until interrupted, and say where once connections are accepted."""
    global _serving
    _serving = True
    app = st.App(
        SCRIPT, lifespan=lifespan, routes=[WebSocketRoute("/live", short_way)], middleware=[Middleware(SecurityHeaders)]
    )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # as in Streamlit's own runner: compressing takes longer than sending nearby
        log_level="warning",
        access_log=False,
    )
    with suppress(KeyboardInterrupt):  # Ctrl+C is how it ends
        _Announced(config).run()


class _Announced(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            print(text("server")["serving"].format(url=f"http://{host}:{self.config.port}"), flush=True)
