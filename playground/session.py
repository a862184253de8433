"""The visitor's current network, and the networks that all visitors share and that are never changed."""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import streamlit as st
import torch
from streamlit.runtime.uploaded_file_manager import UploadedFile
from torch import nn

import playground
from lenet import device, explain
from lenet.digits import batch, mnist
from lenet.digits.mnist import CLASSES
from lenet.errors import InputError
from lenet.explain.contribution_table import Numbers
from lenet.networks import ablation, checkpoint, form, forward, models, own, stack, stack_shapes
from lenet.networks import weights as network_weights
from lenet.networks.ablation import Off
from lenet.networks.form import Form
from lenet.networks.own import Own
from lenet.networks.stack import Stack
from lenet.record import iteration, recorder
from lenet.record.experiment import FILE, RANDOM, RUN, SHIPPED, Weights
from lenet.scripts import page_scripts
from lenet.train import evaluate, run_folder
from lenet.train.evaluate import Evaluation
from playground import DEVICE
from playground.network_title import network_title
from playground.palette import Theme
from playground.runs import server_runs
from playground.runs.runs import Run
from playground.visitor import visitor

NETWORKS: Final = tuple(models.MODELS)
SCRIPTS: Final = ("app", "page", "__main__")
"""Last parts of the names of modules that are run instead of imported."""
_on_test_digits: WeakKeyDictionary[Network, Evaluation] = WeakKeyDictionary()
_misread: WeakKeyDictionary[Network, int] = WeakKeyDictionary()
SEARCHED: Final = 1_000
"""Number of test digits among which `misread` looks for a mistake."""


@dataclass(frozen=True, eq=False)
class Network:
    """Network with the weights that a visitor chose; compared by identity.

    Attributes:
        name: as for `lenet.networks.models.build`.
        weights: origin of the weights, one of `lenet.record.experiment.WEIGHTS`.
        model: the module in evaluation mode, shared by visitors; callers must not change it.
        card: information about the weights, empty if there is none.
        seed: seed of a random initialisation.
        source: name of the visitor's file.
        names: names of the parameters in that file, see `lenet.networks.checkpoint.Loaded`.
        converted: dtypes of the file's tensors that were converted to float32.
        run: id of the training run, "" for none.
        moment: steps that the run had done.
        off: channels that are switched off in `model`.
        whole: the model with all channels on, None if `model` is that.
    """

    name: str
    weights: str
    model: nn.Module
    card: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    source: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    converted: tuple[str, ...] = ()
    run: str = ""
    moment: int = 0
    off: Off = ()
    whole: nn.Module | None = None

    @property
    def size(self) -> int:
        """Side in pixels of the digit that becomes the input, see `Form.side`."""
        return self.form.side

    @property
    def form(self) -> Form:
        """Form of the input."""
        return form.of(self.model)

    @property
    def own(self) -> Own | None:
        """Network of the person who started the server; None for one of the project's."""
        return own.find(self.name)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return CLASSES if self.own is None else self.own.classes

    @property
    def title(self) -> str:
        """Name of the network as the pages show it."""
        return network_title(self.name)

    @property
    def numbers(self) -> Numbers:
        """Parameters and buffers of `model` by their names."""
        return network_weights.numbers(self.model)

    @property
    def origin(self) -> Weights:
        """Source of these weights."""
        return Weights(self.weights, self.seed, self.source, self.run, self.moment)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes; empty if they have none but their numbers."""
        return () if self.own is None else self.own.names

    @property
    def script(self) -> str:
        """Lines of Python that build this network in a script."""
        return page_scripts.made(self.name, self.origin, self.names) + ablation.script(self.off)

    @property
    def accuracy(self) -> float | None:
        """Accuracy of exactly these weights on MNIST's test digits, from their card; None if it isn't there."""
        if self.off:
            return None
        measured = self.card.get("accuracy", {}).get("mnist-test", {}).get(str(self.card.get("shipped_seed")))
        return measured if isinstance(measured, float) else None

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return models.count_parameters(self.model)


@st.cache_resource(show_spinner=False)
def computing_device() -> torch.device:
    """Device on which the networks run: that of `python -m playground --device`, else the best available."""
    try:
        return device.choose(os.environ.get(DEVICE))
    except InputError as problem:
        # The command rejects an invalid device; under `streamlit run`, the page shows which one is used instead.
        print(problem, file=sys.stderr, flush=True)
        return device.choose(None)


@st.cache_resource(show_spinner=False, max_entries=8)
def shipped(name: str) -> Network:
    """Load the network with the weights that ship with the project.

    Raises:
        InputError: the weights are missing or damaged.
    """
    model = checkpoint.load(name).to(computing_device())
    given = own.find(name)
    if given is not None:
        return Network(name, SHIPPED, model, source=given.weights)
    try:
        card = checkpoint.card(name)
    except InputError as problem:
        print(problem, file=sys.stderr, flush=True)  # the weights can be used without their card
        card = {}
    return Network(name, SHIPPED, model, card)


def included(name: str) -> Network:
    """The network with the weights that ship with the project, or with random ones where it has none.

    Raises:
        InputError: the weights are missing or damaged.
    """
    return random(name, 0) if stack.is_name(name) else shipped(name)


@st.cache_resource(show_spinner=False, max_entries=16)
def random(name: str, seed: int) -> Network:
    """Build the network as PyTorch initialises it."""
    return Network(name, RANDOM, models.build(name, seed).eval().to(computing_device()), seed=seed)


@st.cache_resource(show_spinner=False, max_entries=16)
def first_layers(layers: Stack, seed: int) -> nn.Module:
    """Build layers whose output need not be that of a classifier, as PyTorch initialises them.

    Raises:
        InputError: there is a layer that doesn't fit.
    """
    model = stack_shapes.build(layers)
    models.initialize(model, torch.Generator().manual_seed(seed))
    return model.eval().to(computing_device())


def on_test_digits(network: Network) -> Evaluation:
    """Results of a network on MNIST's test digits, computed once as long as it is in use.

    Raises:
        InputError: MNIST can't be read.
    """
    if network not in _on_test_digits:
        # No lock: two visitors who ask at once both compute it (less than a second).
        _on_test_digits[network] = evaluate.evaluate(network.model, mnist.load("test"))
    return _on_test_digits[network]


def misread(network: Network) -> int:
    """Index of a test digit that a network gets wrong, searched once as long as the network is in use.

    It is the middle one of its mistakes in the first thousand, from the surest to the closest; without a mistake, the
    digit that the network reads least surely.

    Raises:
        InputError: MNIST can't be read.
    """
    if network not in _misread:
        digits = mnist.load("test")
        first = mnist.Digits(digits.images[:SEARCHED], digits.labels[:SEARCHED])
        found = evaluate.evaluate(network.model, first)
        order = evaluate.hard(found, first.labels)
        mistakes = int((found.probabilities.argmax(1) != first.labels).sum())
        _misread[network] = int(order[max(0, mistakes - 1) // 2])
    return _misread[network]


def of_run(run: str, moment: int) -> Network:
    """Network at a checkpoint of a training run.

    Raises:
        InputError: there is no such run or checkpoint, or it is damaged.
    """
    return at_moment(server_runs.runs().find(run), moment)


@st.cache_resource(show_spinner=False, max_entries=48, hash_funcs={Run: lambda run: run.id})
def at_moment(run: Run, moment: int) -> Network:
    """Network after a step of a run that has a checkpoint.

    Raises:
        InputError: there is no such checkpoint, or it is damaged.
    """
    model = run_folder.load_model(run.folder, moment).to(computing_device())
    file = f"{run.settings.network}-{moment}.safetensors"
    return Network(run.settings.network, RUN, model, source=file, run=run.id, moment=moment)


def from_file(name: str, file: UploadedFile) -> Network:
    """Load the network with the weights in a visitor's file, which is read once and kept in the visitor's state.

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
    """Network with the weights of the last file that the visitor uploaded for it in this session, None if none."""
    own = visitor().network.own
    return own[1] if own is not None and own[0][0] == name else None


def forget_file() -> None:
    """Forget the file that the visitor has removed."""
    visitor().network.own = None


def use(network: Network) -> None:
    """Set the network that the visitor's pages show."""
    visitor().network.in_use = network


def current() -> Network:
    """Network that the visitor's pages show; call `use` first."""
    network = visitor().network.in_use
    if network is None:
        raise RuntimeError("no network was given to `use` yet")
    return network


def theme() -> Theme:
    """Theme of the visitor's page: light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def save(network: Network, file: Path) -> None:
    """Write the weights of a network, with all channels on.

    Raises:
        InputError: the folder can't be written.
    """
    checkpoint.save(network.model if network.whole is None else network.whole, file, {})


def warm_up() -> None:
    """Send a digit through the first network and record a step, so that the first visitor need not wait for PyTorch.

    Also import what only other pages need: pygraphviz for the layout of graphs, all modules beside the pages, and
    pandas for Streamlit's tables; and look for the digit on which the Step page opens.
    """
    network = shipped(NETWORKS[0])
    given = batch.of_mnist([0], network.form)
    forward.run(network.model, given.inputs[0])
    recorder.record(network.model, given.inputs, given.labels, iteration.Setup())
    for name in ("pygraphviz", *_beside_the_pages()):
        import_module(name)
    with suppress(InputError):  # MNIST can't be read: the pages say so
        misread(network)
    import_module("pandas")  # it takes longest, and is needed least


def _beside_the_pages() -> Iterator[str]:
    """Names of the modules that pages import; the pages themselves show something when they are imported."""
    for package in (playground, explain):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] not in SCRIPTS:
                yield module.name
