"""Block of Python code with a button that copies it.

Streamlit's own loads 1.5 MB of JavaScript, for about 300 languages, before it shows the first line.
"""

from __future__ import annotations

from playground.components import mount
from playground.components.code_block.highlight import pieces

_mount = mount.component("code_block")


def code_block(code: str, *, key: str, height: int | None = None) -> None:
    """Show code.

    Args:
        code: lines of Python, or a part of a line. Space around them is removed.
        key: key of the component.
        height: height in pixels of a block whose lines are not wrapped; None to wrap long lines and show all.
    """
    _mount(key=key, data={"pieces": pieces(code.strip()), "height": height})
