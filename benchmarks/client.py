"""A visitor without a browser: speaks Streamlit's protocol over the WebSocket, as Streamlit's own page does."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PAD: Final = "drawing_pad"
VIEW: Final = "network_view"
ERRORS: Final = ("exception", "alert")
MAX_MESSAGE: Final = 64 * 2**20


class VisitError(RuntimeError):
    """The page showed an error, or isn't the page that a visitor expects."""


@dataclass(frozen=True)
class Update:
    """One drawing sent and its activations received.

    Attributes:
        seq: number of the drawing.
        seconds: from sending the drawing to having the network view's message.
        bytes_received: of all messages of the update, up to the end of the script's run.
        bytes_sent: of the message with the drawing.
    """

    seq: int
    seconds: float
    bytes_received: int
    bytes_sent: int


@dataclass
class _Page:
    """State of a page, read from its messages."""

    script: str = ""
    fragment: str = ""
    ticket: str = ""
    session: str = ""
    components: dict[str, str] = field(default_factory=dict)
    widgets: dict[str, tuple[str, Any]] = field(default_factory=dict)


class Visitor:
    """A connection with a page open on it, the Draw page where it draws."""

    def __init__(self, connection: ClientConnection, query: str, page: str = "") -> None:
        self._connection = connection
        self._query = query
        self._name = page
        self._page = _Page()

    async def open(self) -> None:
        """Run the page for the first time and find the network view on it, on the Draw page also the pad.

        Raises:
            VisitError: they aren't there, or the page shows an error.
        """
        await self._send(BackMsg())
        done = False
        while not done:
            message = await self._receive()
            self._learn(message[0])
            done = message[0].WhichOneof("type") == "script_finished"
        missing = (
            {"graph_view"} if self._name == "graph" else {VIEW} if self._name else {PAD, VIEW}
        ) - self._page.components.keys()
        if missing:
            raise VisitError(f"the page has no {' and no '.join(sorted(missing))}")

    @property
    def session(self) -> str:
        """Id of the session; uploads need it."""
        return self._page.session

    async def draw(self, drawing: Mapping[str, Any]) -> Update:
        """Send a drawing as the pad does and wait for the activations, then for the end of the script's run.

        Raises:
            VisitError: the page shows an error, or answers without the activations.
        """
        seq = drawing["seq"]
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self._page.components[PAD]
        state.json_value = json.dumps({"drawing": drawing}, separators=(",", ":"))
        message.rerun_script.fragment_id = self._page.fragment
        began = time.perf_counter()
        sent = await self._send(message)
        answered = 0.0
        received = 0
        while True:
            answer, size = await self._receive()
            received += size
            if _shown(answer) == seq:
                answered = time.perf_counter()
            elif answer.WhichOneof("type") == "script_finished":
                break
        if not answered:
            raise VisitError(f"no activations for drawing {seq}")
        return Update(seq, answered - began, received, sent)

    async def draw_fast(self, fast_path: ClientConnection, drawing: Mapping[str, Any]) -> Update:
        """Send a drawing as the pad does during a stroke (`playground.draw.fast_path`), and wait for its activations.

        Raises:
            VisitError: it is answered without them.
        """
        seq = drawing["seq"]
        message = json.dumps({"ticket": self._page.ticket, "seq": seq, "drawing": drawing}, separators=(",", ":"))
        began = time.perf_counter()
        await fast_path.send(message)
        answer = await fast_path.recv(decode=False)
        seconds = time.perf_counter() - began
        values = unpack(answer)
        if values["seq"] != seq or not unpack(values["network_view"])["values"]:
            raise VisitError(f"no activations for drawing {seq}")
        return Update(seq, seconds, len(answer), len(message))

    async def _send(self, message: BackMsg) -> int:
        """Complete a rerun as the browser does and send it; return its size in bytes."""
        rerun = message.rerun_script
        rerun.query_string = self._query
        rerun.page_script_hash = self._page.script
        rerun.page_name = "" if self._page.script else self._name
        for widget, (kind, value) in self._page.widgets.items():
            state = rerun.widget_states.widgets.add()
            state.id = widget
            setattr(state, kind, value)
        rerun.context_info.timezone = "UTC"
        rerun.context_info.locale = "en-US"
        rerun.context_info.url = "http://localhost/"
        rerun.context_info.color_scheme = "light"
        data = message.SerializeToString()
        await self._connection.send(data)
        return len(data)

    async def _receive(self) -> tuple[ForwardMsg, int]:
        data = await self._connection.recv()
        if isinstance(data, str):
            raise VisitError("the server sent text")
        message = ForwardMsg()
        message.ParseFromString(data)
        element = message.delta.new_element.WhichOneof("type")
        if element in ERRORS and message.delta.new_element.alert.format != Alert.INFO:
            raise VisitError(str(getattr(message.delta.new_element, element)).strip())
        return message, len(data)

    def _learn(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind in ("new_session", "navigation"):
            self._page.script = getattr(message, kind).page_script_hash
        if kind == "new_session":
            self._page.session = message.new_session.initialize.session_id
        if kind != "delta":
            return
        element = message.delta.new_element
        which = element.WhichOneof("type")
        if which == "bidi_component":
            component = element.bidi_component
            self._page.components[component.component_name] = component.id
            if component.component_name == PAD:
                self._page.fragment = message.delta.fragment_id
                self._page.ticket = unpack(component.bytes)["ticket"]
        elif which == "selectbox":
            box = element.selectbox
            self._page.widgets[box.id] = ("string_value", box.options[box.default])


@asynccontextmanager
async def visit(socket_url: str, network: str, page: str = "", more: str = "") -> AsyncIterator[Visitor]:
    """A visitor who has a page, the Draw page or another, open with this network and more in the address."""
    # A browser offers compression, and it is the server's choice whether to use it.
    options: dict[str, Any] = {"compression": "deflate", "max_size": MAX_MESSAGE, "open_timeout": 60}
    async with connect(socket_url, subprotocols=["streamlit"], **options) as connection:  # type: ignore[list-item]
        visitor = Visitor(connection, f"network={network}{more}", page)
        await visitor.open()
        yield visitor


def unpack(block: bytes) -> dict[str, Any]:
    """The values of a component's block, see `playground.components.packing.pack`."""
    end = 4 + struct.unpack_from("<I", block)[0]
    data, sizes = json.loads(block[4:end])
    for key, size in sizes.items():
        data[key] = block[end : end + size]
        end += size + -size % 4
    return dict(data)


def _shown(message: ForwardMsg) -> int | None:
    """Number of the drawing whose activations the message brings, None for another message."""
    component = message.delta.new_element.bidi_component
    if component.component_name != VIEW:
        return None
    seq = unpack(component.bytes)["seq"]
    return int(seq)
