"""The visitor's language: the one that the address asks for, else the browser's, else English."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from playground import location, notices, text
from playground.text import ENGLISH, catalogue, languages
from playground.visitor import visitor

TEXT: Final = text.text("language")
LANG: Final = "lang"
"""Name of the language in the address."""
CHOICE: Final = "language"


_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def current() -> str:
    """The language of the visitor whose page is being made; where no page is, that of `spoken`, or English."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return _spoken.get()
    return visitor().language or ENGLISH


text.follow(current)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """Have this language as the current one where no page is being made."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def decide() -> None:
    """Decide the language, at the visitor's arrival and after Back. Call this before any text is shown."""
    own = visitor()
    if own.language is None or location.went_back():
        asked = st.query_params.get(LANG)
        own.language = asked if asked in languages() else _preferred()
        own.once.language_refused = asked is not None and asked not in languages()


def choose() -> None:
    """Show the choice, where there is one, and write it into the address unless it is the browser's own language."""
    own = visitor()
    if own.once.language_refused:
        notices.warn(TEXT["unknown"].format(choices=", ".join(languages())))
    if len(languages()) > 1:
        st.session_state[CHOICE] = own.language
        st.selectbox(TEXT["choice"], languages(), format_func=_name, key=CHOICE, on_change=_take)
    location.put({} if current() == _preferred() else {LANG: current()}, (LANG,))


def _take() -> None:
    visitor().language = st.session_state[CHOICE]


def _name(language: str) -> str:
    """A language in its own words."""
    return catalogue(language)["language"]["name"]


def _preferred() -> str:
    """The browser's language, or the one of which it is a variety; English where there is no such folder."""
    tag = st.context.locale or ""
    return next((one for one in (tag, tag.partition("-")[0]) if one in languages()), ENGLISH)
