"""The fast path's place in the server: its address, its endpoint, and whether this process serves it.

Apart from `fast_path`, which imports PyTorch: the first page need not wait for that.
"""

from __future__ import annotations

from typing import Final

from starlette.websockets import WebSocket

PATH: Final = "/live"

_served = False


def serve() -> None:
    """Note that this process serves the endpoint, as `python -m playground` does and `streamlit run` doesn't."""
    global _served
    _served = True


def is_served() -> bool:
    """Whether this process serves the endpoint."""
    return _served


async def endpoint(websocket: WebSocket) -> None:
    """Answer the drawings that a pad sends during a stroke."""
    from playground.draw import fast_path

    await fast_path.converse(websocket)
