"""Address and endpoint of the pictures for changed options.

Separate from `bench`, which imports PyTorch, so that the first page need not wait for that import.
"""

from __future__ import annotations

import os
from typing import Final

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

PATH: Final = "/bench"
_workers = anyio.CapacityLimiter(os.cpu_count() or 1)


async def endpoint(websocket: WebSocket) -> None:
    """Answer one visitor's changes until the connection closes; `guard` has checked the connection."""
    from playground.convolution.bench import reply

    await websocket.accept()
    try:
        while True:
            message = await websocket.receive_text()
            await websocket.send_bytes(await anyio.to_thread.run_sync(reply, message, limiter=_workers))
    except (WebSocketDisconnect, KeyError):  # KeyError: bytes came instead of text
        pass
