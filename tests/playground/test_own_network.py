"""The pages with networks of the person who started the server."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image

from lenet.networks import own, own_file
from lenet.networks.form import Form
from lenet.networks.own import Examples
from playground import own_networks
from tests.lenet.networks import own_nets
from tests.playground.pages import clean, components, in_use, open_page, shown, visitor

FILE = Path(own_nets.__file__)
PAGES = ("draw", "step", "graph", "gradients", "filters", "convolution", "train", "build")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    for name in own.names():
        own.forget(name)
    st.cache_resource.clear()


@pytest.mark.parametrize("page", PAGES)
def test_it_is_chosen_at_first_on_every_page(page: str) -> None:
    own_file.read(f"{FILE}:Net")
    at = open_page(page)
    assert in_use(at).name == "own_nets:Net"
    assert at.query_params["network"] == "own_nets:Net"
    assert at.sidebar.selectbox[0].options[:2] == ["own_nets:Net", "LeNet5"]


def test_another_network_can_be_chosen_and_stays_in_the_address() -> None:
    own_file.read(f"{FILE}:Net")
    at = open_page("draw", network="LeNet5")
    assert in_use(at).name == "LeNet5"
    assert at.query_params["network"] == "LeNet5"


def test_a_network_that_was_not_named_is_refused() -> None:
    at = open_page("draw", network="own_nets:Net")
    assert in_use(at).name == "LeNet5"
    assert any("network" in warning.value for warning in at.warning)


def test_examples_are_the_input_at_first_with_their_labels() -> None:
    torch.manual_seed(0)
    x = torch.rand(3, 3, 20, 20).numpy()
    model = own_nets.Colour().eval()
    name = own_file.take(model, Form(3, 20, 20), tuple("abcd"), Examples(x, np.array([2, 0, 1]))).own.name
    at = open_page("draw")
    (data,) = components(at, "network_view")
    with torch.no_grad():
        expected = torch.softmax(model(torch.from_numpy(x[:1])), 1)[0]
    np.testing.assert_allclose(np.frombuffer(data["probabilities"], np.float32), expected.numpy(), rtol=1e-5)
    assert data["layers"][-1]["labels"] == list("abcd")
    at = open_page("step", network=name)
    made = shown(at)
    assert made.iteration.labels is not None
    assert made.iteration.labels.tolist() == [2]
    assert np.array_equal(made.iteration.inputs, x[:1])
    at = open_page("step", network=name, input="example", example="2")
    assert np.array_equal(shown(at).iteration.inputs, x[2:])
    at = open_page("step", network=name, input="example", example="77")  # the last one there is
    assert np.array_equal(shown(at).iteration.inputs, x[2:])


def test_a_picture_of_one_s_own_goes_through_a_network_of_pictures() -> None:
    name = own_file.read(f"{FILE}:Colour").own.name
    at = open_page("draw", network=name)
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    at.segmented_control(key="own-source").set_value("upload").run()
    assert any("Choose a picture" in one.value for one in at.info)
    at.file_uploader(key="own-picture").upload("p.png", content.getvalue(), "image/png")
    clean(at)
    (data,) = components(at, "network_view")
    x = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).float() / 255
    with torch.no_grad():
        expected = torch.softmax(in_use(at).model(x), 1)[0]
    np.testing.assert_allclose(np.frombuffer(data["probabilities"], np.float32), expected.numpy(), rtol=1e-5)
    at.switch_page("step/page.py")
    clean(at)
    np.testing.assert_allclose(shown(at).iteration.inputs, x.numpy())
    assert shown(at).experiment.input.source == "upload"


def test_digits_for_a_network_of_pictures() -> None:
    name = own_file.read(f"{FILE}:Colour").own.name
    at = open_page("step", network=name, input="mnist", digits="0")
    assert at.info  # its label 7 is no class of four
    at = open_page("step", network=name)
    assert shown(at).iteration.inputs.shape == (1, 3, 32, 32)
    assert shown(at).experiment.label is not None
    assert shown(at).experiment.label < 4


@pytest.mark.parametrize("page", ["draw", "step", "graph", "gradients", "filters"])
def test_a_large_network_is_usable(page: str) -> None:
    own_file.read("torchvision:resnet18")
    at = open_page(page)
    views = list(components(at, "network_view"))
    if page in ("draw", "step"):
        (data,) = views
        assert sum(len(data[name]) for name in ("values", "forward_values")) < 2_000_000
        folded = [one for one in data["layers"] if one["kind"] == "module"]
        assert [one["name"] for one in folded][:2] == ["layer1.0", "layer1.1"]
        assert folded[0]["whole"] == [64, 56, 56]
        assert len(data["layers"][-1]["labels"]) == 10


def test_a_network_without_gradients_shows_its_forward_pass() -> None:
    own_file.read(f"{FILE}:NoGradient")
    at = open_page("draw")
    assert list(components(at, "network_view"))
    at = open_page("step")
    assert at.error or at.info
    assert visitor(at).recording is not None


def test_what_the_terminal_is_told(tmp_path: Path) -> None:
    lines, problem = own_networks.read(f"{FILE}:Net", None, None, None)
    assert lines == ["own_nets:Net: input 1x28x28, 10 classes (the first input that it takes; --input says another)"]
    assert not problem
    assert "names no network" in own_networks.read("LeNet5", None, None, None)[1]
    assert "such as 3x64x64" in own_networks.read(f"{FILE}:Net", None, "64", None)[1]
    state = own_nets.Net().state_dict()
    torch.save(state, tmp_path / "w.pt")
    assert own_networks.read(f"{FILE}:Net", tmp_path / "w.pt", None, None)[1] == ""
    kept = own.find("own_nets:Net")
    assert kept is not None
    assert torch.equal(kept.given.get_parameter("stem.weight"), state["stem.weight"])
    at = open_page("draw")
    assert "of w.pt" in at.sidebar.selectbox(key="weights").options
    del state["head.bias"]
    torch.save(state, tmp_path / "w.pt")
    lines, problem = own_networks.read(f"{FILE}:Net", tmp_path / "w.pt", None, None)
    assert "the network has head.bias, and the file has not" in problem
    assert lines[-1].splitlines()[1].split() == ["head.bias", "10", "missing"]
