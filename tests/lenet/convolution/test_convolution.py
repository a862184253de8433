"""Convolutions, their sizes, problems and stages, compared with `torch.nn.functional` and `torch.nn`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lenet.convolution import apply, problems, sizes, stages
from lenet.convolution.settings import MODES, ZEROS, Convolution

Picture = tuple[Convolution, np.ndarray, np.ndarray, np.ndarray]


@st.composite
def settings(draw: st.DrawFn, least: int = 1) -> Convolution:
    """Settings, some of them impossible; with `least=0` more of them."""
    groups = draw(st.integers(least, 3))
    transposed = draw(st.booleans())
    return Convolution(
        inputs=draw(st.integers(1, 2)) * max(1, groups) if least else draw(st.integers(1, 4)),
        outputs=draw(st.integers(1, 2)) * max(1, groups) if least else draw(st.integers(1, 4)),
        height=draw(st.integers(1, 5)),
        width=draw(st.integers(1, 5)),
        stride=draw(st.integers(least, 3)),
        padding=draw(st.integers(0, 3)),
        mode=ZEROS if least and transposed else draw(st.sampled_from(MODES)),
        dilation=draw(st.integers(least, 3)),
        groups=groups,
        bias=draw(st.booleans()),
        flipped=draw(st.booleans()),
        transposed=transposed,
        output_padding=draw(st.integers(0, 2)),
    )


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """Possible settings with an input, a weight and a bias."""
    own = draw(settings())
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    assume(problems.of_convolution(own, height, width) is None)
    random = np.random.default_rng(draw(st.integers(0, 99)))
    x, weight, bias = (
        random.normal(size=shape).astype(np.float32)
        for shape in ((own.inputs, height, width), own.weight_shape, (own.outputs,))
    )
    return own, x, weight, bias


def module(own: Convolution) -> nn.Conv2d | nn.ConvTranspose2d:
    more: dict[str, Any] = {"output_padding": own.output_padding} if own.transposed else {}
    return (nn.ConvTranspose2d if own.transposed else nn.Conv2d)(
        own.inputs,
        own.outputs,
        (own.height, own.width),
        stride=own.stride,
        padding=own.padding,
        padding_mode=own.mode,
        dilation=own.dilation,
        groups=own.groups,
        bias=own.bias,
        **more,
    )


@given(pictures())
def test_the_output_is_that_of_pytorchs_module(picture: Picture) -> None:
    own, x, weight, bias = picture
    layer = module(own)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(weight))
        if own.flipped:
            layer.weight.copy_(layer.weight.flip(-2, -1))
        if layer.bias is not None:
            layer.bias.copy_(torch.from_numpy(bias))
        wanted = layer(torch.from_numpy(x)[None])[0].numpy()
    found = apply.convolve(own, x, weight, bias)
    np.testing.assert_array_equal(found, wanted)
    assert sizes.of_convolution(own, *x.shape[1:]) == found.shape[1:]


@given(pictures())
def test_the_lines_on_the_page_make_the_same_output(picture: Picture) -> None:
    own, x, weight, bias = picture
    names: dict[str, Any] = {"F": F, "x": torch.from_numpy(x)[None], "weight": torch.from_numpy(weight)}
    names["bias"] = torch.from_numpy(bias)
    exec(own.code, names)
    np.testing.assert_array_equal(names["y"][0].numpy(), apply.convolve(own, x, weight, bias))


@given(pictures(), st.data())
def test_the_stages_of_any_cell_add_up_to_its_value(picture: Picture, data: st.DataObject) -> None:
    own, x, weight, bias = picture
    output = apply.convolve(own, x, weight, bias)
    cell = tuple(data.draw(st.integers(0, side - 1)) for side in output.shape)
    found = stages.of_cell(own, x, weight, bias, *cell)
    size = np.abs(found.products).sum() + abs(found.bias)
    assert found.output == pytest.approx(output[cell], rel=2e-6, abs=2e-6 * size + 1e-30)
    np.testing.assert_array_equal(found.products, found.patch * found.kernel)
    np.testing.assert_allclose(found.sums, found.products.sum((1, 2)))
    assert not found.patch[:, ~found.inside].any()
    if own.mode == ZEROS:
        assert not found.patch[:, found.padded].any()


@given(pictures())
def test_a_size_by_its_formula(picture: Picture) -> None:
    own, x, *_ = picture
    rows, columns = sizes.of_convolution(own, *x.shape[1:])
    for formula, count in zip(sizes.convolution_formula(own, *x.shape[1:]), (rows, columns), strict=True):
        terms, result = formula.split(" = ")
        calculated = terms.replace("⌊", "(").replace("⌋", ")").replace("·", "*").replace("−", "-").replace("/", "//")
        assert eval(calculated) == int(result) == count


@given(settings(least=0), st.integers(1, 6), st.integers(1, 6))
def test_impossible_settings_get_pytorchs_own_words(own: Convolution, height: int, width: int) -> None:
    said = ""
    try:
        with torch.no_grad():
            module(own)(torch.zeros(1, own.inputs, height, width))
    except (RuntimeError, ValueError) as error:
        said = str(error).partition("\n")[0]
    found = problems.of_convolution(own, height, width)
    assert (found.torch if found else "") == said
    assert found is None or hasattr(own, found.option)


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"height": 7}, "height"),
        ({"width": 7}, "width"),
        ({"width": 3, "dilation": 4}, "height"),
        ({"padding": 5, "mode": "reflect"}, "padding"),
        ({"padding": 6, "mode": "circular"}, "padding"),
        ({"groups": 2}, "groups"),
        ({"groups": 0}, "groups"),
        ({"stride": 0}, "stride"),
        ({"dilation": 0}, "dilation"),
        ({"transposed": True, "mode": "circular"}, "mode"),
        ({"transposed": True, "output_padding": 1}, "output_padding"),
        ({"transposed": True, "padding": 9}, "padding"),
        ({"padding": 99}, "padding"),
        ({"transposed": True, "stride": 99}, "stride"),
    ],
    ids=str,
)
def test_a_problem_is_at_the_option_that_has_to_change(changes: dict[str, Any], option: str) -> None:
    own = replace(Convolution(padding=0), **changes)
    found = problems.of_convolution(own, 5, 5)
    assert found is not None
    assert found.option == option
    assert str(found.error)
