"""The Convolution page's experiments without a browser: their numbers are PyTorch's, and no input breaks them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor, nn

from lenet.convolution import counts
from lenet.digits import batch, mnist
from lenet.errors import InputError
from lenet.networks import checkpoint, forward, models
from lenet.record import experiment
from playground import session, sidebar, visit
from playground.text import text
from tests.lenet.networks.every_kind import EveryKind
from tests.playground.pages import clean, codes, components, open_page, visitor

PARTS = ("channels", "sparse", "sharing", "equivariance")


def board(at: AppTest, name: str = "map-board", place: int = 0) -> dict[str, Any]:
    return [data for data in components(at, "map_board") if data["name"] == name][place]


def maps(data: dict[str, Any]) -> list[np.ndarray]:
    values, found, start = np.frombuffer(data["values"], "<f4"), [], 0
    for one in data["maps"]:
        size = one["rows"] * one["columns"]
        found.append(values[start : start + size].reshape(one["rows"], one["columns"]))
        start += size
    return found


def said(at: AppTest) -> str:
    return "\n".join(item.value for kind in (at.markdown, at.caption, at.info, at.warning, at.error) for item in kind)


def address(at: AppTest, name: str) -> str:
    """Parameter of the address: a list once the page has written it."""
    value = at.query_params[name]
    return value if isinstance(value, str) else value[-1]


def pick(at: AppTest, key: str, where: int, row: int, column: int) -> None:
    number = visitor(at).sent.revisions.get(key, 0) + 1
    at.session_state[key] = {"picked": {"map": where, "row": row, "column": column, "revision": number}}
    clean(at)


@pytest.mark.parametrize("name", list(models.MODELS))
@pytest.mark.parametrize("part", PARTS)
def test_every_part_runs_with_every_network(name: str, part: str) -> None:
    at = open_page("convolution", network=name, part=part)
    assert not at.warning
    assert not at.error
    assert list(components(at, "map_board"))
    assert address(at, "part") == part


def test_an_output_channel_is_the_networks() -> None:
    at = open_page("convolution", part="channels", layer="conv2", channel="7", added="2")
    model = checkpoint.load("LeNet5")
    passed = forward.run(model, batch.of_mnist([0], 32).inputs[0])
    before, part, after, output = maps(board(at))
    assert np.allclose(before + part, after, atol=1e-5)
    assert np.allclose(output, passed.outputs["conv2"][7], atol=1e-5)
    tiles = maps(board(at, place=1))
    assert len(tiles) == 18
    assert np.array_equal(tiles[3], passed.outputs["pool1"][1])
    assert board(at)["result"][0] == "2,416"
    pick(at, "convolution-channels-tiles", 3 * 4 + 1, 0, 0)
    assert address(at, "added") == "4"
    assert np.allclose(maps(board(at))[2], sum(maps(board(at, place=1))[2:15:3]), atol=1e-5)


def test_one_by_one_takes_the_64_channels_of_a_network_to_16() -> None:
    at = open_page("convolution", part="channels", layer="1x1")
    assert "64×6×6" in said(at)
    assert board(at)["result"][0] == "1,040"
    assert len(board(at, place=1)["maps"]) == 3 * 64


@pytest.mark.parametrize("name", [*models.MODELS, counts.RESNET])
def test_the_table_has_every_layer(name: str) -> None:
    at = open_page("convolution", part="channels")
    at.button_group(key="convolution-table-LeNet5").select(name)
    clean(at)
    table = at.dataframe[0].value
    rows, total = counts.of_network(name)
    assert [int(value.replace(",", "")) for value in table["parameters"]] == [row.parameters.value for row in rows]
    assert f"**{total:,}** parameters" in said(at)


@pytest.mark.parametrize("direction", ["back", "forward"])
@pytest.mark.parametrize("layer", ["conv1", "pool2", "fc2"])
def test_computed_is_measured_on_the_page(direction: str, layer: str) -> None:
    at = open_page("convolution", part="sparse", direction=direction, layer=layer, row="0", column="3")
    data = board(at, "sparse")
    assert data["facts"]["computed"] == data["facts"]["measured"] == data["result"][0].replace(",", "")
    assert "exactly the same" in data["result"][1]
    if (direction, layer) == ("back", "conv1"):
        assert data["result"][0] == "25"
    picking = next(place for place, one in enumerate(data["maps"]) if one["picks"])
    pick(at, "convolution-sparse", picking, 0, 1)
    assert board(at, "sparse")["maps"][picking]["selected"] == [0, 1]


def test_one_weight_changes_the_outputs_of_its_channel() -> None:
    at = open_page("convolution", part="sharing", channel="2", by="0.25")
    data = board(at, "sharing")
    kernel, after, before, difference = maps(data)
    assert np.allclose(after - before, difference, atol=1e-6)
    assert data["facts"]["changed"] == str((difference != 0).sum())
    weight = checkpoint.load("LeNet5").get_parameter("conv1.weight")[2, 0].detach().numpy().copy()
    weight[2, 2] += 0.25
    assert np.allclose(kernel, weight)
    pick(at, "convolution-sharing", 0, 4, 0)
    assert (address(at, "row"), address(at, "column")) == ("4", "0")
    assert list(at.dataframe[0].value["parameters"]) == ["156", "122,304", "4,821,600"]


def test_a_shared_experiment_opens_as_it_was() -> None:
    at = open_page("convolution", part="equivariance", padding="circular", stride="1")
    assert board(at, "equivariance")["facts"] == {"difference": "0"}
    assert board(at, "equivariance-shifts")["facts"] == {"holds": "441"}
    at.selectbox(key="convolution-padding").select("zeros")
    clean(at)
    assert float(board(at, "equivariance")["facts"]["difference"]) > 0
    at.selectbox(key="convolution-padding").select("circular")
    at.selectbox(key="convolution-stride").select(2)
    clean(at)
    assert board(at, "equivariance-shifts")["facts"] == {"holds": "121"}
    assert "multiples of 2 pixels" in board(at, "equivariance-shifts")["result"][1]
    pick(at, "convolution-shifts", 0, 10, 13)
    assert (address(at, "dx"), address(at, "dy")) == ("3", "0")
    assert float(board(at, "equivariance")["facts"]["difference"]) > 0
    for motion in ("rotation", "scaling"):
        at.button_group(key="convolution-motion").select(motion)
        clean(at)
        assert float(board(at, "equivariance")["facts"]["difference"]) > 0.1


def test_a_picked_shift_is_on_the_pad() -> None:
    at = open_page("convolution", part="equivariance")
    assert board(at, "shifted-answers")["facts"]["label"] == "7"
    pick(at, "convolution-answers", 0, 7, 14)
    base = visitor(at).pad.base
    assert base is not None
    ink = batch.of_mnist([0], 28).pictures
    assert ink is not None
    assert np.array_equal(base.ink[:-3, 4:], ink[0][3:, :-4])
    assert "4 to the right" in base.caption


@pytest.mark.parametrize("part", PARTS)
def test_an_odd_address_is_said_and_not_used(part: str) -> None:
    names = set(open_page("convolution", part=part).query_params) - {"part"}
    assert len(names) >= 3
    at = open_page("convolution", part=part, **dict.fromkeys(names, "nan"))
    assert "isn't possible" in said(at)
    assert not [name for name in names if address(at, name) == "nan"]
    at = open_page("convolution", part="ideas", channel="9" * 400)
    assert "isn't possible" in said(at)


@pytest.mark.parametrize(
    ("key", "junk"),
    [
        ("convolution-channels-tiles", {"picked": {"map": 99, "row": 0, "column": 0, "revision": 1}}),
        ("convolution-sparse", {"picked": {"map": 0, "row": 500, "column": 0, "revision": 1}}),
        ("convolution-sharing", {"picked": {"map": 0, "row": -1, "column": 0, "revision": 1}}),
        ("convolution-shifts", {"picked": {"map": 0, "row": 21, "column": 0, "revision": 1}}),
        ("convolution-answers", {"picked": {"map": "0", "row": [], "column": None, "revision": 1}}),
        ("convolution-answers", {"picked": {"map": 0, "row": 2**19, "column": 0, "revision": 1}}),
    ],
)
def test_junk_from_a_component_is_no_exception(key: str, junk: object) -> None:
    for part in PARTS:
        at = open_page("convolution", part=part)
        at.session_state[key] = junk
        clean(at)


def test_channels_that_are_off_and_an_empty_pad_are_said() -> None:
    at = open_page("convolution", part="channels", layer="conv2", channel="1", off="conv2.1,conv1.0")
    assert "Channel 1 of conv2 is switched off" in said(at)
    at.session_state["pad"] = {"drawing": {"revision": 1, "base": None, "strokes": []}}
    for part in PARTS:
        at.button_group(key="convolution-part").select(part)
        clean(at)
        assert "The pad is empty" in said(at)
    at = open_page("convolution", part="channels", layer="conv2", off="conv1.0")
    assert "Some channels of the network are switched off" in said(at)
    at.session_state["pad"] = {"drawing": {"revision": 1, "base": None, "strokes": []}}
    at.button_group(key="convolution-layer").select("1x1")
    assert "The pad is empty" in said(clean(at))
    assert board(at)["result"][0] == "1,040"


def test_mnist_that_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(split: str) -> None:
        raise InputError("mnist-file", name="t10k-images-idx3-ubyte.gz", reason="no such file")

    monkeypatch.setattr(mnist, "load", fail)
    for part in PARTS:
        assert "no such file" in said(open_page("convolution", part=part))


class Grouped(nn.Module):
    """A network with a convolution in groups, without bias."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=4, bias=False)
        self.fc = nn.Linear(4 * 24 * 24, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.relu(self.conv2(self.conv1(x))).flatten(1))


class Skipping(nn.Module):
    """A network with a layer whose sizes don't say what it reads."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.fc = nn.Linear(2 * 26 * 13, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.conv(x).flip(3)[..., ::2].flatten(1))


def test_a_change_of_part_or_network_is_no_warning() -> None:
    at = open_page("convolution", part="channels", network="DigitCNN", layer="conv3", channel="60", added="20")
    assert address(at, "channel") == "60"
    for part in (*reversed(PARTS), "channels"):
        at.button_group(key="convolution-part").select(part)
        clean(at)
        assert not at.warning
        assert address(at, "part") == part
    at.selectbox(key="network").select("LeNet5")
    assert not clean(at).warning
    assert address(at, "layer") in ("conv1", "conv2")


def test_weights_that_are_not_numbers_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made = models.build("LeNet5", seed=0).eval()
    with torch.no_grad():
        made.get_parameter("conv1.weight").fill_(float("nan"))
    monkeypatch.setattr(session, "random", lambda name, seed: session.Network(name, "random", made, seed=seed))
    for part in PARTS:
        at = open_page("convolution", weights="random", part=part)
        assert list(components(at, "map_board"))
    assert "are not numbers" in said(at)
    assert "NaN or infinite" in board(at, "equivariance")["result"][1]


def test_the_connections_are_measured_with_channels_off() -> None:
    at = open_page("convolution", part="sparse", layer="conv2", off="conv1.0,conv2.0,fc1.3")
    data = board(at, "sparse")
    assert data["facts"]["computed"] == data["facts"]["measured"] == "196"
    assert "switched off" in said(at)
    at = open_page("convolution", part="sparse", direction="forward", layer="fc2", off="conv1.0")
    assert "exactly the same" in board(at, "sparse")["result"][1]


class Flat(nn.Module):
    """A network without a convolution."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(784, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.flatten(1))


def offer(monkeypatch: pytest.MonkeyPatch, name: str, network: type[nn.Module]) -> None:
    """Add a network to those that the pages offer."""
    monkeypatch.setitem(models.MODELS, name, network)
    monkeypatch.setattr(sidebar, "NETWORKS", (*sidebar.NETWORKS, name))
    monkeypatch.setitem(experiment.READERS, "network", lambda name: name if name in models.MODELS else None)


def test_groups_and_layers_of_unknown_kinds_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "Grouped", Grouped)
    at = open_page("convolution", network="Grouped", weights="random", part="channels", layer="conv2")
    assert "4 groups: an output channel reads only the input channels of its own group, here 1" in said(at)
    assert board(at)["result"][0] == "36"
    offer(monkeypatch, "Skipping", Skipping)
    at = open_page("convolution", network="Skipping", weights="random", part="sparse", layer="fc")
    assert "don't say which cells it reads" in said(at).replace("\\", "")


@pytest.mark.parametrize(("name", "network"), [("Flat", Flat), ("EveryKind", EveryKind)])
def test_any_network(name: str, network: type[nn.Module], monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, name, network)
    for part in PARTS:
        at = open_page("convolution", network=name, weights="random", part=part)
        assert ("has no convolution" in said(at)) == (network is Flat)
        assert bool(list(components(at, "map_board"))) == (network is EveryKind)


@pytest.mark.parametrize("part", PARTS)
def test_the_code_of_each_part(part: str) -> None:
    at = open_page("convolution", part=part)
    button = next(one for one in at.button if one.label == text("code_button")["label"])
    button.click()
    clean(at)
    assert any("import torch" in code for code in codes(at))


def test_the_address_comes_before_what_the_tab_has_kept() -> None:
    """The tab returns its values in the second run, when the address has been read already."""
    at = open_page("convolution", part="equivariance", padding="circular", stride="1")
    kept = {"convolution-part": "sharing", "convolution-padding": "zeros", "convolution-channel": 3}
    given = {"n": 1, "session": "another", "choices": {"values": kept}, "drawing": None}
    at.session_state[visit.MEMORY] = {"kept": given}
    clean(at)
    assert (address(at, "part"), address(at, "padding")) == ("equivariance", "circular")
    clean(at)
    assert (address(at, "part"), address(at, "padding")) == ("equivariance", "circular")
