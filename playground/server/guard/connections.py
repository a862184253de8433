"""Limits on connections, below any request: their number, their time, and the size of unfinished messages.

uvicorn has no such limits: it waits for the rest of a request's head forever, and accepts connections until the process
has no file descriptor left. This module extends its protocol classes, as its settings `http` and `ws` allow.
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

TEXT_PATHS: Final = ("/live", "/training", "/bench")
"""Paths of the WebSockets beside Streamlit's, below the prefix: they take text, and Streamlit's takes bytes."""

HEAD_S: Final = 10.0
"""Time limit for the head of a request, from the connection or the previous answer."""

BODY_S: Final = 60.0
"""Time limit for the body of a request."""

STALL_S: Final = 30.0
"""Time limit for a visitor to receive any part of an answer."""

MESSAGE_S: Final = 60.0
"""Time limit for one message on a WebSocket, long enough for a phone's picture over a slow connection."""

FIRST_MESSAGE_S: Final = 20.0
"""Time limit for the first message to Streamlit, which a page sends immediately."""

SILENT_S: Final = 2.0
"""Time after which a connection without a first message may be closed to make room."""

REST_S: Final = 60.0
"""Time after which an idle WebSocket may be closed to make room; the page reconnects when it needs to."""

UNFINISHED: Final = 64 * 2**20
"""Total size in bytes of all unfinished messages; above it, only the oldest of them is read further."""

FRAGMENTS: Final = 4_096
"""Largest number of frames of one message; browsers send frames of 128 kB."""

SWEEP_S: Final = 0.5
DESCRIPTORS_KEPT: Final = 20
"""Descriptors kept free for files, for sessions, and for connections that are accepted only to be refused."""

MOST: Final = 400 if sys.platform == "win32" else 4_096
"""Largest number of simultaneous connections; on Windows the event loop can watch at most 512."""

ENOUGH: Final = 5 * MOST
"""Number of file descriptors that is always enough: one for a connection, three for a Streamlit session."""

ACCEPTED_AT_ONCE: Final = 1
"""Number of connections that the event loop accepts in one turn; it handles them a few turns later."""

WAITING: Final = 1_024
"""Backlog: number of connections that the system queues until they are accepted."""


def descriptors() -> int | None:
    """Raise the process's soft limit on file descriptors to the hard limit and return it; None for no limit."""
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
    """Connection as `Connections` sees it."""

    active: float
    transport: asyncio.Transport
    client: tuple[str, int] | None

    def late(self, now: float) -> bool:
        """True if the connection has exceeded the time limit of its current state."""
        ...

    def spare(self, now: float) -> int | None:
        """Rank among the connections that may be closed, lowest first; None if the connection is in use."""
        ...

    def refuse(self) -> None:
        """Answer that there is no room, and close the connection."""
        ...


class Connections:
    """All connections of one server.

    Args:
        descriptors: number of file descriptors that the process may have; None for no limit.
        base: path prefix of the playground.
        live: largest size in bytes of a message on a WebSocket beside Streamlit's, see `TEXT_PATHS`.
        other: largest size in bytes of a message to Streamlit.
        relief: frees descriptors that are no longer used; returns False if there were none.
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
        """Register a connection, closing others if needed; if there is no room, refuse it and return False."""
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
        """Unregister a connection that was closed or has become a WebSocket."""
        self.open.discard(connection)

    def _is_full(self) -> bool:
        if len(self.open) >= MOST:
            return True
        if self.descriptors is None or self.descriptors >= ENOUGH:
            return False
        return _descriptors_in_use() >= self.descriptors - DESCRIPTORS_KEPT

    def _make_room(self, now: float) -> bool:
        """Close the least useful connections: those without a request, then closed sessions, then idle pages."""
        addresses = Counter(_address(connection) for connection in self.open)
        spare = [
            (rank, -addresses[_address(connection)], connection.active, id(connection), connection)
            for connection in self.open
            if (rank := connection.spare(now)) is not None
        ]
        # Close several at once, so that a flood of connections does not sort all of them each time.
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
        """Note the size of an unfinished message; pause its connection if the total is too large."""
        self.unfinished[connection] = size
        if next(iter(self.unfinished)) is not connection and sum(self.unfinished.values()) > UNFINISHED:
            connection.hold()

    def ended(self, connection: WebSocketConnection) -> None:
        """Note that the connection has no unfinished message."""
        if self.unfinished.pop(connection, None) is not None:
            self.resume()

    def resume(self) -> None:
        """Resume paused connections, the oldest always and the others as far as there is room."""
        room = UNFINISHED - sum(self.unfinished.values())
        for position, connection in enumerate(list(self.unfinished)):
            if connection.held and (position == 0 or room > 0):
                connection.go_on()
                room -= 2**20


def _address(connection: Connection) -> str:
    return connection.client[0] if connection.client else ""


def protocols(registry: Connections) -> tuple[type[asyncio.Protocol], type[asyncio.Protocol]]:
    """Create protocol classes for uvicorn's settings `http` and `ws` that register their connections in `registry`."""

    class Http(HttpConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(registry, *args, **kwargs)

    class WebSocket(WebSocketConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(registry, *args, **kwargs)

    return Http, WebSocket


class Outflow:
    """Monitor of one connection's outgoing data."""

    def __init__(self) -> None:
        self.waiting = 0
        self.since = 0.0

    def stalls(self, transport: asyncio.Transport, now: float) -> bool:
        """True if unsent data has waited longer than `STALL_S` without any of it being received."""
        waiting = transport.get_write_buffer_size()
        if not waiting or waiting != self.waiting:
            self.waiting, self.since = waiting, now
        return waiting > 0 and now - self.since > STALL_S


class HttpConnection(H11Protocol):
    """Registered HTTP connection with time limits."""

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
        """Hand the connection over to a `WebSocketConnection`, which takes this one's place."""
        self.registry.remove(self)
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Note that the answer has been written, see uvicorn's `HttpToolsProtocol`."""
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
    """Registered WebSocket with limits on the size and time of each message."""

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
        """Handle the handshake: its path determines the largest message."""
        inner = event.path.partition("?")[0].removeprefix(self.registry.base)
        self.live = inner in TEXT_PATHS
        self.conn.max_message_size = self.registry.live if self.live else self.registry.other
        super().handle_connect(event)
        # The bytes before this were the request itself.
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
        """Handle a part of a message; their number is limited, because many small parts take far more memory."""
        if len(self.frames) < FRAGMENTS:
            super().handle_cont(event)
        else:
            self.transport.abort()

    def handle_ping(self) -> None:
        """Handle a ping, which doesn't count as a part of a message."""
        self._finish_control()
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Handle a pong, which doesn't count as a part of a message."""
        self._finish_control()
        super().handle_pong(event)

    def _finish_control(self) -> None:
        if not self.frames:
            self.size = 0

    def send_receive_event_to_app(self) -> None:
        """Pass on a complete message."""
        self.size = 0
        self.heard = True
        self.active = self.loop.time()
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """See ASGI. A handshake refused with an answer is marked as complete, or uvicorn would log an error."""
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True

    def hold(self) -> None:
        """Pause reading until `go_on`."""
        self.held = True
        self.transport.pause_reading()

    def go_on(self) -> None:
        """Resume reading."""
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
        """Do nothing: there is always room for a WebSocket, which takes the place of its HTTP connection."""
