"""Settings of the Initialisation page: kept by the tab, and in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from lenet.networks.initialisation import (
    ACTIVATIONS,
    DEFAULT,
    FACTORS,
    LAYERS,
    LEAST_DEPTH,
    LINEAR,
    MOST_DEPTH,
    RELU,
    SCHEMES,
    ZEROS,
)
from lenet.record.experiment import SEEDS
from playground import kept_values, location, notices
from playground.text import text

TEXT: Final = text("initialisation")
OWN: Final = "own"
"""The network in use, instead of a plain stack."""
AS_IT_IS: Final = "as-it-is"
"""Weights of the network in use, instead of newly drawn ones."""
COUNTS: Final = (8, 32, 128)
"""Numbers of digits in the batch to choose from."""

KNOWN: Final[Mapping[str, tuple[Any, Callable[[object], Any]]]] = {
    "layers": (LINEAR, kept_values.among((*LAYERS, OWN))),
    "depth": (20, kept_values.whole(LEAST_DEPTH, MOST_DEPTH)),
    "activation": (RELU, kept_values.among(tuple(ACTIVATIONS))),
    "init": (DEFAULT, kept_values.among((*SCHEMES, AS_IT_IS))),
    "factor": (1.0, kept_values.among(FACTORS)),
    "count": (32, kept_values.among(COUNTS)),
    "init_seed": (0, kept_values.whole(0, SEEDS - 1)),
}
"""Default of each setting by its name in the address, and how it is read."""


@dataclass(frozen=True)
class Choices:
    """Settings of the page.

    Attributes:
        layers: one of `initialisation.LAYERS`, or `OWN`.
        depth: of a plain stack.
        activation: of a plain stack, and for the gain.
        init: one of `initialisation.SCHEMES`, or `AS_IT_IS`.
        factor: by which the weights are multiplied.
        count: of the digits in the batch.
        seed: of the weights.
    """

    layers: str
    depth: int
    activation: str
    init: str
    factor: float
    count: int
    seed: int

    @property
    def drawn(self) -> bool:
        """True if the weights are drawn here."""
        return self.init != AS_IT_IS


def key(name: str) -> str:
    """Key of the widget of a setting."""
    return f"initialisation-{name}"


def choose() -> Choices:
    """Show the widgets, and write the address."""
    for name, (default, read) in KNOWN.items():
        kept_values.keep(key(name), default, read, _asked(name, default, read))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        own = _choice("layers", (*LAYERS, OWN), 230) == OWN
        if not own:
            st.slider(TEXT["depth"], LEAST_DEPTH, MOST_DEPTH, key=key("depth"), width=150)
        schemes = (AS_IT_IS, *SCHEMES) if own else SCHEMES
        if st.session_state[key("init")] not in schemes:
            st.session_state[key("init")] = DEFAULT
        scheme = _choice("init", schemes, 190)
        if scheme != AS_IT_IS:
            gained = own and scheme in (DEFAULT, ZEROS)
            if not gained:
                _choice("activation", tuple(ACTIVATIONS), 105, help=TEXT["activation-help"])
            _choice("factor", FACTORS, 90, help=TEXT["factor-help"])
            st.number_input(TEXT["seed"], 0, SEEDS - 1, key=key("init_seed"), width=125)
        _choice("count", COUNTS, 85)
    values = {name: st.session_state.get(key(name), default) for name, (default, _) in KNOWN.items()}
    written = {name: f"{one:g}" if isinstance(one, float) else str(one) for name, one in values.items()}
    location.put({name: one for name, one in written.items() if values[name] != KNOWN[name][0]}, KNOWN)
    return Choices(*values.values())


def _choice(name: str, choices: tuple[Any, ...], width: int, **more: Any) -> Any:
    return st.selectbox(
        TEXT[name],
        choices,
        format_func=lambda one: TEXT.get(f"{name}-{one}", f"{one:g}" if isinstance(one, float) else str(one)),
        key=key(name),
        width=width,
        **more,
    )


def _asked(name: str, default: Any, read: Callable[[object], Any]) -> Any:
    """Value in the address, None for none; one that can't be read is reported at the visitor's arrival."""
    written = st.query_params.get(name)
    if written is None:
        return None
    try:
        found = read(type(default)(written[:40]))
    except ValueError:
        found = None
    if found is None and (key(name) not in st.session_state or location.went_back()):
        notices.warn(TEXT["address"].format(name=name))
    return found
