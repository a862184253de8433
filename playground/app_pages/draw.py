"""Draw a digit and watch every layer answer."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from lenet import drawing, forward, ink, mnist, picture
from lenet.errors import InputError
from playground import sidebar
from playground.components.drawing_pad import PadBase, PadError, PadEvents, drawing_pad, pad_events
from playground.components.ink_stages import ink_stages
from playground.components.network_view import network_view
from playground.session import Network
from playground.text import text

TEXT: Final = text("draw")
PAD: Final = "pad"
OPENING_DIGIT: Final = 0
"""Index of the MNIST test digit that a new visitor finds on the pad."""
