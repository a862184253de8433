"""Tests of the file of a saved iteration: its numbers are the record's, and no text can become markup."""

from __future__ import annotations

import base64
import gzip
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from lenet.explain import recorded_layers
from lenet.networks.ablation import Channel
from playground.components.network_view import Unit, unit_data
from playground.components.network_view.step_data import RecordedStep
from playground.experiment.recording import Recording
from playground.export import contents, html_file, inline_modules
from tests.playground.blocks import unpack
from tests.playground.export.saved_recordings import recording

BUILT = "stack-28~conv-8-3-2~batch_norm~relu~conv-8-3-1-1-1-4~gelu~max_pool~flatten~linear"
EVIL = "</script><script>alert(1)</script>\u2028<!--"


class Reader(HTMLParser):
    """Text of each script, and the title."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.title = ""
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts[-1] += data
        elif self.inside == "title":
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def read(file: bytes) -> tuple[Reader, dict[str, Any]]:
    page = Reader()
    page.feed(file.decode())
    return page, unpack(gzip.decompress(base64.b64decode(page.scripts[0])))


def floats(part: bytes) -> np.ndarray:
    return np.frombuffer(part, "<f4")


@pytest.mark.parametrize("digits", [(0,), tuple(range(8))])
def test_an_iteration_of_lenet5_takes_two_megabytes_at_most(digits: tuple[int, ...]) -> None:
    made = recording(digits=digits)
    file = html_file.write(made)
    assert len(file) <= 2_000_000
    _, data = read(file)
    assert len(data["page"]["digits"]) == len(digits) == len([name for name in data if name.startswith("network-")])


@pytest.mark.parametrize("name", ["LeNet5", "DigitCNN", BUILT])
def test_all_numbers_are_those_of_the_record(name: str) -> None:
    made = recording(name)
    done = made.iteration
    page, data = read(html_file.write(made))
    assert made.network.title in page.title
    assert done.after is not None
    for place, described in enumerate(data["page"]["parameters"]):
        own = described["name"]
        for part, values in (
            ("before", done.before.parameters[own]),
            ("gradient", done.gradients[own]),
            ("after", done.after.parameters[own]),
        ):
            assert values is not None
            assert values.array is not None
            np.testing.assert_array_equal(floats(data[f"parameter-{place}-{part}"]), values.array.ravel())
    network = unpack(data["network-0"])
    passed = recorded_layers.passed(done)
    assert passed is not None
    np.testing.assert_array_equal(floats(network["probabilities"]), passed.probabilities)
    assert len(unpack(data["player"])["frames"]) == len(made.stops)
    assert done.graph is not None
    assert len(unpack(data["graph-every"])["boxes"]) == len(done.graph.nodes) == len(data["page"]["nodes"])
    settings = dict(data["page"]["settings"])
    assert settings["Mode"] == "train()"
    assert settings["PyTorch"].startswith("2.")


def test_the_settings_name_the_seed_and_the_channels_that_are_off() -> None:
    made = recording(BUILT)
    plain = dict(contents.settings(made))
    assert plain["Weights"].endswith("seed 0")
    assert contents.TEXT["off"] not in plain
    off = (Channel("conv1", 3), Channel("conv2", 0))
    ablated = replace(made, network=replace(made.network, seed=5, off=off))
    told = dict(contents.settings(ablated))
    assert told["Weights"].endswith("seed 5")
    assert told[contents.TEXT["off"]] == "conv1.3, conv2.0"


@pytest.mark.parametrize("name", ["LeNet5", BUILT])
def test_an_opened_unit_is_given_what_the_playground_gives_it(name: str) -> None:
    made = recording(name)
    done = made.iteration
    _, data = read(html_file.write(made))
    step = RecordedStep(made.weights, made.after(0), recorded_layers.numbers_after(done, made.after(0)), None)
    cut = 0
    for layer in done.layers:
        for channel in range(layer.shape[0]):
            numbers = recorded_layers.numbers(done)
            expected = unit_data(Unit(layer.name, channel), done.layers, numbers, graded=True, step=step)
            own = data["page"]["units"][f"{layer.name}-{channel}"]
            assert own["opened"] == expected["opened"]
            assert own["facts"] == expected["facts"]
            for key, value in expected.items():
                if isinstance(value, bytes):
                    assert given(data, f"{layer.name}-{channel}", key) == value, (layer.name, channel, key)
                    cut += key in own["cuts"]
    assert cut > 100


def given(data: dict[str, Any], name: str, key: str) -> bytes:
    """Bytes that `units.js` puts together."""
    cut = data["page"]["units"][name]["cuts"].get(key)
    if cut is None:
        return bytes(data.get(f"unit-{name}-{key}", b""))
    whole = data[f"parameter-{cut['parameter']}-{cut['part']}"]
    starts = (cut["offset"] + at * cut["stride"] for at in range(cut["count"]))
    return b"".join(whole[start : start + cut["block"]] for start in starts)


def test_no_text_can_become_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    made = recording()
    plain, _ = read(html_file.write(made))
    evil = replace(made, network=replace(made.network, source=EVIL))
    monkeypatch.setattr(type(evil.network), "title", property(lambda self: EVIL))
    page, data = read(html_file.write(evil))
    assert len(page.scripts) == len(plain.scripts) == 3
    assert page.scripts[1:] == plain.scripts[1:]
    assert EVIL in page.title
    assert EVIL in data["page"]["title"]
    assert "</script" not in page.scripts[0] + page.scripts[1] + page.scripts[2]


def test_every_import_of_every_module_is_in_the_file() -> None:
    found = inline_modules.modules()
    for text in found.values():
        code = re.sub(r"/\*.*?\*/|//.*", "", text, flags=re.DOTALL)
        assert set(re.findall(r'from "([^"]+)"', code)) <= found.keys()
        assert "import(" not in code
        assert "fetch(" not in code


def test_nothing_is_asked_of_a_server() -> None:
    text = html_file.write(recording()).decode()
    assert "default-src 'none'" in text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)


def test_a_large_network_is_not_saved() -> None:
    made = recording("stack-32~flatten~linear-600~relu~linear")
    assert not html_file.fits(made)
    assert html_file.fits(recording())


def test_an_iteration_that_failed_is_saved_as_far_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    made = recording()
    short = replace(made.iteration, graph=None, after=None, outcome_after=None, outcome_before=None, operations=())
    failed: Recording = replace(made, run=replace(made.run, iteration=replace(short, layers=(), target=None)))
    _, data = read(html_file.write(failed))
    assert data["page"]["nodes"] == []
    assert data["page"]["losses"] == [None]
    assert "network-0" not in data
