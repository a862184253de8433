"""What one visitor has open, and the networks that all visitors share, which are never changed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st
import torch
from torch import nn

from lenet import checkpoint, device, forward, ink, mnist, models, script
from playground.palette import Theme

NETWORKS: Final = tuple(models.MODELS)
SHIPPED: Final = "shipped"
RANDOM: Final = "random"
FILE: Final = "file"
WEIGHTS: Final = (SHIPPED, RANDOM, FILE)

# Each run of a script is a new thread, and each would start its own pool of threads: 25 ms against 239 ms.
torch.set_num_threads(1)


@dataclass(frozen=True, eq=False)
class Network:
    """A network as a visitor chose it; two of them are the same only if they are one object.

    Attributes:
        name: of `lenet.models.MODELS`.
        weights: where its weights come from, one of `WEIGHTS`.
        model: in evaluation mode, shared, never to be changed.
        card: what is known about the weights, empty where nothing is.
        seed: of a random initialisation.
        source: name of the visitor's file.
    """

    name: str
    weights: str
    model: nn.Module
    card: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    source: str = ""

    @property
    def size(self) -> int:
        """Side of the input in pixels."""
        return models.input_size(self.model)

    @property
    def script(self) -> str:
        """Lines of Python that make this network in a script."""
        if self.weights == RANDOM:
            return script.seeded(self.name, self.seed)
        if self.weights == FILE:
            return script.from_file(self.name, self.source)
        return script.shipped(self.name)

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return sum(parameter.numel() for parameter in self.model.parameters())


@st.cache_resource(show_spinner=False)
def computing_device() -> torch.device:
    """Where the networks run: `$CNN_PLAYGROUND_DEVICE`, else CUDA, MPS or the CPU, whichever is there first.

    Raises:
        InputError: the named device is not there.
    """
    return device.choose(os.environ.get("CNN_PLAYGROUND_DEVICE"))


@st.cache_resource(show_spinner=False, max_entries=8)
def shipped(name: str) -> Network:
    """The network with the weights that ship with the project.

    Raises:
        InputError: they are missing or broken.
    """
    return Network(name, SHIPPED, checkpoint.load(name).to(computing_device()), checkpoint.card(name))


@st.cache_resource(show_spinner=False, max_entries=16)
def random(name: str, seed: int) -> Network:
    """The network as PyTorch initialises it."""
    return Network(name, RANDOM, models.build(name, seed).eval().to(computing_device()), seed=seed)


@st.cache_resource(show_spinner=False, max_entries=16)
def from_file(name: str, data: bytes, source: str) -> Network:
    """The network with the weights of a visitor's file.

    Raises:
        InputError: the file doesn't fit the network.
    """
    return Network(name, FILE, checkpoint.from_bytes(name, data, source).to(computing_device()), source=source)


def use(network: Network) -> None:
    """Make this the network that the visitor's pages show."""
    st.session_state["network-in-use"] = network


def current() -> Network:
    """The network that the visitor's pages show."""
    network: Network = st.session_state["network-in-use"]
    return network


def theme() -> Theme:
    """Whether the visitor's page is light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def warm_up() -> None:
    """Send a digit through the first network, so that the first visitor need not wait for PyTorch."""
    network = shipped(NETWORKS[0])
    forward.run(network.model, ink.normalize(mnist.load("test").images[0], network.size).input)
