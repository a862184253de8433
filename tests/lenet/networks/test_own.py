"""Networks of one's own: read from a file, checked, known by name, and refused in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lenet.errors import InputError
from lenet.networks import form, forward, models, own, own_file
from lenet.networks.form import Form
from lenet.networks.own import Examples
from lenet.networks.own_check import PartialError
from lenet.record.experiment import Experiment
from tests.lenet.networks import own_nets

FILE = Path(own_nets.__file__)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    before = own.names()
    yield
    for name in set(own.names()) - set(before):
        own.forget(name)


def read(name: str, asked: Form | None = None) -> own_file.Read:
    return own_file.read(f"{FILE}:{name}", asked)


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("Net", (1, 28, 28), 10),
        ("Colour", (3, 32, 32), 4),
        ("Sized", (3, 48, 40), 4),
        ("perceptron", (1, 28, 28), 10),
        ("two_channels", (2, 32, 32), 3),
        ("instance", (1, 28, 28), 10),
    ],
)
def test_the_form_of_the_input_is_found(name: str, shape: tuple[int, ...], classes: int) -> None:
    found = read(name).own
    assert (found.name, found.form.shape, found.classes) == (f"own_nets:{name}", shape, classes)
    passed = forward.run(models.build(found.name, 1), np.zeros(shape, np.float32))
    assert passed.probabilities.shape == (classes,)


def test_a_shape_that_is_given_is_taken() -> None:
    assert read("Colour", form.read("3x40×64")).own.form == Form(3, 40, 64)
    with pytest.raises(PartialError, match=r"own_nets:Net raises RuntimeError.*\(2, 1, 20, 20\).*last .* is pool2 "):
        read("Net", form.read("1x20x20"))
    assert [form.read(text) for text in ("3x64", "0x4x4", "3x-1x4", "axbxc", "1x99999x1")] == [None] * 5


def test_a_seed_gives_the_same_weights_and_leaves_the_random_state(monkeypatch: pytest.MonkeyPatch) -> None:
    name = read("Net").own.name
    before = torch.get_rng_state()
    one, same, other = (models.build(name, seed).state_dict() for seed in (3, 3, 4))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(one["stem.weight"], same["stem.weight"])
    assert not torch.equal(one["stem.weight"], other["stem.weight"])
    torch.manual_seed(3)
    assert torch.equal(own_nets.Net().stem.weight, one["stem.weight"])


def test_a_network_of_the_file_is_taken_as_it_is() -> None:
    found = read("instance").own
    here = sys.modules[type(found.given).__module__].instance.stem.weight
    assert torch.equal(found.copy().state_dict()["stem.weight"], here)
    assert not torch.equal(found.new(1).state_dict()["stem.weight"], here)


def test_half_precision_becomes_float32() -> None:
    found = read("half")
    assert found.converted == ("float16",)
    assert {p.dtype for p in found.own.given.parameters()} == {torch.float32}


def test_what_has_no_gradient_is_said() -> None:
    assert not read("NoGradient").differentiable
    assert read("Net").differentiable


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Wants", r"Wants\(width: .*can't be called without arguments.*def net\(\): return Wants"),
        ("Pair", r"gives a tuple of 2 \(\(2, 10\), \(2, 1, 28, 28\)\)"),
        ("Named", "gives a dict with the keys 'logits'"),
        ("Raises", "takes none of the inputs that were tried .*not today after head"),
        ("Gpu", "asks for a GPU"),
        ("Broken", "can't be made: it raises KeyError: 'width'"),
        ("lazy", r"lazy parameters \(0.weight\)"),
        ("quantized", "quantized layers"),
        ("segments", r"turns \(2, 1, 28, 28\) into \(2, 3, 28, 28\) float32"),
        ("no_module", "gives something of the type int"),
        ("number", "is of the type int, which can't be called"),
        ("nothing", "has no nothing. Networks and functions in it: Net, Colour"),
    ],
)
@pytest.mark.filterwarnings("ignore")  # torch's own about quantization
def test_what_is_no_classifier_is_refused_in_words(name: str, said: str) -> None:
    if name == "Gpu" and torch.cuda.is_available():
        pytest.fail("this test is for a computer without a GPU")
    with pytest.raises(InputError, match=said):
        read(name)
    assert models.known(f"own_nets:{name}") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def (", "is not Python: line 1"),
        ("x = 1\nimport nothere_at_all", "its line 2 raises ModuleNotFoundError"),
        ("raise SystemExit(3)", "its line 1 raises SystemExit: 3"),
        ("\0", "not Python"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.py"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        own_file.read(f"{file}:Net")
    with pytest.raises(InputError, match="there is no such file"):
        own_file.read(f"{tmp_path / 'none.py'}:Net")


def test_no_address_imports_anything(tmp_path: Path) -> None:
    file = tmp_path / "trap.py"
    file.write_text(f"from pathlib import Path\nPath({str(tmp_path / 'sprung')!r}).touch()\n")
    for name in (f"{file}:Net", "trap:Net", "torchvision:resnet18", "os:system", "own_nets:Colour"):
        assert models.known(name) is None
        experiment, refused = Experiment.from_query({"network": name})
        assert (experiment.network, refused) == ("LeNet5", ("network",))
        with pytest.raises(InputError, match="isn't known here"):
            models.build(name)
    assert not (tmp_path / "sprung").exists()
    name = read("Colour").own.name  # from the terminal, and from then on
    assert Experiment.from_query({"network": name})[0].network == name


def test_torchvision_by_name() -> None:
    found = own_file.read("torchvision:squeezenet1_1", names=tuple("abc")).own
    assert (found.form.shape, found.classes, found.names) == ((3, 224, 224), 3, ("a", "b", "c"))
    assert found.form.mean[0] == pytest.approx(0.485)
    with pytest.raises(InputError, match=r"no classification network named 'resnet81'.*resnet18"):
        own_file.read("torchvision:resnet81")


def test_a_network_that_a_script_hands_over_is_copied() -> None:
    model = own_nets.Colour().train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    examples = Examples(np.zeros((2, 3, 20, 20), np.float32), np.array([0, 3]))
    found = own_file.take(model, Form(3, 20, 20), tuple("abcd"), examples).own
    assert found.name == "Colour"
    assert model.training
    assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
    with torch.no_grad():
        model.head.bias += 1
    assert torch.equal(found.copy().state_dict()["head.bias"], before["head.bias"])
    with pytest.raises(InputError, match="4 classes, and there are 2 names"):
        own_file.take(model, Form(3, 20, 20), ("a", "b"))
    with pytest.raises(InputError, match="from 0 to 3"):
        own_file.take(model, Form(3, 20, 20), (), Examples(examples.inputs, np.array([0, 4])))


def test_a_module_that_cannot_be_initialised_again_says_so() -> None:
    class Scaled(own_nets.Net):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(1))

    with pytest.raises(InputError, match="can't be initialised again: its Scaled has parameters"):
        own_file.take(Scaled()).own.new(1)


@pytest.mark.parametrize("shape", [(1, 28, 28), (1, 32, 32), (1, 64, 64)])
def test_digits_get_a_border_where_that_is_enough(shape: tuple[int, int, int]) -> None:
    digits, side = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8), shape[1]
    placed = Form(*shape).place(torch.from_numpy(digits)[:, None] / 255)
    border = (side - 28) // 2
    assert placed.shape == (2, *shape)
    assert torch.equal(placed[:, 0, border : border + 28, border : border + 28], torch.from_numpy(digits) / 255)
    assert placed.sum() == pytest.approx(digits.sum() / 255, rel=1e-4)


@pytest.mark.parametrize("shape", [(3, 28, 28), (3, 224, 224), (1, 20, 20), (1, 40, 64), (2, 96, 96)])
def test_other_digits_are_scaled_as_torch_scales_them(shape: tuple[int, int, int]) -> None:
    digits = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    mean, std = (0.5, 0.25, 0.1)[: shape[0]], (2.0, 4.0, 5.0)[: shape[0]]
    placed = Form(*shape, mean, std).place(digits)
    side = min(shape[1:])
    expected = torch.nn.functional.interpolate(digits, (side, side), mode="bilinear", antialias=True)
    left = (shape[2] - side) // 2
    for channel in range(shape[0]):
        values = placed[:, channel] * std[channel] + mean[channel]
        inside = values[:, :, left : left + side] * 255
        torch.testing.assert_close(inside, (expected[:, 0] * 255).round(), atol=1e-3, rtol=0)
        assert values.sum() == pytest.approx(float(inside.sum()) / 255, abs=1e-2)
