"""Notice in a corner of the page while the server doesn't answer."""

from __future__ import annotations

from typing import Final

from playground.components import mount
from playground.text import text

TEXT: Final = text("app")

_mount = mount.component("away")


def away() -> None:
    """Mount the component. Call this once per page, outside of fragments."""
    _mount(key="away", data={"words": TEXT["away"]}, height=0)
