"""Panel in which a visitor keeps drawings with their labels, to train a network on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.digits import stroke_file
from lenet.digits.mnist import CLASSES
from lenet.digits.stroke_file import LabelledStrokes
from lenet.errors import InputError
from playground.components.drawing_pad import pad_events
from playground.experiment.pad_digit import PAD, on_pad
from playground.markdown import literal
from playground.number_words import Count
from playground.runs import drawings
from playground.runs.drawings import Drawings
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("keep_panel")
LABEL: Final = "keep-label"
UPLOAD: Final = "keep-upload"
SCALE: Final = 2
"""Screen pixels per pixel of a digit."""
COLUMNS: Final = 12
"""Digits in a row of the picture of all kept drawings."""


def show() -> None:
    """Show the panel, closed at first."""
    kept = drawings.of_visitor()
    try:
        digits = kept.all()
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
        return
    with st.expander(TEXT["title"].format(count=len(digits)), icon=":material/school:", key="keep-panel"):
        st.caption(TEXT["introduction"])
        _keep(kept)
        if digits:
            _show_kept(kept, digits)
        _upload(kept)


def begin() -> None:
    """Note that the whole page runs, with this panel. Call this before the fragment with the pad."""
    visitor().keep.changed = False


def is_outdated() -> bool:
    """True if a drawing was kept in a run of the fragment with the pad alone, so that the panel has to be shown again.

    Streamlit joins a click with a drawing that was sent just before, and then runs only that fragment.
    """
    return visitor().keep.changed


def _keep(kept: Drawings) -> None:
    memory = visitor().keep
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.segmented_control(TEXT["label"], range(CLASSES), key=LABEL)
        st.button(
            TEXT["keep"],
            key="keep-drawing",
            icon=":material/bookmark_add:",
            disabled=label is None,
            on_click=partial(_add, kept, label),
        )
    if memory.problem is not None:
        st.warning(literal(memory.problem), icon=":material/warning:")
        memory.problem = None


def _add(kept: Drawings, label: int | None) -> None:
    memory = visitor().keep
    memory.changed = True
    try:
        if label is not None:
            kept.add([stroke_file.of_drawing(label, on_pad(pad_events(PAD)))])
    except InputError as problem:
        memory.problem = problem


def _show_kept(kept: Drawings, digits: list[LabelledStrokes]) -> None:
    counts = np.bincount([one.label for one in digits], minlength=CLASSES)
    said = ", ".join(TEXT["count"].format(count=Count(int(n)), digit=digit) for digit, n in enumerate(counts) if n)
    st.image(_sheet(digits), caption=said)
    with st.container(horizontal=True):
        if st.button(TEXT["undo"], key="keep-undo", icon=":material/undo:"):
            _do(lambda: kept.replace(digits[:-1]))
        wanted = st.selectbox(
            TEXT["delete-which"],
            range(len(digits)),
            index=None,
            format_func=lambda index: TEXT["one"].format(index=index, label=digits[index].label),
            key=f"keep-which-{len(digits)}",
            label_visibility="collapsed",
            placeholder=TEXT["delete-which"],
        )
        if st.button(TEXT["delete"], key="keep-delete", icon=":material/delete:", disabled=wanted is None):
            _do(lambda: kept.replace([one for index, one in enumerate(digits) if index != wanted]))
        st.download_button(
            TEXT["download"],
            stroke_file.write(digits),
            TEXT["file"],
            "application/x-ndjson",
            icon=":material/download:",
        )
        st.page_link("train/page.py", label=TEXT["train"], icon=":material/model_training:")


def _upload(kept: Drawings) -> None:
    memory = visitor().keep
    with st.popover(TEXT["upload"], icon=":material/upload_file:"):
        uploaded = st.file_uploader(TEXT["upload"], key=f"{UPLOAD}-{memory.uploads}", help=TEXT["upload-help"])
    if uploaded is None:
        return
    memory.uploads += 1  # an empty field, so that the file isn't added again
    _do(lambda: kept.add(stroke_file.parse(uploaded.getvalue(), uploaded.name, drawings.MOST)))


def _do(change: Callable[[], None]) -> None:
    """Change what is kept and show the page again, or show why that can't be."""
    try:
        change()
    except InputError as problem:
        st.warning(literal(problem), icon=":material/warning:")
        return
    st.rerun()


def _sheet(digits: list[LabelledStrokes]) -> NDArray[np.uint8]:
    """All digits in rows, black on white."""
    rows = -(-len(digits) // COLUMNS)
    side = digits[0].image.shape[0]
    cells = np.zeros((rows * COLUMNS, side, side), np.uint8)
    cells[: len(digits)] = [one.image for one in digits]
    sheet = cells.reshape(rows, COLUMNS, side, side).transpose(0, 2, 1, 3).reshape(rows * side, COLUMNS * side)
    return 255 - sheet.repeat(SCALE, 0).repeat(SCALE, 1)
