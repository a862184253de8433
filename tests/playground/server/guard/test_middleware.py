"""Tests of the guard: refusals, headers, and the handling of exceptions."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from playground.server.guard import middleware
from playground.server.guard.hosts import Authority, Hosts
from playground.server.guard.middleware import Guard, Rules
from playground.server.guard.rates import Rate

HOST = (b"host", b"here.example:8501")
ALLOWED = Authority("here.example")


class Inner:
    """Application that records what reaches it, reads everything and answers."""

    def __init__(self, failure: Exception | None = None, late: bool = False) -> None:
        self.failure, self.late = failure, late
        self.reached: list[Scope] = []
        self.received: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope)
        if self.failure and not self.late:
            raise self.failure
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] != "websocket.disconnect":
                self.received.append(message)
                if self.failure:
                    raise self.failure
            return
        while (message := await receive()).get("more_body"):
            self.received.append(message)
        self.received.append(message)
        headers = [(b"access-control-allow-origin", b"http://localhost:8501"), (b"X-Frame-Options", b"ALLOWALL")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if self.failure:
            raise self.failure
        await send({"type": "http.response.body", "body": b"inside"})


def ask(
    guard: Guard,
    path: str = "/",
    *headers: tuple[bytes, bytes],
    method: str = "GET",
    socket: bool = False,
    body: list[bytes] | None = None,
    texts: int = 0,
    times: int = 1,
    host: tuple[bytes, bytes] = HOST,
) -> list[Message]:
    """Answer to a request; if it is sent several times, the last answer."""
    sent: list[Message] = []

    async def run() -> None:
        for _ in range(times):
            sent.clear()
            coming: list[Message]
            if socket:
                coming = [{"type": "websocket.connect"}]
                coming += [{"type": "websocket.receive", "text": "x"}] * texts
                coming += [{"type": "websocket.disconnect", "code": 1000}]
            else:
                parts = body or [b""]
                coming = [{"type": "http.request", "body": part, "more_body": True} for part in parts[:-1]]
                coming += [{"type": "http.request", "body": parts[-1], "more_body": False}]
            scope: dict[str, Any] = {
                "type": "websocket" if socket else "http",
                "scheme": "ws" if socket else "http",
                "path": path,
                "raw_path": path.encode("utf-8", "replace"),
                "query_string": b"a=b",
                "headers": [host, *headers],
                "client": ("192.0.2.1", 1),
                "method": method,
                "extensions": {"websocket.http.response": {}},
            }

            async def receive(coming: list[Message] = coming) -> Message:
                return coming.pop(0)

            async def send(message: Message) -> None:
                sent.append(message)

            await guard(scope, receive, send)

    with ThreadPoolExecutor(1) as thread:  # in this thread, the browser tests leave an event loop running
        thread.submit(anyio.run, run).result()
    return sent


def guarded(inner: Inner, base: str = "", upload: int = 1000) -> Guard:
    return Guard(inner, Rules(Hosts("127.0.0.1", [ALLOWED]), base, upload))


def status(sent: list[Message]) -> int:
    return 101 if sent[0]["type"] == "websocket.accept" else sent[0]["status"]


def test_a_page_goes_through_and_gets_the_headers() -> None:
    inner = Inner()
    sent = ask(guarded(inner), "/step")
    assert status(sent) == 200
    found = dict(sent[0]["headers"])
    assert found[b"x-frame-options"] == b"SAMEORIGIN"
    assert found[b"x-content-type-options"] == b"nosniff"
    assert b"ws://here.example:8501" in found[b"content-security-policy"]
    assert b"unsafe-eval" not in found[b"content-security-policy"].replace(b"wasm-unsafe-eval", b"")
    assert not any(name.lower().startswith(b"access-control") for name in found)
    assert len(found) == len(sent[0]["headers"])


@pytest.mark.parametrize("socket", [False, True])
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([(b"origin", b"http://here.example:8501")], None),
        ([(b"origin", b"https://here.example")], None),
        ([(b"origin", b"https://elsewhere.example")], 403),
        ([(b"origin", b"http://[::1")], 403),
        ([(b"origin", b"null")], 403),
        ([(b"origin", b"")], 403),
        ([(b"origin", b"\xff\xfe")], 403),
        ([(b"Origin", b"https://elsewhere.example")], 403),
        ([(b"origin", b"http://here.example:8501"), (b"origin", b"https://elsewhere.example")], 400),
        ([(b"host", b"here.example:8501")], 400),
    ],
)
def test_other_sites_pages_are_refused(socket: bool, headers: list[tuple[bytes, bytes]], code: int | None) -> None:
    inner = Inner()
    sent = ask(guarded(inner), "/live" if socket else "/", *headers, socket=socket)
    assert status(sent) == (code or (101 if socket else 200))
    assert bool(inner.reached) is (code is None)


@pytest.mark.parametrize("socket", [False, True])
@pytest.mark.parametrize(
    ("host", "code"),
    [(b"evil.example", 403), (b"here.example.evil.example", 403), (b"", 400), (b"[::1", 400), (b"\xff", 400)],
)
def test_other_names_are_refused(socket: bool, host: bytes, code: int) -> None:
    inner = Inner()
    assert status(ask(guarded(inner), "/live", socket=socket, host=(b"host", host))) == code
    assert inner.reached == []


def test_streamlit_sees_an_origin_that_is_the_host_letter_for_letter() -> None:
    inner = Inner()
    ask(guarded(inner), "/_stcore/stream", (b"origin", b"https://HERE.example:9"), socket=True)
    headers = dict(inner.reached[0]["headers"])
    assert headers[b"origin"] == b"http://" + headers[b"host"]


NAMES = st.sampled_from([b"host", b"origin", b"content-length"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=60)), max_size=4))
def test_no_header_makes_the_guard_fail(headers: list[tuple[bytes, bytes]]) -> None:
    for socket in (False, True):
        inner = Inner()
        sent = ask(guarded(inner), "/live", *headers, socket=socket, host=(b"accept", b"*/*"))
        assert status(sent) != 500
        names = [name for name, _ in headers]
        if names.count(b"host") != 1 or names.count(b"origin") > 1:
            assert inner.reached == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/", 200),
        ("/step", 200),
        ("/ready", 200),
        ("/_stcore/health", 200),
        ("/_stcore/host-config", 200),
        ("/_stcore/metrics", 404),
        ("/_stcore/script-health-check", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("//_stcore/metrics", 404),
        ("/_stcore/health/x", 404),
        ("/_stcore", 404),
        ("/auth/login", 404),
        ("/oauth2callback", 404),
        ("/component/x/y", 404),
        ("/app/static/x", 404),
        ("/a\\b", 400),
        ("/a\0b", 400),
    ],
)
def test_what_the_pages_need_of_streamlit_and_no_more(path: str, code: int) -> None:
    assert status(ask(guarded(Inner()), path)) == code


@pytest.mark.parametrize(
    ("path", "code"), [("/ready", 200), ("/_stcore/health", 200), ("/", 400), ("/_stcore/host-config", 400)]
)
def test_a_probe_need_not_name_a_host(path: str, code: int) -> None:
    guard = guarded(Inner())
    nothing = (b"accept", b"*/*")
    assert status(ask(guard, path, host=nothing)) == code
    assert status(ask(guard, path, host=(b"host", b"evil.example"))) == 403
    if code == 200:
        assert status(ask(guard, path, (b"origin", b"http://evil.example"), host=nothing)) == 403


def test_everything_lies_under_the_base_path() -> None:
    guard = guarded(Inner(), "/cnn")
    for path in ("/cnn/", "/cnn/step", "/cnn/_stcore/health", "/cnn/ready"):
        assert status(ask(guard, path)) == 200, path
    for path in ("/", "/step", "/_stcore/health", "/cnnx", "/cnn/_stcore/metrics", "/CNN/"):
        assert status(ask(guard, path)) == 404, path
    assert status(ask(guard, "/cnn/live", socket=True)) == 101
    assert status(ask(guard, "/live", socket=True)) == 404
    sent = ask(guard, "/cnn")
    assert status(sent) == 307
    assert dict(sent[0]["headers"])[b"location"] == b"/cnn/?a=b"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "\n"])
def test_other_methods_and_preflights_are_refused(method: str) -> None:
    inner = Inner()
    assert status(ask(guarded(inner), "/", method=method)) == 405
    assert status(ask(guarded(inner), "/_stcore/upload_file/a/b", method="OPTIONS")) == 405
    assert inner.reached == []


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("size", [999, 1000, 1001, 1_000_000])
def test_a_body_has_a_limit_whether_its_length_is_told_or_not(size: int, told: bool) -> None:
    parts = [bytes(min(400, size - start)) for start in range(0, size, 400)]
    headers = [(b"content-length", str(size).encode())] if told else []
    sent = ask(guarded(Inner()), "/_stcore/upload_file/a/b", *headers, method="PUT", body=parts)
    assert status(sent) == (200 if size <= 1000 else 413)


@pytest.mark.parametrize("length", [b"9" * 5000, b"9" * 19])
def test_an_absurd_length_is_too_large(length: bytes) -> None:
    assert status(ask(guarded(Inner()), "/", (b"content-length", length))) == 413


@pytest.mark.parametrize("socket", [False, True])
def test_one_address_has_a_rate_and_others_have_theirs(monkeypatch: pytest.MonkeyPatch, socket: bool) -> None:
    monkeypatch.setattr(middleware, "REQUESTS", Rate(5, 0.1))
    monkeypatch.setattr(middleware, "HANDSHAKES", Rate(5, 0.1))
    guard = guarded(Inner())
    assert status(ask(guard, "/live", socket=socket, times=5)) == (101 if socket else 200)
    sent = ask(guard, "/live", socket=socket)
    assert status(sent) == 429
    assert dict(sent[0]["headers"])[b"retry-after"]
    assert status(ask(guard, "/live", socket=not socket)) == (200 if socket else 101)


def test_fast_messages_are_read_later_and_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "MESSAGES", Rate(10, 1000))
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(middleware.asyncio, "sleep", sleep)
    inner = Inner()
    ask(guarded(inner), "/live", socket=True, texts=200)
    assert len(inner.received) == 200
    assert len(waits) > 100


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("socket", [False, True])
def test_no_exception_escapes(socket: bool, late: bool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    sent = ask(guarded(Inner(ValueError("inside"), late)), "/live", socket=socket, texts=1)
    assert status(sent) == (500 if not late else 101 if socket else 200)
    if late and socket:
        assert sent[-1] == {"type": "websocket.close", "code": 1011}
    assert not late or len(sent) < 3
    assert not any(b"inside" in message.get("body", b"") for message in sent)
    assert len(caplog.records) == 1


def test_text_never_reaches_streamlit() -> None:
    inner = Inner()
    sent = ask(guarded(inner), "/_stcore/stream", socket=True, texts=1)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    assert inner.received == []


def test_a_log_line_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    ask(guarded(Inner()), "/", (b"origin", b"http://evil\r\nERROR forged \x1b[31m"))
    assert len(caplog.records) == 1
    assert not set(caplog.records[0].getMessage()) & set("\r\n\x1b")
    assert "--allowed-host" in caplog.records[0].getMessage()
