"""Button that saves the shown iteration as one HTML file."""

from __future__ import annotations

from typing import Final

import streamlit as st

from playground.experiment.recording import Recording
from playground.export import html_file
from playground.language import current, spoken
from playground.number_words import grouped
from playground.text import text

TEXT: Final = text("export")


def save_button(made: Recording) -> None:
    """Show the button; the file is written at the click."""
    language, fits = current(), html_file.fits(made)

    def write() -> bytes:
        with spoken(language):  # no page is being made then
            return html_file.write(made)

    st.download_button(
        TEXT["save"],
        write if fits else b"",
        f"{made.network.title}-step-{made.steps}.html".replace(" ", "-").replace(",", ""),
        "text/html",
        icon=":material/save:",
        type="tertiary",
        help=None if fits else TEXT["save-large"].format(most=grouped(html_file.MOST)),
        disabled=not fits,
        on_click="ignore",
        key="save-html",
    )
