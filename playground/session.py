"""What one visitor has open, and the networks that all visitors share, which are never changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final

import streamlit as st
import torch
from streamlit.runtime.uploaded_file_manager import UploadedFile
from torch import nn

from lenet import device
from lenet.digits import batch
from lenet.errors import InputError
from lenet.networks import ablation, checkpoint, forward, models
from lenet.networks.ablation import Off
from lenet.record import iteration
from lenet.record.experiment import FILE, RANDOM, SHIPPED, Weights
from lenet.scripts import page_scripts
from playground import DEVICE
from playground.palette import Theme
from playground.visitor import visitor

NETWORKS: Final = tuple(models.MODELS)


@dataclass(frozen=True, eq=False)
class Network:
    """A network as a visitor chose it; two of them are the same only if they are one object.

    Attributes:
        name: of `lenet.networks.models.MODELS`.
        weights: where its weights come from, one of `lenet.record.experiment.WEIGHTS`.
        model: in evaluation mode, shared, never to be changed.
        card: what is known about the weights, empty where nothing is.
        seed: of a random initialisation.
        source: name of the visitor's file.
        names: that file's names, see `lenet.networks.checkpoint.Loaded`.
        converted: types of the file's numbers that were converted to float32.
        off: channels that are switched off in `model`.
        whole: the model without channels switched off, where some are.
    """

    name: str
    weights: str
    model: nn.Module
    card: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    source: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    converted: tuple[str, ...] = ()
    off: Off = ()
    whole: nn.Module | None = None

    @property
    def size(self) -> int:
        """Side of the input in pixels."""
        return models.input_size(self.model)

    @property
    def origin(self) -> Weights:
        """Source of these weights."""
        return Weights(self.weights, self.seed, self.source)

    @property
    def script(self) -> str:
        """Lines of Python that make this network in a script."""
        return page_scripts.made(self.name, self.origin, self.names) + ablation.script(self.off)

    @property
    def accuracy(self) -> float | None:
        """Share of MNIST's test digits that these very weights get right, where their card says it."""
        if self.off:
            return None
        measured = self.card.get("accuracy", {}).get("mnist-test", {}).get(str(self.card.get("shipped_seed")))
        return measured if isinstance(measured, float) else None

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return models.count_parameters(self.model)


@st.cache_resource(show_spinner=False)
def computing_device() -> torch.device:
    """Where the networks run: what `python -m playground --device` said, else the best that is there."""
    try:
        return device.choose(os.environ.get(DEVICE))
    except InputError as problem:
        # The command refuses such a name; under `streamlit run` the page says where it runs.
        print(problem, file=sys.stderr, flush=True)
        return device.choose(None)


@st.cache_resource(show_spinner=False, max_entries=8)
def shipped(name: str) -> Network:
    """The network with the weights that ship with the project.

    Raises:
        InputError: they are missing or broken.
    """
    model = checkpoint.load(name).to(computing_device())
    try:
        card = checkpoint.card(name)
    except InputError as problem:
        print(problem, file=sys.stderr, flush=True)  # the weights are good all the same
        card = {}
    return Network(name, SHIPPED, model, card)


@st.cache_resource(show_spinner=False, max_entries=16)
def random(name: str, seed: int) -> Network:
    """The network as PyTorch initialises it."""
    return Network(name, RANDOM, models.build(name, seed).eval().to(computing_device()), seed=seed)


def from_file(name: str, file: UploadedFile) -> Network:
    """The network with the weights of a visitor's file, read once and kept with the visitor.

    Raises:
        InputError: the file doesn't fit the network.
    """
    key, here = (name, file.file_id), visitor().network
    if here.own is not None and here.own[0] == key:
        return here.own[1]
    loaded = checkpoint.from_bytes(name, file.getvalue(), file.name)
    model = loaded.model.to(computing_device())
    network = Network(name, FILE, model, source=file.name, names=loaded.names, converted=loaded.converted)
    here.own = key, network
    return network


def given_before(name: str) -> Network | None:
    """The network with the weights of the last file that the visitor gave for it in this session."""
    own = visitor().network.own
    return own[1] if own is not None and own[0][0] == name else None


def forget_file() -> None:
    """Forget the file that the visitor has removed."""
    visitor().network.own = None


def use(network: Network) -> None:
    """Make this the network that the visitor's pages show."""
    visitor().network.in_use = network


def current() -> Network:
    """The network that the visitor's pages show, once `use` was called."""
    network = visitor().network.in_use
    if network is None:
        raise RuntimeError("no network was given to `use` yet")
    return network


def theme() -> Theme:
    """Whether the visitor's page is light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def warm_up() -> None:
    """Send a digit through the first network and record a step, so that the first visitor need not wait for PyTorch.

    Also import the libraries that the first page does without: Streamlit shows tables with pandas, and pygraphviz lays
    out graphs.
    """
    network = shipped(NETWORKS[0])
    given = batch.of_mnist([0], network.size)
    forward.run(network.model, given.inputs[0])
    iteration.record(network.model, given.inputs, given.labels, iteration.Setup())
    for library in ("pandas", "pygraphviz"):
        import_module(library)
