"""Web pages that show what `lenet` computes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playground.opened import Opened

# Set before PyTorch is imported: `torch.set_num_threads` affects only the thread that calls it, and Streamlit runs each
# script in a new thread, which would start OpenMP threads of its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")

RUNS: Final = "CNN_PLAYGROUND_RUNS"
"""Environment variable with the folder of the training runs."""

DEVICE: Final = "CNN_PLAYGROUND_DEVICE"
"""Environment variable with which the command tells the pages on which device the networks run."""


def open(  # noqa: A001 - `playground.open`, as `webbrowser.open`
    model: Any,
    inputs: Any = None,
    labels: Any = None,
    classes: Sequence[str] | None = None,
    *,
    input_shape: Sequence[int] | None = None,
    port: int = 0,
    block: bool | None = None,
) -> Opened:
    """Show a network in the playground, from a script or a notebook.

    The server runs in this process and can be reached from this computer alone. It shows a copy of the network, which
    isn't changed, and doesn't change when the network is trained further.

    Args:
        model: any `torch.nn.Module` that makes (N, classes) of (N, C, H, W).
        inputs: examples, (N, C, H, W) tensor or array, as the network gets them; None for none.
        labels: (N,) their classes; None where they aren't known.
        classes: names of the classes.
        input_shape: (C, H, W) of the input where there are no examples; None to find it out.
        port: to listen on; 0 for a free one.
        block: whether to wait until Ctrl+C; None to do so in a script, and not in a notebook or a console.

    Returns:
        Object with the `address` and `close()`; a notebook shows the playground in its place.

    Raises:
        lenet.errors.InputError: the network is no classifier, or inputs, labels or names don't fit it.
    """
    from playground import opened

    return opened.open_network(model, inputs, labels, classes, input_shape, port, block)
