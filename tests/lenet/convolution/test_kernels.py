"""Kernels by name: their sums, and what they make of simple pictures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.convolution import apply, kernels
from lenet.convolution.settings import Convolution

SUMS = {"identity": 1, "box": 1, "gaussian": 1, "sharpen": 1, "sobel-x": 0, "sobel-y": 0, "laplacian": 0, "line": 0}


@given(st.sampled_from(kernels.NAMES), st.integers(1, 7), st.integers(1, 7), st.integers(0, 179))
def test_weights_sum_up_to_one_or_zero(name: str, height: int, width: int, angle: int) -> None:
    kernel = kernels.make(name, height, width, angle)
    assert kernel.shape == (height, width)
    assert kernel.dtype == np.float32
    assert kernel.sum() == pytest.approx(SUMS[name], abs=0.03)  # a line's weights have three decimals


def test_the_kernels_of_the_textbooks() -> None:
    np.testing.assert_array_equal(kernels.make("sobel-x", 3, 3), [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    np.testing.assert_array_equal(kernels.make("sobel-y", 3, 3), [[-1, -2, -1], [0, 0, 0], [1, 2, 1]])
    np.testing.assert_array_equal(kernels.make("laplacian", 3, 3), [[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    np.testing.assert_array_equal(kernels.make("sharpen", 3, 3), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    np.testing.assert_array_equal(16 * kernels.make("gaussian", 3, 3), [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def test_identity_changes_nothing() -> None:
    x = np.random.default_rng(0).normal(size=(1, 6, 6)).astype(np.float32)
    kernel = kernels.make("identity", 3, 3)[None, None]
    np.testing.assert_array_equal(apply.convolve(Convolution(bias=False), x, kernel, np.zeros(1, np.float32)), x)


@pytest.mark.parametrize(("angle", "picture"), [(0, "row"), (90, "column"), (45, "rising"), (135, "falling")])
def test_a_line_answers_most_to_its_own_direction(angle: int, picture: str) -> None:
    pictures = {
        "row": np.outer([0, 0, 1, 0, 0], np.ones(5)),
        "column": np.outer(np.ones(5), [0, 0, 1, 0, 0]),
        "falling": np.eye(5),
        "rising": np.eye(5)[::-1],
    }
    kernel = kernels.make("line", 5, 5, angle)
    answers = {name: float((kernel * one).sum()) for name, one in pictures.items()}
    assert max(answers, key=lambda name: answers[name]) == picture


@given(*[st.integers(1, 7)] * 4)
def test_a_kernel_in_another_size_keeps_its_middle(old: int, wide: int, new: int, broad: int) -> None:
    kernel = np.random.default_rng(0).normal(size=(old, wide)).astype(np.float32)
    fitted = kernels.fit(kernel, new, broad)
    assert fitted.shape == (new, broad)
    assert fitted[(new - 1) // 2, (broad - 1) // 2] == kernel[(old - 1) // 2, (wide - 1) // 2]
    assert np.isin(fitted[fitted != 0], kernel).all()
