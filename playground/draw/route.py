"""Address and endpoint of the fast path.

Separate from `fast_path`, which imports PyTorch, so that the first page need not wait for that import.
"""

from __future__ import annotations

from typing import Final

from starlette.websockets import WebSocket

PATH: Final = "/live"


async def endpoint(websocket: WebSocket) -> None:
    """Answer the drawings that a pad sends during a stroke."""
    from playground.draw import fast_path

    await fast_path.converse(websocket)
