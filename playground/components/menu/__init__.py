"""Closes the menu after a page was chosen, where it lies over the page."""

from __future__ import annotations

from playground.components import mount

_mount = mount.component("menu")


def menu() -> None:
    """Mount the component; call it once a page, outside of fragments."""
    _mount(key="menu", data={}, height=0)
