"""The live route of a drawing during a stroke: in and out over a WebSocket of its own.

Between two drawings of a stroke nothing changes but numbers, and a run of a Streamlit script is much work for that:
ten messages, and React on the other side. So the pad sends the drawing here while the pen moves, and what comes back
goes straight to the components; Streamlit gets the drawing when the pen rests. Where this route isn't there
(`streamlit run`) or doesn't work (a proxy), the pad sends every drawing through Streamlit: the same, only slower.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
from collections import OrderedDict
from typing import Final

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from lenet.digits.drawing import Canvas, parse_drawing
from lenet.errors import InputError
from playground.components import ink_stages, network_view
from playground.components.packing import pack
from playground.draw.classifier import Board

MAX_BOARDS: Final = 128
"""Boards that have a ticket at once; the one that was unused for longest loses its own."""

_boards: OrderedDict[str, Board] = OrderedDict()
_tickets: dict[Board, str] = {}
_lock = threading.Lock()
_workers = anyio.CapacityLimiter(os.cpu_count() or 1)


def ticket(board: Board) -> str:
    """What the pad names this board by. It can't be guessed, as a board may hold a visitor's own weights."""
    with _lock:
        name = _tickets.setdefault(board, secrets.token_urlsafe(16))
        _boards[name] = board
        _boards.move_to_end(name)
        while len(_boards) > MAX_BOARDS:
            _, oldest = _boards.popitem(last=False)
            del _tickets[oldest]
        return name


def answer(message: str, canvas: Canvas | None = None) -> bytes:
    """Compute the network's answer to a drawing, as `packing.pack` packs it.

    Args:
        message: JSON of `{"ticket": name, "revision": number, "drawing": drawing}`, see
            `lenet.digits.drawing.parse_drawing`. Anyone can send anything.
        canvas: the visitor's own, on which a growing drawing takes less time.

    Returns:
        `{"revision": ..., "ticket": ..., "network_view": block, "ink_stages": block}`; `{"revision": null}` where the
        message can't be answered: the drawing then goes through Streamlit, and the page says what is wrong.
    """
    try:
        request = json.loads(message)
        name, revision = request["ticket"], request["revision"]
        with _lock:
            board = _boards[name]
        if type(revision) is not int:
            return pack({"revision": None})
        prepared = board.prepare(parse_drawing(request["drawing"]), canvas)
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return pack({"revision": None})
    changed = {
        "network_view": pack(network_view.changing(board.answer(prepared), revision)),
        "ink_stages": pack(ink_stages.changing(prepared, revision)),
    }
    return pack({"revision": revision, "ticket": name, **changed})


async def converse(websocket: WebSocket) -> None:
    """Answer one visitor's drawings until the visitor leaves. `guard` has let the visitor in.

    A drawing for which there is a newer one before its turn has come is not answered: nobody waits for it any more.
    """
    await websocket.accept()
    newest: asyncio.Queue[str] = asyncio.Queue(1)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_answer_newest(websocket, newest))
            while True:
                message = await websocket.receive_text()
                if newest.full():
                    newest.get_nowait()
                newest.put_nowait(message)
    except* (WebSocketDisconnect, KeyError):  # KeyError: bytes came instead of text
        pass


async def _answer_newest(websocket: WebSocket, newest: asyncio.Queue[str]) -> None:
    canvas = Canvas()
    while True:
        message = await newest.get()
        await websocket.send_bytes(await anyio.to_thread.run_sync(answer, message, canvas, limiter=_workers))
