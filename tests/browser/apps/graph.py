"""App with only the graph view: ?graph= chain, blocks (two hundred boxes), broken (NaN and infinity), or empty."""

from __future__ import annotations

import math

import streamlit as st

from playground.components.graph_view import Arrow, Box, graph_view

GRAPHS = ("chain", "blocks", "broken", "empty")

Graph = tuple[list[Box], list[Arrow]]


def chain() -> Graph:
    """Graph of two linear layers and a ReLU."""
    boxes = [
        Box("0", "MseLossBackward0", "loss · 1", "loss", 1.0, "MseLossBackward0, loss"),
        Box("1", "AddmmBackward0", "fc2 · 1×10", "linear", 0.8, "AddmmBackward0, fc2, 1×10"),
        Box("2", "AccumulateGrad", "fc2.bias", "parameter", 0.8, "AccumulateGrad, fc2.bias, 10"),
        Box("3", "ReluBackward0", "relu1 · 1×84", "activation", 0.05, "ReluBackward0, relu1, 1×84"),
        Box("4", "TBackward0", "84×10", "reshape", 4.0, "TBackward0, 84×10"),
        Box("5", "AddmmBackward0", "fc1 · 1×84", "linear", 0.004, "AddmmBackward0, fc1, 1×84"),
        Box("6", "AccumulateGrad", "fc2.weight", "parameter", 4.0, "AccumulateGrad, fc2.weight, 10×84"),
        Box("7", "AccumulateGrad", "fc1.bias", "parameter", 0.004, "AccumulateGrad, fc1.bias, 84"),
        Box("8", "TBackward0", "20×84", "reshape", None, "TBackward0, 20×84"),
        Box("9", "AccumulateGrad", "fc1.weight", "parameter", None, "AccumulateGrad, fc1.weight, 84×20"),
    ]
    ends = [(0, 1), (1, 2), (1, 3), (1, 4), (3, 5), (4, 6), (5, 7), (5, 8), (8, 9)]
    labels = ["1×10", "10", "1×84", "84×10", "1×84", "10×84", "84", "20×84", "84×20"]
    return boxes, [
        Arrow(str(source), str(target), label, boxes[target].value)
        for (source, target), label in zip(ends, labels, strict=True)
    ]


def blocks() -> Graph:
    """Graph of residual blocks, with two hundred boxes in all."""
    boxes, arrows = [Box("loss", "NllLossBackward0", "loss", "loss", 1.0)], []
    end = "loss"
    for block in range(22):
        names = [
            f"{kind}{block}" for kind in ("add", "norm", "gamma", "beta", "conv", "kernel", "relu", "down", "pool")
        ]
        kinds = ("arithmetic", "normalization", "parameter", "parameter", "convolution", "parameter", "activation")
        kinds += ("convolution", "pooling")
        boxes += [
            Box(name, name.capitalize(), "1×64×8×8", kind, 0.9**block) for name, kind in zip(names, kinds, strict=True)
        ]
        add, norm, gamma, beta, conv, kernel, relu, down, pool = names
        ends = [(end, add), (add, norm), (norm, gamma), (norm, beta), (norm, conv), (conv, kernel), (conv, relu)]
        ends += [(add, down), (relu, pool), (down, pool)]
        arrows += [Arrow(source, target, "1×64×8×8", 0.9**block) for source, target in ends]
        end = pool
    boxes.append(Box("image", "AccumulateGrad", "image", "parameter", 0.01))
    return boxes, [*arrows, Arrow(end, "image", "1×3×8×8")]


def broken() -> Graph:
    """Graph with gradients that are NaN, infinite, missing or zero, and with names that contain HTML."""
    boxes = [
        Box("a", "<img src=x onerror=alert(1)>", "<b>bold</b>", "loss", math.nan, "not a number"),
        Box("b", "AddmmBackward0" * 9, "1×10" * 9, "linear", math.inf, "infinite"),
        Box("c", "ReluBackward0", "", "no such kind", 0.0, "zero"),
        Box("d", "AccumulateGrad", "w", "parameter", None, "none"),
    ]
    return boxes, [Arrow("a", "b", "1", math.nan), Arrow("b", "c", "1"), Arrow("b", "c", "2"), Arrow("c", "d", "")]


def empty() -> Graph:
    """Graph without any node."""
    return [], []


@st.fragment
def page() -> None:
    """Show the view; this fragment runs again."""
    boxes, arrows = {"chain": chain, "blocks": blocks, "broken": broken, "empty": empty}[
        st.query_params.get("graph", "chain")
    ]()
    wanted = st.selectbox("From Python", ["none", *(box.id for box in boxes)])
    if wanted != st.session_state.get("wanted", "none"):
        st.session_state["wanted"], st.session_state["selected"] = wanted, wanted if wanted != "none" else None
    st.session_state["selected"] = graph_view(
        key="graph",
        boxes=boxes,
        arrows=arrows,
        selected=st.session_state.get("selected"),
        revision=7,
        height=560,
    )
    st.markdown(f"Python has: **{st.session_state['selected']}**")


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    page()
