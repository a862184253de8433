"""Tests of the note of whose browsers are connected."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from playground.runs import presence


def test_a_visitor_is_there_as_long_as_a_session_of_theirs_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = {"one", "two"}
    session = SimpleNamespace(session_id="")
    runtime = SimpleNamespace(is_active_session=connected.__contains__)
    monkeypatch.setattr(presence, "_owners", {})
    monkeypatch.setattr(presence, "get_script_run_ctx", lambda: session)
    monkeypatch.setattr(presence, "Runtime", SimpleNamespace(exists=lambda: True, instance=lambda: runtime))
    for session.session_id, owner in (("one", "me"), ("two", "you"), ("gone", "they")):
        presence.note(owner)
    assert presence.connected() == {"me", "you"}
    connected.discard("one")
    assert presence.connected() == {"you"}
    connected.add("one")
    assert presence.connected() == {"you"}, "until the session's page runs again"
    session.session_id = "one"
    presence.note("me")
    assert presence.connected() == {"me", "you"}


def test_without_a_server_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "_owners", {"one": "me"})
    monkeypatch.setattr(presence, "Runtime", SimpleNamespace(exists=lambda: False))
    assert presence.connected() == set()
