"""Address and endpoint of the stream of runs, and a flag that says whether this process serves it."""

from __future__ import annotations

from typing import Final

from starlette.websockets import WebSocket

PATH: Final = "/training"

_served = False


def serve() -> None:
    """Record that this process serves the endpoint, as `python -m playground` does and `streamlit run` doesn't."""
    global _served
    _served = True


def is_served() -> bool:
    """True if this process serves the endpoint."""
    return _served


def close() -> None:
    """Stop all runs, when the server ends."""
    from playground.runs import server_runs

    server_runs.close()


async def endpoint(websocket: WebSocket) -> None:
    """Answer a page's questions about a run."""
    from playground.runs import stream
    from playground.runs.server_runs import runs

    await stream.converse(websocket, runs())
