"""Options and pictures of a part of the Convolution page that is one component."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from streamlit.testing.v1 import AppTest

from tests.playground.pages import clean, components

Data = dict[str, Any]


def data(at: AppTest) -> Data:
    (found,) = components(at, "convolution_bench")
    return found


def change(at: AppTest, key: str, **changes: object) -> Data:
    """Change options as the browser does."""
    number = data(at)["revision"] + 1
    at.session_state[key] = {"picked": {"changes": changes, "revision": number}}
    return data(clean(at))


def array(shown: Data, name: str, shape: list[int]) -> torch.Tensor:
    return torch.from_numpy(np.frombuffer(shown[name], np.float32).reshape(shape).copy())


def output(shown: Data) -> torch.Tensor:
    return array(shown, "output", shown["outShape"])
