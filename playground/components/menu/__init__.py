"""Closes the menu after a page was chosen, where it lies over the page."""

from __future__ import annotations

from typing import Final

from playground.components import assembly

FILES: Final = ("menu/menu.js",)

_mount = assembly.component("menu", "<span hidden></span>", FILES)


def menu() -> None:
    """Mount the component; call it once a page, outside of fragments."""
    _mount(key="menu", data={}, height=0)
