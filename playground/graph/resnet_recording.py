"""Recorded iteration of ResNet-18 on random input, shared by all sessions.

Beside the page, which Streamlit runs again each time: there, each run would look for the functions' source anew.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from lenet.digits import batch
from lenet.digits.batch import Batch
from lenet.networks import resnet
from lenet.record import modes, recorder
from lenet.record.iteration import Iteration, Setup

SEED: Final = 0
SETUP: Final = Setup(mode=modes.EVAL)
KEPT: Final = 20_000
"""Number of values that are kept of the record, besides those of the selected node."""


@st.cache_resource(show_spinner=False)
def resnet18() -> Any:
    """ResNet-18, shared by all sessions; callers must not change it."""
    return resnet.resnet18(SEED)


def noise() -> Batch:
    """Random input for ResNet-18."""
    return batch.with_label(batch.of_noise(SEED, resnet.SIDE, channels=3), 0)


@st.cache_resource(show_spinner=False, max_entries=12)
def large(asked: tuple[int, ...] = ()) -> Iteration:
    """Recorded iteration of ResNet-18 with the arrays of the given nodes, shared by all sessions."""
    given = noise()
    return recorder.record(resnet18(), given.inputs, given.labels, SETUP, keep=KEPT, ask=asked)
