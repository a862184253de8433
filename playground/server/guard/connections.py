"""Limits on connections, below any request: their number, their time, and the size of unfinished messages.

uvicorn has no limits of this kind: it reads a request's head for as long as it comes, and takes connections until the
process has no file descriptor left. Its protocol classes are extended here, which its settings `http` and `ws` are for.
"""

from __future__ import annotations

import asyncio
import heapq
import os
import sys
from asyncio.transports import BaseTransport
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Protocol

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request

from playground.server.guard.log import LOG
from playground.text import text

TEXT: Final = text("guard")

HEAD_S: Final = 10.0
"""Time limit for the head of a request, from the connection or the previous answer."""

BODY_S: Final = 60.0
"""Time limit for the body of a request."""

STALL_S: Final = 30.0
"""Time limit for a visitor to take some of an answer."""

MESSAGE_S: Final = 60.0
"""Time limit for one message on a WebSocket: a picture from a phone, over a slow line."""

FIRST_MESSAGE_S: Final = 20.0
"""Time limit for the first message to Streamlit, which a page sends at once."""

SILENT_S: Final = 2.0
"""Time after which a connection that has not sent it may be closed to make room."""

REST_S: Final = 60.0
"""Time after which a silent WebSocket may be closed to make room; the page opens it again when needed."""

UNFINISHED: Final = 64 * 2**20
"""Bytes that unfinished messages may hold together. Beyond it, all but the oldest of them wait to be read."""

FRAGMENTS: Final = 4_096
"""Frames that one message may come in; browsers make them 128 kB large."""

SWEEP_S: Final = 0.5
DESCRIPTORS_KEPT: Final = 20
"""Descriptors left for files, for a session's own, and for connections taken before they can be refused."""

MOST: Final = 400 if sys.platform == "win32" else 4_096
"""Connections at once; on Windows the event loop can watch no more than 512."""

ENOUGH: Final = 5 * MOST
"""File descriptors that are always enough: a connection has one, a session of Streamlit three."""

ACCEPTED_AT_ONCE: Final = 1
"""Connections that the event loop takes in one turn; it looks at them a few turns later."""

WAITING: Final = 1_024
"""Connections that the system keeps waiting until they are taken."""


def descriptors() -> int | None:
    """Raise the process's soft limit of file descriptors to the hard one, and return it; None for no limit."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    aim = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < aim:
        resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))
        soft = aim
    return None if soft == resource.RLIM_INFINITY else soft


def _descriptors_in_use() -> int:
    return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


class Connection(Protocol):
    """Interface of a connection to `Connections`."""

    active: float
    transport: asyncio.Transport
    client: tuple[str, int] | None

    def late(self, now: float) -> bool:
        """True if the connection has used up the time for what it does."""
        ...

    def spare(self, now: float) -> int | None:
        """Rank among the connections that may be closed, lowest first; None if it is in use."""
        ...

    def refuse(self) -> None:
        """Say that there is no room, and close it."""
        ...


class Connections:
    """All connections of one server.

    Args:
        descriptors: that the process may have; None for no limit.
        base: path that the playground lies under.
        live: bytes of a message on the live route.
        other: bytes of a message to Streamlit.
        relief: gives back descriptors that nobody uses; False where there are none.
    """

    def __init__(
        self,
        descriptors: int | None,
        base: str,
        live: int,
        other: int,
        relief: Callable[[], bool] = lambda: False,
    ) -> None:
        self.descriptors, self.base, self.live, self.other, self.relief = descriptors, base, live, other, relief
        self.open: set[Connection] = set()
        self.unfinished: dict[WebSocketConnection, int] = {}
        self._sweeper: asyncio.TimerHandle | None = None

    def add(self, connection: Connection) -> bool:
        """Take a connection, making room for it where there is none; False where there can't be, and it is refused."""
        loop = asyncio.get_running_loop()
        if self._sweeper is None:
            self._sweeper = loop.call_later(SWEEP_S, self._sweep, loop)
        if self._is_full() and not self._make_room(loop.time()):
            LOG.warning(TEXT["full-log"], len(self.open))
            connection.refuse()
            return False
        self.open.add(connection)
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed, or has become a WebSocket."""
        self.open.discard(connection)

    def _is_full(self) -> bool:
        if len(self.open) >= MOST:
            return True
        if self.descriptors is None or self.descriptors >= ENOUGH:
            return False
        return _descriptors_in_use() >= self.descriptors - DESCRIPTORS_KEPT

    def _make_room(self, now: float) -> bool:
        """Close what would be missed least: connections that ask nothing, sessions without a browser, silent pages."""
        addresses = Counter(_address(connection) for connection in self.open)
        spare = [
            (rank, -addresses[_address(connection)], connection.active, id(connection), connection)
            for connection in self.open
            if (rank := connection.spare(now)) is not None
        ]
        # Several at once, so that a flood of connections does not have all of them sorted for each.
        least = heapq.nsmallest(1 + len(self.open) // 64, spare)
        if not (least and least[0][0] == 0) and self.relief():
            return True
        for *_, connection in least:
            self._close(connection)
        return bool(least)

    def _close(self, connection: Connection) -> None:
        self.open.discard(connection)
        connection.transport.abort()

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for connection in [connection for connection in self.open if connection.late(now)]:
            self._close(connection)
        self.resume()
        self._sweeper = loop.call_later(SWEEP_S, self._sweep, loop) if self.open else None

    # Unfinished messages

    def grown(self, connection: WebSocketConnection, size: int) -> None:
        """A message has grown to this many bytes and has not ended; it waits where that is too much in all."""
        self.unfinished[connection] = size
        if next(iter(self.unfinished)) is not connection and sum(self.unfinished.values()) > UNFINISHED:
            connection.hold()

    def ended(self, connection: WebSocketConnection) -> None:
        """The connection has no unfinished message."""
        if self.unfinished.pop(connection, None) is not None:
            self.resume()

    def resume(self) -> None:
        """Let those go on that waited, as far as there is room: the oldest always."""
        room = UNFINISHED - sum(self.unfinished.values())
        for position, connection in enumerate(list(self.unfinished)):
            if connection.held and (position == 0 or room > 0):
                connection.go_on()
                room -= 2**20


def _address(connection: Connection) -> str:
    return connection.client[0] if connection.client else ""


def protocols(registry: Connections) -> tuple[type[asyncio.Protocol], type[asyncio.Protocol]]:
    """Protocol classes for uvicorn's settings `http` and `ws`, whose connections are counted in `registry`."""

    class Http(HttpConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(registry, *args, **kwargs)

    class WebSocket(WebSocketConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(registry, *args, **kwargs)

    return Http, WebSocket


class Outflow:
    """Watch on the outgoing data of one connection."""

    def __init__(self) -> None:
        self.waiting = 0
        self.since = 0.0

    def stalls(self, transport: asyncio.Transport, now: float) -> bool:
        """True if data has waited to be sent for too long, and none of it was taken."""
        waiting = transport.get_write_buffer_size()
        if not waiting or waiting != self.waiting:
            self.waiting, self.since = waiting, now
        return waiting > 0 and now - self.since > STALL_S


class HttpConnection(H11Protocol):
    """HTTP connection that is counted and has deadlines."""

    def __init__(self, registry: Connections, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.registry = registry
        self.active = self.loop.time()
        self.began = self.active
        self.outflow = Outflow()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self.registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.registry.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self.transport.is_closing():
            return
        busy = self._busy()
        super().data_received(data)
        if self._busy() and not busy:
            self.active = self.began = self.loop.time()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """The connection goes on as a `WebSocketConnection`, in the place that this one had."""
        self.registry.remove(self)
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """The answer is written."""
        self.active = self.began = self.loop.time()
        super().on_response_complete()

    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def late(self, now: float) -> bool:
        """See `Connection`."""
        if self.outflow.stalls(self.transport, now):
            return True
        if self.outflow.waiting:
            return False
        if not self._busy():
            return now - self.active > HEAD_S
        return self.cycle.more_body and now - self.began > BODY_S

    def spare(self, now: float) -> int | None:
        """See `Connection`."""
        return None if self._busy() or self.transport.get_write_buffer_size() else 0

    def refuse(self) -> None:
        """See `Connection`."""
        words = f"{TEXT['full']}\n".encode()
        head = (
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain; charset=utf-8\r\nretry-after: 5\r\n"
            f"connection: close\r\ncontent-length: {len(words)}\r\n\r\n"
        )
        self.transport.write(head.encode() + words)
        self.transport.close()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket whose messages have limits of size and time."""

    def __init__(
        self,
        registry: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.registry = registry
        self.active = self.loop.time()
        self.first = self.active
        self.live = False
        self.heard = False
        self.size = 0
        self.began = 0.0
        self.held = False
        self.outflow = Outflow()

    def connection_made(self, transport: BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self.registry.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.registry.remove(self)
        self.registry.ended(self)
        self.frames = []
        super().connection_lost(exc)

    def handle_connect(self, event: Request) -> None:
        """The handshake, whose path says how large the messages may be."""
        self.live = event.path.partition("?")[0] == f"{self.registry.base}/live"
        self.conn.max_message_size = self.registry.live if self.live else self.registry.other
        super().handle_connect(event)
        # Before this the request itself was counted.
        self.size = 0

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if not self.size:
            self.began = self.loop.time()
        self.size += len(data)
        super().data_received(data)
        if self.transport.is_closing() or self.close_sent:
            self.size, self.frames = 0, []
        if self.size:
            self.registry.grown(self, self.size)
        else:
            self.registry.ended(self)

    def handle_cont(self, event: Frame) -> None:
        """A part of a message: many small ones would take far more memory than they hold."""
        if len(self.frames) < FRAGMENTS:
            super().handle_cont(event)
        else:
            self.transport.abort()

    def handle_ping(self) -> None:
        """A ping is no part of a message."""
        self._finish_control()
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Likewise a pong."""
        self._finish_control()
        super().handle_pong(event)

    def _finish_control(self) -> None:
        if not self.frames:
            self.size = 0

    def send_receive_event_to_app(self) -> None:
        """A message is whole."""
        self.size = 0
        self.heard = True
        self.active = self.loop.time()
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """See ASGI. uvicorn logs an error after a handshake that was refused with an answer."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def hold(self) -> None:
        """Read no more until `go_on`."""
        self.held = True
        self.transport.pause_reading()

    def go_on(self) -> None:
        """Read on."""
        self.held = False
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def late(self, now: float) -> bool:
        """See `Connection`."""
        if self.outflow.stalls(self.transport, now) or (self.size and now - self.began > MESSAGE_S):
            return True
        return not self.live and not self.heard and now - self.first > FIRST_MESSAGE_S

    def spare(self, now: float) -> int | None:
        """See `Connection`."""
        if not self.live and not self.heard:
            return 0 if now - self.first > SILENT_S else None
        if now - self.active < REST_S:
            return None
        return 1 if self.live else 2

    def refuse(self) -> None:
        """There is always room: a WebSocket takes the place of the connection that it began as."""
