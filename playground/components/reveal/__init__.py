"""Scrolls a part of the page into view when a visitor asked for it elsewhere on the page."""

from __future__ import annotations

from playground.components import mount

_mount = mount.component("reveal")


def reveal(*, key: str, target: str, revision: int) -> None:
    """Bring a container into view and give it the focus, once for each new revision.

    Args:
        key: of the component.
        target: key of the container.
        revision: how often the visitor has asked for it. The first one that is seen only tells where the count begins.
    """
    _mount(key=key, data={"target": target, "revision": revision})
