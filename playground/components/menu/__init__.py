"""Component that closes Streamlit's menu after a page was chosen, on screens where the menu covers the page."""

from __future__ import annotations

from playground.components import mount

_mount = mount.component("menu")


def menu() -> None:
    """Mount the component. Call this once per page, outside of fragments."""
    _mount(key="menu", data={}, height=0)
