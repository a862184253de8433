"""Tests of a served playground with few file descriptors and clients that keep their connections open."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from playground.server.guard import connections
from playground.server.serve import LIVE_BYTES
from tests.playground.test_main import ROOT, free_port

PATIENCE_S = 60


@dataclass
class Server:
    port: int
    process: subprocess.Popen[str]
    log: Path

    def get(self, path: str = "/ready") -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    def dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def websocket(self, path: str) -> ClientConnection:
        return connect(
            f"ws://127.0.0.1:{self.port}{path}", compression=None, max_size=None, open_timeout=PATIENCE_S, proxy=None
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, log = free_port(), tmp_path_factory.mktemp("server") / "log"
    command = f"ulimit -n 64; exec {sys.executable} -m playground --port {port}"
    with log.open("w") as out:
        process = subprocess.Popen(["bash", "-c", command], cwd=ROOT, stdout=out, stderr=out, text=True)
    server = Server(port, process, log)
    end = time.monotonic() + 2 * PATIENCE_S
    while time.monotonic() < end:
        try:
            if server.get() == 200:
                break
        except OSError:
            assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    yield server
    process.send_signal(signal.SIGINT)
    process.wait(timeout=PATIENCE_S)
    assert "Traceback" not in log.read_text()


def ended(connection: socket.socket) -> bytes:
    """Bytes that arrive before the server ends the connection."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found


def test_idle_connections_keep_nobody_out_and_the_log_stays_short(server: Server) -> None:
    with ExitStack() as held:
        idle = []
        for _ in range(100):
            try:
                idle.append(held.enter_context(server.dial()))
            except ConnectionError:  # closed at once to make room
                continue
            idle[-1].send(b"GET / HT") if len(idle) % 2 else None
        for _ in range(20):
            assert server.get() == 200
            assert server.get("/") == 200
        assert len(idle) > 50
    assert server.log.stat().st_size < 5_000, server.log.read_text()


def test_websockets_take_all_places_but_are_answered_and_let_go(server: Server) -> None:
    with ExitStack() as held:
        taken, refused = 0, 0
        for _ in range(100):
            try:
                held.enter_context(server.websocket("/live"))
                taken += 1
            except Exception:
                refused += 1
        assert taken >= 10
        assert refused > 0
        with server.dial() as one:
            assert ended(one).startswith(b"HTTP/1.1 503")
    end = time.monotonic() + PATIENCE_S
    while server.get() != 200:
        assert time.monotonic() < end
    assert server.log.stat().st_size < 10_000, server.log.read_text()


def test_a_head_that_comes_too_slowly_is_not_waited_for(server: Server) -> None:
    with server.dial() as slow, server.dial() as after:
        slow.send(b"GET / HTTP/1.1\r\n")
        after.send(f"GET /ready HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        time.sleep(1)
        after.send(b"GET ")
        assert ended(slow) == b""
        assert ended(after).startswith(b"HTTP/1.1 200")


def test_the_largest_drawing_goes_over_the_fast_path_and_no_more(server: Server) -> None:
    with server.websocket("/live") as visitor:
        visitor.send("x" * LIVE_BYTES)
        assert isinstance(visitor.recv(timeout=PATIENCE_S), bytes)
        visitor.send("x" * (LIVE_BYTES + 1))
        with pytest.raises(ConnectionClosed) as closed:
            visitor.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def frame(opcode: int, payload: bytes, length: int | None = None, last: bool = False) -> bytes:
    """WebSocket frame with a mask of zeros; its header may announce more than its payload."""
    size = (len(payload) if length is None else length).to_bytes(8, "big")
    return bytes([(0x80 if last else 0) | opcode, 0x80 | 127]) + size + bytes(4) + payload


def handshake(server: Server, path: str) -> socket.socket:
    one = server.dial()
    one.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b" 101 " in one.recv(65536)
    return one


def test_unfinished_messages_do_not_pile_up(server: Server) -> None:
    memory = psutil.Process(server.process.pid).memory_info
    before = memory().rss
    part = bytes(2**20)
    with ExitStack() as held:
        visitors = [held.enter_context(handshake(server, "/_stcore/stream")) for _ in range(8)]
        for visitor in visitors:
            visitor.setblocking(False)
            visitor.send(frame(2, b"", 24 * 2**20))
        end, each = time.monotonic() + 4, dict.fromkeys(visitors, 0)
        while time.monotonic() < end and min(each.values()) < 16 * 2**20:
            for visitor in visitors:
                with suppress(BlockingIOError, ConnectionError):
                    each[visitor] += visitor.send(part if each[visitor] < 20 * 2**20 else b"")
            time.sleep(0.005)
        assert server.get() == 200
        assert sum(each.values()) > connections.UNFINISHED
        assert memory().rss - before < 2 * connections.UNFINISHED
        with server.websocket("/live") as visitor:  # other visitors are answered meanwhile
            visitor.send("junk")
            assert visitor.recv(timeout=PATIENCE_S)


def test_a_message_in_very_many_parts_ends_the_connection(server: Server) -> None:
    with handshake(server, "/live") as visitor:
        visitor.sendall(frame(1, b"x"))
        try:
            for _ in range(20):
                visitor.sendall(frame(0, b"xx") * 1000)
        except ConnectionError:
            return
        ended(visitor)


def is_closed(visitor: ClientConnection) -> bool:
    try:
        visitor.recv(timeout=PATIENCE_S)
    except ConnectionClosed:
        return True
    return False


def test_text_for_streamlit_is_no_traceback(server: Server) -> None:
    for _ in range(30):
        with server.websocket("/_stcore/stream") as visitor:
            visitor.send("text")
            assert is_closed(visitor)
    assert server.get() == 200


def test_hostile_bytes_are_no_tracebacks(server: Server) -> None:
    """Send hostile bytes; the fixture checks the log at its end."""
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    for request in (
        "\0\1\2\r\n\r\n",
        f"GET /%ff%00 HTTP/1.1\r\n{host}\r\n",
        f"GET / HTTP/1.1\r\n{host}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        f"PUT /_stcore/upload_file/a/b HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        f"GET /live HTTP/1.1\r\n{host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ):
        with server.dial() as one:
            one.sendall(request.encode())
            assert one.recv(9, socket.MSG_WAITALL) == b"HTTP/1.1 ", request
        with server.dial() as one:  # a client that reads no answer
            one.sendall(request.encode())
            one.shutdown(socket.SHUT_WR)
            ended(one)
    for path, data in (
        ("/live", frame(1, b"\xff\xfe", last=True)),
        ("/live", frame(2, b"bytes", last=True)),
        ("/live", frame(0, b"no beginning", last=True)),
        ("/live", frame(11, b"no such kind")),
        ("/_stcore/stream", frame(2, b"\xff" * 50, last=True)),
    ):
        with handshake(server, path) as one:
            one.sendall(data)
            one.shutdown(socket.SHUT_WR)
            ended(one)
    assert server.get() == 200


def test_closed_sessions_make_room_for_new_ones(server: Server) -> None:
    """With 64 descriptors and three per session, 60 visitors in turn need the descriptors of earlier ones."""
    for _ in range(60):
        with server.websocket("/_stcore/stream") as visitor:
            visitor.send(b"")
            time.sleep(0.02)
    assert server.get() == 200
    assert "Too many open files" not in server.log.read_text()


def test_the_soft_limit_of_descriptors_becomes_the_hard_one() -> None:
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 500));"
        "from playground.server.guard.connections import descriptors; print(descriptors(), descriptors())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, timeout=PATIENCE_S)
    assert done.stdout.split() == [b"500", b"500"]
