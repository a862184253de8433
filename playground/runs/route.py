"""Address and endpoint of the stream of runs."""

from __future__ import annotations

from typing import Final

from starlette.websockets import WebSocket

PATH: Final = "/training"


def close() -> None:
    """Stop all runs, when the server ends."""
    from playground.runs import server_runs

    server_runs.close()


async def endpoint(websocket: WebSocket) -> None:
    """Answer a page's questions about a run."""
    from playground.runs import stream
    from playground.runs.server_runs import runs

    await stream.converse(websocket, runs())
