"""Visitors whose browsers are connected, on whichever page they are."""

from __future__ import annotations

from typing import Final

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

_owners: Final[dict[str, str]] = {}
"""Secret of each session's visitor."""


def note(owner: str) -> None:
    """Note whose the session is whose page is running."""
    context = get_script_run_ctx()
    if context is not None:
        _owners[context.session_id] = owner


def connected() -> set[str]:
    """Secrets of the visitors with a connected browser; sessions without one are forgotten until they run again."""
    runtime = Runtime.instance() if Runtime.exists() else None
    for session in list(_owners):
        if runtime is None or not runtime.is_active_session(session):
            _owners.pop(session, None)
    return set(_owners.values())
