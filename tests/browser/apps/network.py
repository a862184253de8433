"""App with only the network view: ?network=, ?digit= test digit's index, ?blank=1 for an empty pad, ?width= pixels,
?spare= pixels to leave free under the picture.
"""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits import ink, mnist
from lenet.networks import forward, models, weights
from playground.components.network_view import network_view
from tests.lenet.networks.every_kind import EveryKind

SEED = 7


class Odd(nn.Module):
    """Network with what the three networks lack: padding, stride, dilation, groups, no bias, overlapping and padded
    pooling, and calls without a worked example.
    """

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.wide = nn.Conv2d(1, 6, (5, 3), stride=2, padding=(2, 1), bias=False)
        self.grouped = nn.Conv2d(6, 4, 3, padding=2, dilation=2, groups=2)
        self.out = nn.Linear(4 * 4 * 4, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.wide(x)), 3, stride=2, padding=1)
        x = F.silu(self.grouped(x))
        x = F.avg_pool2d(x, 2, ceil_mode=True)
        return self.out(F.relu(x.flatten(1)))


@st.cache_resource
def build(name: str) -> nn.Module:
    """Build a network with reproducible weights."""
    if name in models.MODELS:
        return models.build(name, SEED).eval()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return {"Odd": Odd, "EveryKind": EveryKind}[name]().eval()


def digit_for(model: nn.Module, index: int) -> NDArray[np.float32]:
    """Test digit as the network's input."""
    return ink.normalize(mnist.load("test").images[index], models.input_size(model)).input


@st.fragment
def page() -> None:
    """Show the view; this fragment runs again."""
    model = build(st.query_params.get("network", "LeNet5"))
    index = int(st.number_input("Digit", 0, 9999, int(st.query_params.get("digit", "0"))))
    blank = st.checkbox("Blank", st.query_params.get("blank") == "1")
    passed = None if blank else forward.run(model, digit_for(model, index))
    with st.container(width=int(st.query_params["width"]) if "width" in st.query_params else "stretch"):
        network_view(
            key="view",
            layers=forward.layers(model),
            passed=passed,
            revision=index,
            numbers=weights.numbers(model),
            spare=int(st.query_params["spare"]) if "spare" in st.query_params else None,
        )


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    page()
