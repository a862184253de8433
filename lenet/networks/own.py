"""Networks of the person who started the program: those that were named at the terminal, or handed to it by a script.

Only these have a name that `lenet.networks.models` knows besides the project's own. A name in an address is looked up
here and nowhere else, so that nothing which comes from a browser is ever imported.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.errors import InputError
from lenet.networks import form
from lenet.networks.form import Form


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs that came with a network.

    Attributes:
        inputs: (N, C, H, W) float32, as the network gets them.
        labels: (N,) int64, None where there are none.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class Own:
    """A network that is none of the project's.

    Attributes:
        name: short, without a folder, such as `my_net:Net` or `torchvision:resnet18`.
        source: text from which the terminal's `--model` reads it; "" where a script handed it over.
        make: gives a new network, on the CPU, whose weights it draws as it likes.
        given: the network as it came, in evaluation mode, on the CPU; callers must not change it.
        form: of its input.
        classes: number of its logits.
        names: of the classes; empty where they have none but their numbers.
        code: lines of Python that make it as `model`, for a script.
        examples: inputs that came with it, None for none.
        weights: file of the weights that `given` has, "" for those that it was made with.
    """

    name: str
    source: str
    make: Callable[[], nn.Module]
    given: nn.Module
    form: Form
    classes: int
    names: tuple[str, ...] = ()
    code: str = ""
    examples: Examples | None = None
    weights: str = ""

    def new(self, seed: int | None = None) -> nn.Module:
        """A new network with random weights, on the CPU.

        Args:
            seed: makes them repeatable, if it draws them from PyTorch's generator.

        Raises:
            InputError: it can't be made again.
        """
        with _making, torch.random.fork_rng(devices=[]):
            if seed is not None:
                torch.manual_seed(seed)  # the network's own code draws from this generator, whatever we would prefer
            try:
                model = self.make()
            except InputError:
                raise
            except Exception as error:
                raise InputError("own-constructor", name=self.name, reason=said(error)) from None
        return prepared(model, self.form)

    def copy(self) -> nn.Module:
        """Copy of the network as it came."""
        return copy.deepcopy(self.given)


_making = threading.Lock()
_registered: dict[str, Own] = {}


def register(own: Own) -> None:
    """Make a network known under its name."""
    _registered[own.name] = own


def forget(name: str) -> None:
    """Forget a network."""
    _registered.pop(name, None)


def find(name: str) -> Own | None:
    """The network with this name; None where none was registered."""
    return _registered.get(name)


def names() -> tuple[str, ...]:
    """Names of all registered networks, the first one first."""
    return tuple(_registered)


def prepared(model: nn.Module, shape: Form) -> nn.Module:
    """A network as the project computes with it: on the CPU, in float32, with the form of its input noted on it."""
    model = model.to("cpu").float()
    form.give(model, shape)
    return model


def said(error: BaseException) -> str:
    """Type and first line of an error."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:300]}" if text else type(error).__name__
