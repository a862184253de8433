"""Restoring of a visit's state from the browser tab: after a reload, a restart of the server, a long time offline, or a
page change right after the last stroke.

The address holds the network and, on pages with an iteration, its settings. The tab keeps the drawing and the rest.
Neither can keep a file of weights; the sidebar reports its loss.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, TypeGuard

import streamlit as st

from lenet.errors import InputError
from lenet.record.experiment import ITERATION_NAMES
from playground import kept_values, owner, sidebar
from playground.components.drawing_pad import keep_drawing, pad_events
from playground.components.ink_stages import keep_steps
from playground.components.tab_memory import given_back, tab_memory
from playground.experiment import pad_digit, settings
from playground.visitor import visitor

MEMORY: Final = "tab-memory"
MAX_TEXT: Final = 5_000
"""Largest number of characters of a text that is accepted from a tab."""
LONE: Final = re.compile("[\ud800-\udfff]")


def session_id() -> str:
    """Identifier of this session, with which the browser notices a new one."""
    return visitor().id


def come_back(*, has_pad: bool) -> bool:
    """Restore the state that the browser returns. Call this before showing anything that depends on it.

    Args:
        has_pad: True if the page has the drawing pad, which sends its drawing itself.

    Returns:
        True if the browser started this run to return its state, False if the visitor caused it.
    """
    given = given_back(MEMORY)
    if given:
        take(given)
    late = tab_memory(
        key=MEMORY,
        session=session_id(),
        owner=(owner.COOKIE, owner.owner()),
        told=visitor().memory.told,
        revision=pad_events(pad_digit.PAD).revision,
        drawn=has_pad,
        storage=pad_digit.PAD,
        choices=choices(),
    )
    if late and not given:
        take(late)
        st.rerun()
    return bool(given)


def choices() -> dict[str, object]:
    """State that the tab should keep besides the drawing."""
    # Without the label, which may belong to the previous input: labels are kept by input.
    chosen = replace(settings.chosen(), label=None)
    return {
        "settings": chosen.to_query(ITERATION_NAMES) if visitor().settings.read else {},
        "labels": settings.labels(),
        "file": sidebar.own_file(),
        "values": kept_values.written(),
    }


def take(given: Mapping[str, Any]) -> None:
    """Restore the state that a tab returns. It is not trusted: invalid parts are ignored."""
    here = visitor()
    strange = not here.memory.told and given.get("session") != here.id
    here.memory.told = True
    with suppress(InputError):  # kept by another version of the pad, or forged
        keep_drawing(pad_digit.PAD, given.get("drawing"))
    if not strange:
        return
    here.settings.came_back = True
    keep_steps(pad_digit.STAGES, given.get("stages"))
    chosen = given.get("choices")
    if not isinstance(chosen, Mapping):
        return
    labels = chosen.get("labels")
    if isinstance(labels, Mapping):
        for source, label in list(labels.items())[: settings.MOST_LABELS]:
            if _is_text(source) and type(label) is int and 0 <= label <= 9:
                settings.labels().setdefault(source, label)
    kept = chosen.get("settings")
    if isinstance(kept, Mapping) and kept and not here.settings.read:
        settings.read({name: value for name, value in kept.items() if _is_text(value)})
    values = chosen.get("values")
    if isinstance(values, Mapping):
        kept_values.take({key: value for key, value in values.items() if not isinstance(value, str) or _is_text(value)})
    file = chosen.get("file")
    if file and _is_text(file):
        sidebar.lose(file)


def _is_text(value: object) -> TypeGuard[str]:
    """True for a text that can be shown; JSON can contain lone surrogates, which UTF-8 can't encode."""
    return isinstance(value, str) and len(value) <= MAX_TEXT and not LONE.search(value)
