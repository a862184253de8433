"""Streamlit's entry: the pages and what stands beside every one of them."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

# `streamlit run playground/app.py` puts this folder on the path, not the one above it.
ROOT = str(Path(__file__).parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from playground import iteration_settings, notices, offline, session, sidebar, visit  # noqa: E402
from playground.components.away import away  # noqa: E402
from playground.components.menu import menu  # noqa: E402
from playground.text import text  # noqa: E402

TEXT = text("app")
ASSETS = Path(ROOT) / "assets"

offline.ask_nobody()
st.set_page_config(page_title=TEXT["title"], layout="wide", initial_sidebar_state=232)
with suppress(OSError, StreamlitAPIException):  # a missing or damaged picture is no reason to show nothing else
    st.set_page_config(page_icon=(ASSETS / "icon.png").read_bytes())
with suppress(OSError, StreamlitAPIException):
    st.logo(ASSETS / "logo.svg", size="medium", icon_image=ASSETS / "icon.png")
page = st.navigation(
    [
        st.Page("app_pages/draw.py", title=TEXT["draw"], icon=":material/draw:", default=True),
        st.Page("app_pages/step.py", title=TEXT["step"], icon=":material/directions_walk:"),
        st.Page("app_pages/graph.py", title=TEXT["graph"], icon=":material/hub:"),
        st.Page("app_pages/gradients.py", title=TEXT["gradients"], icon=":material/bar_chart:"),
        st.Page("app_pages/autograd.py", title=TEXT["autograd"], icon=":material/account_tree:"),
        st.Page("app_pages/filters.py", title=TEXT["filters"], icon=":material/grid_view:"),
    ]
)
st.html(Path(__file__).with_name("app.css"))
away()
menu()
iteration_settings.arrive(page.url_path)
notices.begin(repeat=visit.come_back(has_pad=page.url_path == ""))
session.use(sidebar.show())
page.run()
