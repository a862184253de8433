"""The playground opened from a script or a notebook, for a network that is there as an object."""

from __future__ import annotations

import gc
import html
import os
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from playground.text import text

if TYPE_CHECKING:
    from playground.server.serve import Running

TEXT: Final = text("server")
HOST: Final = "127.0.0.1"
HEIGHT: Final = 900
"""Height in pixels of the frame in a notebook."""

_running: Running | None = None
_open: dict[str, Opened] = {}
_lock = threading.Lock()


class Opened:
    """A network that the playground shows. A notebook shows the playground itself in its place.

    Attributes:
        name: of the network.
        address: of the playground with this network.
    """

    def __init__(self, name: str, address: str) -> None:
        self.name = name
        self.address = address

    def close(self) -> None:
        """Forget the network; with the last one the server ends. Closing again does nothing."""
        global _running
        from lenet.networks import own

        with _lock:
            if _open.pop(self.name, None) is None:
                return
            own.forget(self.name)
            if not _open and _running is not None:
                _running.stop()
                _running = None

    def wait(self) -> None:
        """Wait until Ctrl+C, or until the network is closed, and close it."""
        try:
            while self.name in _open and _running is not None and not _running.ended(0.2):
                pass
        except KeyboardInterrupt:
            pass
        finally:
            self.close()

    def __repr__(self) -> str:
        return f"<playground: {self.name} at {self.address}>"

    def _repr_html_(self) -> str:
        address = html.escape(self.address, quote=True)
        return f'<iframe src="{address}" width="100%" height="{HEIGHT}" style="border: 0"></iframe>'


def open_network(
    model: Any,
    inputs: Any,
    labels: Any,
    classes: Sequence[str] | None,
    input_shape: Sequence[int] | None,
    port: int,
    block: bool | None,
) -> Opened:
    """See `playground.open`."""
    from lenet.errors import InputError
    from lenet.networks import form, own_examples, own_file

    examples = None if inputs is None else own_examples.of(inputs, labels)
    shape = examples.inputs.shape[1:] if examples is not None else input_shape
    wanted = None if shape is None else form.of_shape([int(number) for number in shape])
    if shape is not None and wanted is None:
        raise InputError("own-input-text", text="x".join(map(str, shape)))
    with _lock:
        found = own_file.take(model, wanted, tuple(map(str, classes or ())), examples)
        address = f"{_served(port)}/?{urlencode({'network': found.own.name})}"
        opened = _open[found.own.name] = Opened(found.own.name, address)
    print(TEXT["opened"].format(network=opened.name, url=address), flush=True)
    if not found.differentiable:
        print(TEXT["opened-forward"].format(network=opened.name), flush=True)
    if block if block is not None else not _is_interactive():
        opened.wait()
    return opened


def _is_interactive() -> bool:
    """True in a notebook and in Python's own console, where `open` gives back at once."""
    return hasattr(sys, "ps1") or "IPython" in sys.modules or "marimo" in sys.modules


def _served(port: int) -> str:
    """Address of this process's server, which is started if there is none."""
    global _running
    if _running is None or _running.ended(0):
        from playground.server import environment
        from playground.server.serve import Serving, start

        listened = port or _free()
        _running = start(Serving(HOST, listened, settings=environment.settings(os.environ), embedded=True))
        gc.enable()
    # A page of a notebook has mostly this name: then the frame is of the same site, and has its cookies.
    return f"http://localhost:{_running.port}"


def _free() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
