"""The global random generators are as before, whatever ran in between."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from lenet.record.random_state import restored


@pytest.fixture(autouse=True)
def _generators() -> Iterator[None]:
    generator = np.random.get_bit_generator()
    yield
    np.random.set_bit_generator(generator)
    np.random.seed(0)


def states() -> Any:
    return torch.get_rng_state().tolist(), random.getstate(), str(np.random.get_state(legacy=False)), key()


def key() -> Any:
    state: Any = np.random.get_state(legacy=False)
    return {name: value.tolist() for name, value in state["state"].items() if isinstance(value, np.ndarray)}


def draws() -> list[float]:
    return [*torch.rand(3).tolist(), random.gauss(0, 1), *np.random.standard_normal(5), *np.random.rand(700)]


@pytest.mark.parametrize("ahead", range(5))
@pytest.mark.parametrize(
    "work",
    [
        lambda: None,
        lambda: np.random.standard_normal(),
        lambda: np.random.standard_normal(2),
        lambda: np.random.rand(1000),
        lambda: np.random.seed(3),
        lambda: np.random.set_bit_generator(np.random.MT19937(3)),
        draws,
    ],
)
def test_what_is_drawn_in_between_is_drawn_again(ahead: int, work: Callable[[], Any]) -> None:
    for seed in (torch.manual_seed, random.seed, np.random.seed):
        seed(1)
    np.random.standard_normal(ahead)  # an odd count leaves one drawn in advance
    before = states()
    with restored(torch.device("cpu")):
        assert states() == before
        work()
    assert states() == before
    again = draws()
    for seed in (torch.manual_seed, random.seed, np.random.seed):
        seed(1)
    np.random.standard_normal(ahead)
    assert draws() == again


def test_another_kind_of_generator_is_restored() -> None:
    np.random.set_bit_generator(np.random.PCG64(1))
    with restored(torch.device("cpu")):
        drawn = np.random.rand(3)
    np.testing.assert_array_equal(np.random.rand(3), drawn)


def test_an_error_in_between_is_no_reason_to_leave_them_changed() -> None:
    before = states()

    def failing() -> None:
        with restored(torch.device("cpu")):
            draws()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert states() == before
