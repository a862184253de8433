"""Tests that no widget of a page can lose the value that Python has set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.playground.pages import clean, open_page

PAGES = ("draw", "step", "graph", "gradients", "autograd", "filters", "convolution", "train", "build")


def elements(block: Any) -> Iterator[Any]:
    """All elements of an AppTest's block."""
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from elements(child)


@pytest.mark.parametrize("page", PAGES)
def test_each_run_sends_the_values_again(page: str) -> None:
    at = clean(open_page(page))  # the second run, because the page may never get the first one's messages
    widgets = [one for one in elements(at._tree) if hasattr(getattr(one, "proto", None), "set_value")]
    assert widgets
    lost = [one for one in widgets if not one.proto.set_value and not one.proto.default]
    assert [one.key for one in lost if one.value not in (None, "", [])] == []
