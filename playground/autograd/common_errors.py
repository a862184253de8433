"""Common errors of beginners, made on purpose: PyTorch's own message, the cause, and the mend."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.explain import common_errors
from lenet.explain.common_errors import ERRORS, Outcome
from playground import kept_values, location, notices
from playground.autograd.fields import fields
from playground.autograd.program_graph import small_graph
from playground.autograd.variable_cards import variable_cards
from playground.code_button import code_button
from playground.components.code_block import code_block
from playground.markdown import literal
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("common_errors")
ERROR: Final = "error"
MENDED: Final = "mended"
PARAMETERS: Final = (ERROR, MENDED)
"""Query parameters: key of the error, and whether it is mended."""
HEIGHT: Final = 340
"""Height of the graph in pixels."""


def show() -> None:
    """Show the errors to choose from, and the chosen one."""
    st.markdown(TEXT["about"])
    key, mended = _choose()
    left, right = st.columns([5, 7], gap="large")
    with left:
        inputs = fields(f"error-{key}", ERRORS[key].inputs)
        outcome = common_errors.run(key, inputs, mended=mended)
        _say(outcome, mended)
        words = TEXT[f"{'mended' if mended else 'cause'}-{key}"]
        values = [value for _, value in outcome.printed]
        st.markdown(words.format(printed=values))
        st.button(
            TEXT["break" if mended else "mend"],
            key="error-mend",
            type="secondary" if mended else "primary",
            icon=":material/undo:" if mended else ":material/build:",
            on_click=_set,
            args=(not mended,),
        )
        st.caption(TEXT["change"])
        code_block("\n".join(outcome.change), key="error-change")
    with right:
        if outcome.graph is None:
            st.info(TEXT["no-graph"])
        else:
            small_graph("graph-error", outcome.graph, HEIGHT)
        if outcome.printed:
            rows = [{TEXT["printed"]: f"`{asked}`", TEXT["value"]: f"`{value}`"} for asked, value in outcome.printed]
            st.table(rows)
        st.markdown(f"**{TEXT['script']}**")
        code_block(outcome.script, key="error-script")
    if outcome.variables:
        st.markdown(f"**{TEXT['tensors-error' if outcome.error else 'tensors']}**")
        variable_cards("error-tensors", outcome.variables)
    code_button(lambda: outcome.script, TEXT["code"], "autograd")


def _choose() -> tuple[str, bool]:
    """Return the key of the chosen error, and True if it is mended."""
    keys = tuple(ERRORS)
    asked = st.query_params.get(ERROR)
    if asked is not None and asked not in keys:
        notices.warn(TEXT["address"].format(choices=", ".join(keys)))
    one = kept_values.among(keys)
    kept_values.keep(ERROR, keys[0], one, one(asked))
    wanted = {"1": True}.get(st.query_params.get(MENDED, ""), False) if asked is not None else None
    mended = kept_values.keep(MENDED, False, kept_values.flag, wanted, widget=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.pills(
            TEXT["choose"],
            keys,
            required=True,
            format_func=lambda key: TEXT[f"name-{key}"],
            key=ERROR,
            on_change=_set,
            args=(False,),
            wrap=True,
        )
        st.page_link("build/page.py", label=TEXT["layers"], query_params={ERROR: "flatten"})
    key = chosen or keys[0]
    location.put({ERROR: key, **({MENDED: "1"} if mended else {})}, PARAMETERS)
    return key, mended


def _set(mended: bool) -> None:
    visitor().memory.kept[MENDED] = mended


def _say(outcome: Outcome, mended: bool) -> None:
    """Show the error and the warnings, or a sentence that there are none."""
    for message in outcome.warnings:
        st.warning(TEXT["warned"].format(message=literal(message)), icon=":material/warning:")
    error = outcome.error
    if error is not None:
        st.markdown(TEXT["at"].format(number=error.number, line=error.line))
        st.error(f"**{error.kind}:** {literal(error.message)}", icon=":material/error:")
    elif mended:
        st.success(TEXT["ran"], icon=":material/check:")
    elif not outcome.warnings:
        st.info(TEXT["silent"], icon=":material/visibility:")
