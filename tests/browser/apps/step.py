"""The player beside the network that follows it: ?network=, ?at= stop to open with, ?recording= its number."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from lenet import forward, iteration, weights
from lenet.iteration import Iteration
from playground.components import assembly
from playground.components.network_view import network_view
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
    """One iteration of the network on an MNIST digit."""
    model = network.build.__wrapped__(name)
    setup = iteration.Setup()
    return iteration.record(model, network.digit_for(model, DIGIT)[None], np.array([LABEL]), setup)


kept = st.cache_resource(record)


def frames(recorded: Iteration) -> tuple[Frame, ...]:
    """A stop for each phase, each operation and each node."""
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
        found.append(Frame("backward", node.name, *words, (27,), tuple(known), tuple(back), layer))
    end = tuple(known), tuple(back)
    found.append(Frame("step", "", "The step", "Each parameter moves against its gradient.", (28, 29), *end))
    found.append(Frame("re-evaluate", "", "Once more", "The same digit again.", (25, 26), *end))
    return tuple(found)


def page() -> None:
    """All that runs again."""
    name = st.query_params.get("network", "LeNet5")
    recorded = kept(name)
    stops = frames(recorded)
    seq = int(st.number_input("Recording", 0, 99, int(st.query_params.get("recording", "1"))))
    at = int(st.number_input("Open at", 0, 99, int(st.query_params.get("at", "0"))))
    st.text_input("Somewhere to write", key="field")
    outputs = {o.name: o.output.array[0] for o in recorded.operations if o.layer and o.output.array is not None}
    outputs |= {"input": recorded.inputs[0]}
    assert recorded.outcome_before
    outputs |= {"softmax": recorded.outcome_before.probabilities[0]}
    gradients = {}
    for operation in recorded.operations:
        values = recorded.gradient_of(operation.name)
        gradients[operation.name] = None if values is None or values.array is None else values.array[0]
    left, right = st.columns([36, 75])
    with left:
        rest = step_view(key="steps", frames=stops, listing=LISTING, at=at, seq=seq)
    with right:
        opened = network_view(
            key="view",
            layers=recorded.layers,
            passed=forward.Pass(recorded.layers, outputs),
            seq=seq,
            weights=partial(weights.of_unit, network.build(name)),
            gradients=gradients,
            follow="step",
        )
    st.text(f"rests at {rest}, open {opened}")
    with st.popover("More"):
        st.write("More")
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    st.text(f"run {st.session_state['runs']}")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    assembly.code()
    page()
