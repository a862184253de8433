"""Tests that closed sessions end after a fixed time, and that an upload replaces the previous one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Scope
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from playground.server import session_ends
from playground.server.guard import uploads
from playground.server.guard.uploads import OneUpload
from playground.server.session_ends import KEPT_S, SessionEnds
from tests.playground.server.guard.test_middleware import ask


class Runtime:
    """Stand-in for the part of Streamlit's runtime that `SessionEnds` uses."""

    def __init__(self, **active: bool) -> None:
        self.active = active
        self._session_mgr = self

    def list_sessions(self) -> list[Any]:
        return [SimpleNamespace(session=SimpleNamespace(id=name)) for name in self.active]

    def is_active_session(self, name: str) -> bool:
        return self.active[name]

    def close_session(self, name: str) -> None:
        del self.active[name]


def test_a_closed_session_ends_after_its_time_and_not_before() -> None:
    runtime, now = Runtime(here=True, gone=False, back=False), [0.0]
    ends = SessionEnds(lambda: now[0])
    assert ends.end(runtime) == 0  # type: ignore[arg-type]
    now[0] = KEPT_S - 1
    runtime.active["back"] = True
    assert ends.end(runtime) == 0  # type: ignore[arg-type]
    now[0] = KEPT_S
    runtime.active["back"] = False
    assert ends.end(runtime) == 1  # type: ignore[arg-type]
    assert set(runtime.active) == {"here", "back"}, "one that was there in between has its time anew"
    now[0] = 2 * KEPT_S
    assert ends.end(runtime) == 1  # type: ignore[arg-type]
    assert set(runtime.active) == {"here"}


def test_for_room_the_one_that_was_closed_first_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, now = Runtime(here=True, first=False), [0.0]
    monkeypatch.setattr(session_ends, "Runtime", SimpleNamespace(exists=lambda: True, instance=lambda: runtime))
    ends = SessionEnds(lambda: now[0])
    ends.end(runtime)  # type: ignore[arg-type]
    now[0], runtime.active["second"] = 1.0, False
    assert ends.end_oldest()
    assert set(runtime.active) == {"here", "second"}
    assert ends.end_oldest()
    assert not ends.end_oldest()


def test_a_session_keeps_its_last_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    files = MemoryUploadedFileManager("/_stcore/upload_file")
    runtime = SimpleNamespace(uploaded_file_mgr=files)
    monkeypatch.setattr(uploads, "Runtime", SimpleNamespace(exists=lambda: True, instance=lambda: runtime))
    status = [204]

    async def streamlit(scope: Scope, receive: Any, send: Any) -> None:
        session, file = scope["path"].split("/")[-2:]
        if status[0] == 204:
            files.add_file(session, UploadedFileRec(file, "w.safetensors", "", bytes(100)))
        await send({"type": "http.response.start", "status": status[0], "headers": []})
        await send({"type": "http.response.body", "body": b""})

    app = OneUpload(streamlit)

    def put(session: str, file: str) -> list[Message]:
        return ask(app, f"/_stcore/upload_file/{session}/{file}", method="PUT")  # type: ignore[arg-type]

    for number in range(30):
        put("one", f"file-{number}")
    put("two", "other")
    put("two", "other")
    status[0] = 413
    put("two", "too-large")
    assert {session: list(kept) for session, kept in files.file_storage.items()} == {
        "one": ["file-29"],
        "two": ["other"],
    }
