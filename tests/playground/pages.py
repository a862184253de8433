"""Helpers for tests of the app's pages without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from playground.experiment.recording import Recording
from playground.session import Network
from playground.visitor import KEY, Visitor
from tests.playground.blocks import unpack

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
    made = visitor(at).recording
    assert made is not None
    return made


def visitor(at: AppTest) -> Visitor:
    """State of the page's visitor."""
    found = at.session_state[KEY]
    assert isinstance(found, Visitor)
    return found


def in_use(at: AppTest) -> Network:
    """Network that the pages show."""
    network = visitor(at).network.in_use
    assert network is not None
    return network


def components(at: AppTest, name: str) -> Iterator[dict[str, Any]]:
    """Data of the page's components with a name, in their order."""
    for element in at.get("bidi_component"):
        if element.proto.component_name.rpartition(".")[2] == name:
            yield unpack(element.proto.bytes)


def codes(at: AppTest) -> list[str]:
    """Text of the page's blocks of code, in their order."""
    return ["".join(text for _, text in data["pieces"]) for data in components(at, "code_block")]


def take_steps(at: AppTest, steps: int) -> AppTest:
    """Take a number of steps at once, without a click for each."""
    here = visitor(at)
    here.experiment = replace(here.experiment, steps=steps)
    return clean(at)
