"""Dialog with the accuracy of the current network on MNIST's test digits."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.digits import mnist
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.train import evaluate
from lenet.train.evaluate import Evaluation
from playground import accuracy_view
from playground.experiment import ablation
from playground.markdown import literal
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("test_digits")


def show(network: Network) -> None:
    """Show the dialog."""
    st.dialog(TEXT["title"], width="large")(_show)(network)


def _show(network: Network) -> None:
    try:
        digits = mnist.load("test")
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
        return
    with st.spinner(TEXT["computing"]):
        found = _found(network, digits)
    st.markdown(accuracy_view.sentence(found))
    if network.off:
        st.caption(TEXT["off"].format(names=literal(ablation.names(network))))
    accuracy_view.show(found, digits, "test-digits")


def _found(network: Network, digits: Digits) -> Evaluation:
    """Evaluate the network; the result is kept until another network is in use."""
    kept = visitor().evaluation
    if kept is None or kept[0] is not network:
        kept = network, evaluate.evaluate(network.model, digits)
        visitor().evaluation = kept
    return kept[1]
