"""Address and endpoint of the fast path, and a flag that says whether this process serves it.

Separate from `fast_path`, which imports PyTorch, so that the first page need not wait for that import.
"""

from __future__ import annotations

from typing import Final

from starlette.websockets import WebSocket

PATH: Final = "/live"

_served = False


def serve() -> None:
    """Record that this process serves the endpoint, as `python -m playground` does and `streamlit run` doesn't."""
    global _served
    _served = True


def is_served() -> bool:
    """True if this process serves the endpoint."""
    return _served


async def endpoint(websocket: WebSocket) -> None:
    """Answer the drawings that a pad sends during a stroke."""
    from playground.draw import fast_path

    await fast_path.converse(websocket)
