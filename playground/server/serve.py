"""The playground as an ASGI app under uvicorn, behind its guard.

uvicorn opens the socket itself: Streamlit's own runner opens it in a way for which asyncio leaves Nagle's algorithm
on, which costs 40 ms a round trip.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import streamlit as st
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from streamlit import config as streamlit_config

from lenet.digits.drawing import MAX_JSON_BYTES
from playground.components import modules
from playground.draw import route
from playground.server import environment, offline, page_base, session_ends
from playground.server.guard import connections, log
from playground.server.guard.hosts import Authority, Hosts
from playground.server.guard.middleware import Guard, Rules
from playground.server.guard.uploads import OneUpload
from playground.text import text

SCRIPT: Final = Path(__file__).parents[1] / "app.py"
UPLOAD_FRAME: Final = 2**20
"""Bytes that a body may hold beside the file that it brings, as Streamlit has it."""

LIVE_BYTES: Final = MAX_JSON_BYTES + 1024
"""Bytes of a message on the live route: a drawing, its number and its ticket."""


@dataclass(frozen=True)
class Serving:
    """Options of the server.

    Attributes:
        host: address to listen on.
        port: likewise.
        allowed: further hosts to answer to.
        base: path that everything lies under, "" or such as "/cnn".
        access_log: whether to print a line for each request.
        settings: of Streamlit, by their keys.
    """

    host: str
    port: int
    allowed: Sequence[Authority] = ()
    base: str = ""
    access_log: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)


_serving: Serving | None = None
_warm = threading.Event()
_sessions = session_ends.SessionEnds()


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
    _warm.set()


async def ready(_: Request) -> PlainTextResponse:
    """Answer health checks: 200 if a visitor would be answered at once, else 503."""
    words = text("guard")
    if _warm.is_set():
        return PlainTextResponse(words["ready"], headers={"cache-control": "no-store"})
    return PlainTextResponse(words["not-ready"], 503, {"cache-control": "no-store", "retry-after": "1"})


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Warm up beside the server, so that the first page need not wait for it, and end sessions while it runs."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    ending = asyncio.create_task(_sessions.end_in_time(), name="session-ends")
    yield
    ending.cancel()


def application(serving: Serving) -> ASGIApp:
    """Streamlit with the pages and the live route, behind the guard."""
    routes = [
        WebSocketRoute(f"{serving.base}{route.PATH}", route.endpoint),
        Route(f"{serving.base}/ready", ready),
        Route(f"{serving.base}{page_base.PATH}", page_base.script),
        modules.route(serving.base),
    ]
    app = st.App(SCRIPT, lifespan=lifespan, routes=routes)
    _set_options(serving)
    upload = streamlit_config.get_option("server.maxUploadSize") * 2**20 + UPLOAD_FRAME
    rules = Rules(Hosts(serving.host, serving.allowed), serving.base, upload)
    return Guard(OneUpload(page_base.PageBase(app, modules.links()), serving.base), rules)


def _set_options(serving: Serving) -> None:
    """Settings that Streamlit reads when it builds its routes; `st.App` has found its file of settings by then."""
    options = streamlit_config.get_config_options()
    forced = {key: options[key].default_val for key in (*environment.GUARDED, *environment.TLS)}
    ours = {
        "server.baseUrlPath": serving.base.strip("/"),
        "server.address": serving.host,
        "server.port": serving.port,
        "browser.serverPort": serving.port,
        # Streamlit's clock only forgets a session, where `session_ends` ends it: that comes first.
        "server.disconnectedSessionTTL": 2 * int(session_ends.KEPT_S),
    }
    for key, value in {**forced, **serving.settings, **environment.FIXED, **ours}.items():
        streamlit_config.set_option(key, value)
    offline.ask_nobody()


def serve(serving: Serving) -> None:
    """Serve until interrupted, and say where once connections are accepted."""
    global _serving
    _serving = serving
    route.serve()
    app = application(serving)
    largest = streamlit_config.get_option("server.maxWidgetStateSize") * 2**20
    descriptors = connections.descriptors()
    registry = connections.Connections(descriptors, serving.base, LIVE_BYTES, largest, _sessions.end_oldest)
    http, websocket = connections.protocols(registry)
    config = uvicorn.Config(
        app,
        host=serving.host,
        port=serving.port,
        http=http,
        ws=websocket,
        ws_max_size=largest,
        ws_per_message_deflate=False,  # as in Streamlit's own runner: compressing takes longer than sending nearby
        backlog=connections.ACCEPTED_AT_ONCE,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    log.set_up(serving.access_log)
    with suppress(KeyboardInterrupt):  # Ctrl+C is how it ends
        _Announced(config).run()


class _Announced(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        # asyncio takes as many connections at once as the system keeps waiting, before it looks at any of them.
        for server in self.servers:
            for listener in server.sockets:
                with listener.dup() as copy:
                    copy.listen(connections.WAITING)
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        base = _serving.base if _serving else ""
        print(text("server")["serving"].format(url=f"http://{host}:{self.config.port}{base}"), flush=True)
