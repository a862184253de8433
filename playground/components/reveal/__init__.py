"""Component that scrolls a container into view after a click elsewhere on the page."""

from __future__ import annotations

from playground.components import mount

_mount = mount.component("reveal")


def reveal(*, key: str, target: str, revision: int) -> None:
    """Scroll a container into view and focus it, each time `revision` changes.

    Args:
        key: key of the component.
        target: key of the container.
        revision: number of requests so far. The first value that the browser sees doesn't scroll.
    """
    _mount(key=key, data={"target": target, "revision": revision})
