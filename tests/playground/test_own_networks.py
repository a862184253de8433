"""Tests of networks of the person who starts the server, on every page without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lenet.networks import own
from playground import own_networks
from playground.text import text
from tests.playground.pages import clean, components, in_use, open_app, open_page

NETS = Path(__file__).parents[1] / "lenet" / "networks" / "own_nets.py"
PAGES = ("draw", "step", "graph", "gradients", "filters", "convolution", "initialisation", "train", "build")


@pytest.fixture(params=["Net", "Colour"])
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name of a registered network."""
    lines, problem = own_networks.read(f"{NETS}:{request.param}", None, None, None)
    assert not problem, lines
    found = f"own_nets:{request.param}"
    yield found
    own.forget(found)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_with_a_network_of_ones_own(page: str, name: str) -> None:
    at = open_page(page, network=name)
    assert in_use(at).name == name
    assert at.selectbox(key="network").value == name


def test_the_numbers_shown_are_those_of_the_network(name: str) -> None:
    at = open_page("draw", network=name)
    found = own.find(name)
    assert found is not None
    assert in_use(at).model.state_dict().keys() == found.given.state_dict().keys()
    for key, value in found.given.state_dict().items():
        assert torch.equal(in_use(at).model.state_dict()[key], value)
    (view,) = components(at, "network_view")
    layers = view["layers"]
    assert isinstance(layers, list)
    assert layers[0]["shape"] == [*found.form.shape]


def test_weights_that_came_with_a_network_are_not_called_trained(name: str) -> None:
    at = open_page("filters", network=name)
    said = " ".join(one.value for one in at.markdown)
    words = text("filters")
    assert words["own-given"].format(network=in_use(at).title) in said
    assert words["introduction-shipped"] not in said


@pytest.mark.parametrize("asked", ["{file}", "{file}:Net", "evil:Net", "evil.py:Net", "torchvision:resnet18"])
def test_an_address_imports_nothing(asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = tmp_path / "imported"
    (tmp_path / "evil.py").write_text(f"import pathlib\npathlib.Path({str(trace)!r}).touch()\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    at = clean(open_app(network=asked.format(file=tmp_path / "evil.py")))
    assert in_use(at).name == "LeNet5"
    assert not trace.exists()
    assert any("network" in one.value.lower() for one in at.warning)
