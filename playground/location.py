"""Query parameters of the page's address in the visitor's browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def went_back() -> bool:
    """True if the browser's Back or Forward caused this run, so that the address takes precedence over the state."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def put(wanted: Mapping[str, str], names: Iterable[str]) -> None:
    """Set the parameters `wanted` and remove all others in `names`; the rest of the address stays."""
    now = st.query_params.to_dict()
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    if changed:
        st.query_params.update(changed)
    for name in names:
        if name in now and name not in wanted:
            del st.query_params[name]
