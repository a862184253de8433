"""Stream of a run's numbers to its page: a WebSocket beside Streamlit's, like the fast path for drawings.

The browser asks for what is new after the last step that it has, and asks again once it has painted the answer, so that
a slow browser or network gets fewer and larger answers. A question waits until there is something new.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final, NamedTuple

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from lenet.errors import InputError
from lenet.json_values import plain
from playground.components.packing import pack
from playground.runs import moments
from playground.runs.runs import Run, Runs

POINTS: Final = 2_000
"""Largest number of points of a curve in one answer."""
FRAME_S: Final = 0.04
"""Shortest time between two answers, in seconds."""
SILENCE_S: Final = 5.0
"""Longest time without an answer, in seconds; the answer then says only that the run is there."""
MAX_MESSAGE: Final = 1_000
"""Largest length of a question in characters."""
LOOK_S: Final = 0.02
"""Time between two looks for something new, in seconds."""


def numbers(runs: Runs, run: Run, after: int, seen: int) -> dict[str, Any]:
    """Numbers of a run for the component `training_view`.

    Args:
        runs: of this server.
        run: the run.
        after: last step that the browser has; 0 for none.
        seen: evaluations that it has.

    Returns:
        JSON values and bytes; `steps` is int32, and the columns of `history.COLUMNS` are float32, little-endian.
    """
    history = run.history
    curves = history.curves(min(after, history.steps), POINTS)
    return {
        "run": run.id,
        "state": str(run.state),
        "reason": run.reason,
        "resumable": run.resumable,
        "place": runs.place(run),
        "after": min(after, history.steps),
        "done": history.steps,
        "evaluations": plain(history.evaluations[seen:]),
        "seen": min(seen, len(history.evaluations)),
        "checkpoints": list(history.checkpoints),
        "watch": plain(history.watch),
        "steps": curves.steps.astype("<i4").tobytes(),
        **{name: _bytes(values) for name, values in curves.columns.items()},
    }


class Question(NamedTuple):
    """Question of a browser.

    Attributes:
        run: that it shows.
        after: last step that it has; 0 for none.
        seen: number of evaluations that it has.
    """

    run: Run
    after: int
    seen: int


def read(runs: Runs, message: str) -> Question | None:
    """Read `{"run": id, "after": step, "seen": count}`, which is not trusted; None where there is no such run."""
    try:
        asked = json.loads(message)
        run, after, seen = runs.find(asked["run"]), asked["after"], asked["seen"]
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(after) is not int or type(seen) is not int or min(after, seen) < 0:
        return None
    runs.touch(run)
    return Question(run, after, seen)


def mark(runs: Runs, run: Run) -> tuple[object, ...]:
    """Value that changes whenever there is something new to show of a run."""
    history = run.history
    return (
        run.state,
        run.reason,
        runs.place(run),
        history.steps,
        len(history.evaluations),
        len(history.checkpoints),
        id(history.watch),
    )


async def converse(websocket: WebSocket, runs: Runs) -> None:
    """Answer one page's questions until it closes; `guard` has checked the connection."""
    await websocket.accept()
    last: object = None
    loop = asyncio.get_running_loop()
    try:
        while True:
            message = await websocket.receive_text()
            if len(message) > MAX_MESSAGE:
                return
            if '"ticket"' in message:  # a slider's question about a checkpoint
                await websocket.send_bytes(await asyncio.to_thread(moments.answer, message))
                continue
            question = await asyncio.to_thread(read, runs, message)
            if question is None:
                await websocket.send_bytes(pack({"run": None}))
                continue
            late = loop.time() + SILENCE_S
            while (now := (question.run.id, *mark(runs, question.run))) == last and loop.time() < late:
                await asyncio.sleep(LOOK_S)
            last = now
            block = await asyncio.to_thread(_pack, runs, question)
            await websocket.send_bytes(block)
            await asyncio.sleep(FRAME_S)
    except (WebSocketDisconnect, KeyError):  # KeyError: bytes came instead of text
        pass


def _pack(runs: Runs, question: Question) -> bytes:
    return pack(numbers(runs, *question))


def _bytes(values: np.ndarray[Any, Any]) -> bytes:
    return values.astype("<f4", copy=False).tobytes()
