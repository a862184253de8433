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

from playground import notices, session, sidebar, visit, visitor  # noqa: E402
from playground.components.away import away  # noqa: E402
from playground.components.menu import menu  # noqa: E402
from playground.experiment import settings  # noqa: E402
from playground.server import offline  # noqa: E402
from playground.text import text  # noqa: E402

TEXT = text("app")
ASSETS = Path(ROOT) / "assets"
# Folder of each page, which is also its path in the address, and its icon.
PAGES = {
    "draw": "draw",
    "step": "directions_walk",
    "graph": "hub",
    "gradients": "bar_chart",
    "autograd": "account_tree",
    "filters": "grid_view",
}

offline.ask_nobody()
st.set_page_config(page_title=TEXT["title"], layout="wide", initial_sidebar_state=232)
with suppress(OSError, StreamlitAPIException):  # a missing or damaged picture is no reason to show nothing else
    st.set_page_config(page_icon=(ASSETS / "icon.png").read_bytes())
with suppress(OSError, StreamlitAPIException):
    st.logo(ASSETS / "logo.svg", size="medium", icon_image=ASSETS / "icon.png")
page = st.navigation(
    [
        st.Page(f"{name}/page.py", title=TEXT[name], icon=f":material/{icon}:", url_path=name, default=name == "draw")
        for name, icon in PAGES.items()
    ]
)
st.html(Path(__file__).with_name("app.css"))
away()
menu()
settings.arrive(page.url_path)
notices.begin(repeat=visit.come_back(has_pad=page.url_path == ""))
session.use(sidebar.show())
page.run()
visitor.end_run()
