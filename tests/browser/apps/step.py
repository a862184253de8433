"""The player beside the network that follows it: ?network=, ?at= stop to open with; with ?still=1 the network alone, at
one moment of the way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.explain import after_step, recorded_layers, weight_pictures
from lenet.networks import forward, weights
from lenet.record import iteration, recorder
from lenet.record.arrays import Values
from lenet.record.iteration import Iteration
from playground.components.network_view import network_view
from playground.components.network_view.step_data import RecordedStep
from playground.components.step_view import Frame, step_view
from tests.browser.apps import network

DIGIT = 0
LABEL = 7
LISTING = (
    "import torch",
    "",
    "net = LeNet5()  # with the weights that ship with the project, which is a long line",
    "optimizer = torch.optim.SGD(net.parameters(), lr=0.01)",
    *(f"x{line} = {line}" for line in range(20)),
    "optimizer.zero_grad()",
    "out = net(x)",
    "loss = F.cross_entropy(out, target)",
    "loss.backward()",
    "optimizer.step()",
)


def record(name: str) -> Iteration:
    """Record one iteration of the network on an MNIST digit."""
    model = network.build.__wrapped__(name)
    setup = iteration.Setup()
    return recorder.record(model, network.digit_for(model, DIGIT)[None], np.array([LABEL]), setup)


kept = st.cache_resource(record)


def frames(recorded: Iteration) -> tuple[Frame, ...]:
    """Create a frame for each phase, operation and node."""
    known = ["input"]
    found = [
        Frame("batch", "", "The batch", "One digit with its label.", (2,), tuple(known), (), "input"),
        Frame("zero_grad", "", "Gradients cleared", "Each .grad is None.", (24,), tuple(known)),
    ]
    for operation in recorded.operations:
        known += [operation.name] if operation.layer else []
        layer = operation.name if operation.layer else None
        words = f"{operation.name} runs", "A layer's output is computed from the one before."
        found.append(Frame("forward", operation.name, *words, (25,), tuple(known), (), layer))
    known.append("softmax")
    found.append(Frame("loss", "", "The loss", "Cross-entropy.", (26,), tuple(known), (), "softmax"))
    back: list[str] = []
    assert recorded.graph
    layers = {operation.node: operation.name for operation in recorded.operations if operation.layer}
    for node in sorted((n for n in recorded.graph.nodes if n.order is not None), key=lambda n: n.order or 0):
        layer = layers.get(node.index)
        back += [layer] if layer else []
        words = f"{node.name} runs", "The gradient goes back."
        found.append(
            Frame("backward", node.name, *words, (27,), tuple(known), tuple(back), layer, node.parameter),
        )
    end = tuple(known), tuple(back)
    found.append(Frame("step", "", "The step", "Each parameter moves against its gradient.", (28,), *end))
    found.append(Frame("re-evaluate", "", "Once more", "The same digit again.", (25, 26), *end))
    return tuple(found)


def page() -> None:
    """Show player and network; this fragment runs again."""
    recorded = kept(st.query_params.get("network", "LeNet5"))
    if "still" in st.query_params:
        show_network(recorded, 1, marked="pool1")
        return
    left, right = st.columns([36, 75])
    with left:
        revision = int(st.number_input("Recording", 1, 99))
        at = int(st.number_input("Open at", 0, 99, int(st.query_params.get("at", "0"))))
        rest = step_view(key="steps", frames=frames(recorded), listing=LISTING, at=at, revision=revision)
        st.text(f"rests at {rest}")
        st.text_input("Somewhere to write")
        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        st.text(f"run {st.session_state['runs']}")
    with right:
        known = RecordedStep(
            weight_pictures.pictures(recorded),
            after_step.passed(recorded, network.build(recorded.model)),
            recorded_layers.numbers_in(recorded.after),
            recorded_layers.target(recorded),
        )
        show_network(recorded, revision, follow="step", step=known)


def show_network(recorded: Iteration, revision: int, **more: Any) -> None:
    """Show the network with the values of the iteration."""
    outputs = {"input": recorded.inputs[0]}
    gradients: dict[str, Any] = {}
    for operation in recorded.operations:
        outputs[operation.name] = array_of(operation.output)
        gradients[operation.name] = array_of(recorded.gradient_of(operation.name))
    assert recorded.outcome_before
    outputs["softmax"] = recorded.outcome_before.probabilities[0]
    network_view(
        key="view",
        layers=recorded.layers,
        passed=forward.Pass(recorded.layers, outputs),
        revision=revision,
        numbers=weights.numbers(network.build(recorded.model)),
        gradients=gradients,
        **more,
    )


def array_of(values: Values | None) -> NDArray[Any] | None:
    """Array of the batch's only digit."""
    return None if values is None or values.array is None else values.array[0]


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    page()
