"""Fast path for drawings during a stroke: a WebSocket of its own, beside Streamlit's.

During a stroke only numbers change, and running a Streamlit script for each change is expensive: ten messages, and
React's work in the browser. Therefore the pad sends its drawing here while the pen moves, and the answer goes directly
to the components. Streamlit gets the drawing when the pen rests. If the fast path doesn't exist (`streamlit run`) or
doesn't work (because of a proxy), the pad sends every drawing through Streamlit, with the same result but more slowly.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import threading
import time
from collections import OrderedDict
from typing import Final

import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect

from lenet.digits.drawing import Canvas, parse_drawing
from lenet.errors import InputError
from playground.components import ink_stages, network_view
from playground.components.packing import pack
from playground.draw.classifier import Classifier

EDGES_S: Final = 0.15
"""Least time in seconds between two updates of the picture's edges during a stroke, which would otherwise slow the maps
down. When the pen rests, Streamlit's update brings the last edges.
"""
MAX_CLASSIFIERS: Final = 128
"""Largest number of classifiers that have a ticket at once; the least recently used one loses its ticket."""

_classifiers: OrderedDict[str, Classifier] = OrderedDict()
_tickets: dict[Classifier, str] = {}
_lock = threading.Lock()
_workers = anyio.CapacityLimiter(os.cpu_count() or 1)


def ticket(classifier: Classifier) -> str:
    """Name with which the pad selects this classifier; unguessable, because it may hold a visitor's own weights."""
    with _lock:
        name = _tickets.setdefault(classifier, secrets.token_urlsafe(16))
        _classifiers[name] = classifier
        _classifiers.move_to_end(name)
        while len(_classifiers) > MAX_CLASSIFIERS:
            _, oldest = _classifiers.popitem(last=False)
            del _tickets[oldest]
        return name


def answer(message: str, canvas: Canvas | None = None, edges: bool = True) -> bytes:
    """Compute the network's answer to a drawing, packed by `packing.pack`.

    Args:
        message: JSON of `{"ticket": name, "revision": number, "drawing": drawing}`, see
            `lenet.digits.drawing.parse_drawing`. The message is not trusted.
        canvas: the visitor's own canvas, on which the next strokes of the same drawing take less time.
        edges: False to leave the edges of the network's picture as they are.

    Returns:
        `{"revision": ..., "ticket": ..., "network_view": block, "ink_stages": block}`; `{"revision": null}` if the
        message can't be answered. The pad then sends the drawing through Streamlit, and the page shows the error.
    """
    try:
        request = json.loads(message)
        name, revision = request["ticket"], request["revision"]
        with _lock:
            classifier = _classifiers[name]
        if type(revision) is not int:
            return pack({"revision": None})
        prepared = classifier.prepare(parse_drawing(request["drawing"]), canvas)
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return pack({"revision": None})
    numbers = classifier.network.numbers if edges else None
    changed = {
        "network_view": pack(network_view.changing(classifier.classify(prepared), revision, numbers)),
        "ink_stages": pack(ink_stages.changing(prepared, revision)),
    }
    return pack({"revision": revision, "ticket": name, **changed})


async def converse(websocket: WebSocket) -> None:
    """Answer one visitor's drawings until the connection closes; `guard` has checked the connection.

    A drawing that is replaced by a newer one before it is computed gets no answer.
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
    canvas, shown = Canvas(), 0.0
    while True:
        message = await newest.get()
        edges = time.monotonic() - shown >= EDGES_S
        if edges:
            shown = time.monotonic()
        await websocket.send_bytes(await anyio.to_thread.run_sync(answer, message, canvas, edges, limiter=_workers))
