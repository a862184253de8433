"""The playground as an ASGI application under uvicorn, behind `guard`.

uvicorn opens the socket itself: with the socket of Streamlit's own runner, asyncio would leave Nagle's algorithm on,
which costs 40 ms per round trip.
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
from streamlit.runtime import Runtime

from lenet.digits.drawing import MAX_JSON_BYTES
from playground import served
from playground.components import modules
from playground.convolution import route as bench_route
from playground.draw import route
from playground.runs import route as runs_route
from playground.server import environment, offline, page_base, session_ends, streamlit_files
from playground.server.guard import connections, log
from playground.server.guard.hosts import Authority, Hosts
from playground.server.guard.middleware import Guard, Rules
from playground.server.guard.uploads import OneUpload
from playground.text import text

SCRIPT: Final = Path(__file__).parents[1] / "app.py"
UPLOAD_FRAME: Final = 2**20
"""Largest size in bytes of an upload's body besides the file itself, the same as Streamlit's."""

LIVE_BYTES: Final = MAX_JSON_BYTES + 1024
"""Largest size in bytes of a message on the fast path: a drawing, its number and its ticket."""


@dataclass(frozen=True)
class Serving:
    """Options of the server.

    Attributes:
        host: address to listen on.
        port: port to listen on.
        allowed: further hosts to answer to.
        base: path prefix of everything, "" or such as "/cnn".
        access_log: True to print a line for each request.
        settings: Streamlit's settings, by key.
        embedded: True to let notebooks on this computer show the playground in a frame.
    """

    host: str
    port: int
    allowed: Sequence[Authority] = ()
    base: str = ""
    access_log: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    embedded: bool = False


_serving: Serving | None = None
_warm = threading.Event()
_sessions = session_ends.SessionEnds()


def warm_up() -> None:
    """Import PyTorch, load the first network and send a digit through it, so that the first visitor doesn't wait.

    Then turn Python's garbage collector on, which the command has turned off.
    """
    from lenet.errors import InputError

    try:
        from playground import session

        session.warm_up()
    except InputError as problem:
        print(problem, file=sys.stderr, flush=True)  # the page shows this error too
    finally:
        # What is there now stays: the collector need not walk it. A collection before would free 10 MB, but stop the
        # first visitor's page for 0.4 s.
        gc.freeze()
        gc.enable()
    _warm.set()


async def ready(_: Request) -> PlainTextResponse:
    """Answer a health check: 200 if a visitor's request would be answered immediately, else 503."""
    words = text("guard")
    if _warm.is_set():
        return PlainTextResponse(words["ready"], headers={"cache-control": "no-store"})
    return PlainTextResponse(words["not-ready"], 503, {"cache-control": "no-store", "retry-after": "1"})


@asynccontextmanager
async def lifespan(_: Any) -> AsyncIterator[None]:
    """Warm up in a thread, so that the first page need not wait, and end closed sessions while the server runs."""
    # Not a daemon: Python ends those within PyTorch's code at its exit, which aborts the process. Ctrl+C waits for it.
    threading.Thread(target=warm_up, name="warm-up").start()
    ending = asyncio.create_task(_sessions.end_in_time(), name="session-ends")
    yield
    ending.cancel()
    await asyncio.to_thread(runs_route.close)


def application(serving: Serving) -> ASGIApp:
    """ASGI application: Streamlit with the pages and the fast path, behind the guard."""
    routes = [
        WebSocketRoute(f"{serving.base}{route.PATH}", route.endpoint),
        WebSocketRoute(f"{serving.base}{runs_route.PATH}", runs_route.endpoint),
        WebSocketRoute(f"{serving.base}{bench_route.PATH}", bench_route.endpoint),
        Route(f"{serving.base}/ready", ready),
        Route(f"{serving.base}{page_base.PATH}", page_base.script),
        modules.route(serving.base),
    ]
    app = st.App(SCRIPT, lifespan=lifespan, routes=routes)
    _set_options(serving)
    upload = streamlit_config.get_option("server.maxUploadSize") * 2**20 + UPLOAD_FRAME
    rules = Rules(Hosts(serving.host, serving.allowed), serving.base, upload, serving.embedded)
    links = modules.links() + streamlit_files.links()
    return Guard(OneUpload(page_base.PageBase(app, links), serving.base), rules)


def _set_options(serving: Serving) -> None:
    """Set the options that Streamlit reads when it builds its routes, after `st.App` has read its settings file."""
    options = streamlit_config.get_config_options()
    forced = {key: options[key].default_val for key in (*environment.GUARDED, *environment.TLS)}
    ours = {
        "server.baseUrlPath": serving.base.strip("/"),
        "server.address": serving.host,
        "server.port": serving.port,
        "browser.serverPort": serving.port,
        # Streamlit's own time limit only drops a session; `session_ends` must end it first.
        "server.disconnectedSessionTTL": 2 * int(session_ends.KEPT_S),
    }
    for key, value in {**forced, **serving.settings, **environment.FIXED, **ours}.items():
        streamlit_config.set_option(key, value)
    offline.ask_nobody()


def serve(serving: Serving) -> None:
    """Serve until interrupted; print the address once connections are accepted."""
    with suppress(KeyboardInterrupt):  # Ctrl+C is the usual way to stop
        _Announced(_config(serving)).run()


class Running:
    """A server in a thread of this process.

    Args:
        server: uvicorn's.
        port: on which it listens.
    """

    def __init__(self, server: uvicorn.Server, port: int) -> None:
        self.port = port
        self._server = server
        self._thread = threading.Thread(target=server.run, name="playground", daemon=True)
        self._thread.start()
        while not server.started and self._thread.is_alive():
            self._thread.join(0.02)

    def ended(self, wait_s: float) -> bool:
        """Wait for the server's end; True if it has ended."""
        self._thread.join(wait_s)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join()
        Runtime._instance = None  # Streamlit's own allows no second one in a process, even after the end of the first


def start(serving: Serving) -> Running:
    """Serve in a thread; gives back once connections are accepted."""
    return Running(uvicorn.Server(_config(serving)), serving.port)


def _config(serving: Serving) -> uvicorn.Config:
    global _serving
    _serving = serving
    served.serve()
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
        ws_per_message_deflate=False,  # as in Streamlit's runner: compressing takes longer than sending nearby
        backlog=connections.ACCEPTED_AT_ONCE,
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
    )
    log.set_up(serving.access_log)
    return config


class _Announced(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        # asyncio accepts as many connections in a row as the backlog allows, before it handles any of them.
        for server in self.servers:
            for listener in server.sockets:
                with listener.dup() as copy:
                    copy.listen(connections.WAITING)
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        base = _serving.base if _serving else ""
        print(text("server")["serving"].format(url=f"http://{host}:{self.config.port}{base}"), flush=True)
