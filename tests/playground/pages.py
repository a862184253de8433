"""Helpers for tests of the app's pages without a browser."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from playground.experiment import recording
from playground.experiment.recording import Recording

APP = str(Path(__file__).parents[2] / "playground" / "app.py")


def open_app(path: str = "", **query: str) -> AppTest:
    """Create the page at this address without running it."""
    at = AppTest.from_file(APP, default_timeout=120)
    if path:
        at._page_hash = calc_hash(path)  # `switch_page` knows the pages' paths only after a run
    for name, value in query.items():
        at.query_params[name] = value
    return at


def open_page(page: str, **query: str) -> AppTest:
    """Open a page by its folder, with these query parameters."""
    at = clean(open_app(**query))
    at.switch_page(f"{page}/page.py")
    return clean(at)


def clean(at: AppTest) -> AppTest:
    """Run the page and expect no exception."""
    at.run()
    assert not at.exception, at.exception
    return at


def shown(at: AppTest) -> Recording:
    """Recording that the page shows."""
    made = at.session_state[recording.KEY]
    assert isinstance(made, Recording)
    return made
