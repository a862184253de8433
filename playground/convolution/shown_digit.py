"""Digit that the experiments use, and what the current network makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.convolution import counts
from lenet.digits import batch
from lenet.errors import InputError
from lenet.networks import forward
from lenet.networks.forward import Layer, Pass
from lenet.networks.kinds import INPUT
from playground import session
from playground.experiment import pad_digit
from playground.markdown import literal
from playground.session import Network
from playground.text import text

TEXT: Final = text("convolution_digit")


@dataclass(frozen=True)
class Digit:
    """Digit with the network's forward pass.

    Attributes:
        network: the current network.
        picture: (size, size) uint8, what the network gets, 255 for 1.0.
        label: class of the digit, None if it isn't known.
        passed: the forward pass.
    """

    network: Network
    picture: NDArray[np.uint8]
    label: int | None
    passed: Pass

    @property
    def input(self) -> NDArray[np.float32]:
        """The network's input, (1, size, size)."""
        return self.passed.outputs[INPUT]

    @property
    def convolutions(self) -> dict[str, Layer]:
        """Convolutions of the network by their names."""
        return {layer.name: layer for layer in self.passed.layers if counts.is_convolution(layer)}

    def layer(self, name: str) -> Layer:
        """Layer with this name."""
        return next(layer for layer in self.passed.layers if layer.name == name)


def shown_digit() -> Digit | None:
    """Digit on the pad, or a test digit if the pad is empty; None if there is none, after a sentence that says why."""
    try:
        pad_digit.open_pad()
        digit = digit_in(session.current())
        empty = pad_digit.picture(digit.network) is None
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
        return None
    if empty:
        st.caption(TEXT["empty"].format(index=pad_digit.OPENING_DIGIT))
    return digit


def digit_in(network: Network) -> Digit:
    """Digit on the pad, or a test digit if the pad is empty, in any network.

    Raises:
        InputError: the pad is empty, and MNIST can't be read.
    """
    picture, label = pad_digit.picture(network), pad_digit.label()
    if picture is None:
        base = pad_digit.test_digit(pad_digit.OPENING_DIGIT)
        picture, label = np.pad(base.ink, (network.size - len(base.ink)) // 2), base.label
    (digit,) = batch.of_pictures(picture[None], None).inputs
    return Digit(network, picture, label, forward.run(network.model, digit))


def with_convolution() -> Digit | None:
    """`shown_digit`, or None after a sentence if the network has no convolution."""
    digit = shown_digit()
    if digit is not None and not digit.convolutions:
        st.info(TEXT["none"].format(network=literal(digit.network.title)), icon=":material/info:")
        return None
    return digit


def reach(*arrays: NDArray[np.floating]) -> float:
    """Largest finite magnitude, the end of a colour scale; 1 if there is none but 0."""
    sizes = [float(np.abs(array[np.isfinite(array)]).max(initial=0)) for array in arrays]
    return max(sizes, default=0.0) or 1.0
