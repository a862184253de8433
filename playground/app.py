"""Streamlit's entry point: the list of pages, and what all of them share."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.errors import StreamlitAPIException

from lenet.assets import ASSETS
from playground import language, notices, owner, session, sidebar, visit, visitor
from playground.components.away import away
from playground.components.menu import menu
from playground.experiment import settings
from playground.runs import presence
from playground.server import offline
from playground.text import text

TEXT = text("app")
# Folder of each page, which is also its path in the address, and its icon.
PAGES = {
    "draw": "draw",
    "step": "directions_walk",
    "graph": "hub",
    "gradients": "bar_chart",
    "autograd": "account_tree",
    "filters": "grid_view",
    "convolution": "filter_center_focus",
    "initialisation": "stacked_line_chart",
    "train": "model_training",
    "build": "build",
}

offline.ask_nobody()
language.decide()
st.set_page_config(page_title=TEXT["title"], layout="wide", initial_sidebar_state=232)
with suppress(OSError, StreamlitAPIException):  # show the pages even if the picture is missing or damaged
    st.set_page_config(page_icon=(ASSETS / "icon.png").read_bytes())
with suppress(OSError, StreamlitAPIException):
    st.logo(ASSETS / "logo.svg", size="medium", icon_image=ASSETS / "icon.png")
page = st.navigation(
    [
        st.Page(f"{name}/page.py", title=TEXT[name], icon=f":material/{icon}:", url_path=name, default=name == "draw")
        for name, icon in PAGES.items()
    ]
)
for sheet in ("components/shared/tokens.css", "app.css"):
    st.html(Path(__file__).parent / sheet)
away()
menu()
presence.note(owner.owner())
settings.arrive(page.url_path)
notices.begin(repeat=visit.come_back(has_pad=page.url_path == ""))
session.use(sidebar.show())
page.run()
visitor.end_run()
