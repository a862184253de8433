"""Weights and cards: what is written comes back, and everything else is refused in words."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from lenet.digits import mnist
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.networks import checkpoint
from lenet.networks.models import MODELS, build
from lenet.train import evaluate


def state(name: str = "LeNet5") -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in build(name, 0).state_dict().items()}


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    model = build("LightNet", 3)
    file = tmp_path / "new folder" / "mine.safetensors"
    written = checkpoint.save(model, file, {"model": "LightNet", "seeds": [3]})
    loaded = checkpoint.load("LightNet", file)
    assert not loaded.training
    for key, value in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert checkpoint.card("LightNet", file) == written == {"model": "LightNet", "seeds": [3], "sha256": digest}
    assert sorted(path.name for path in file.parent.iterdir()) == ["mine.json", "mine.safetensors"]


@pytest.mark.parametrize("name", list(MODELS))
def test_the_shipped_weights_reach_what_their_card_says(name: str) -> None:
    card = checkpoint.card(name)
    assert card["model"] == name
    assert card["parameters"] == sum(p.numel() for p in build(name).parameters())
    said = card["accuracy"]["mnist-test"][str(card["shipped_seed"])]
    digits = mnist.load("test")
    found = evaluate.evaluate(checkpoint.load(name), Digits(digits.images[::5], digits.labels[::5]))
    assert found.accuracy >= 0.985
    assert abs(found.accuracy - said) < 0.005


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("name", list(MODELS))
def test_one_flipped_bit_in_the_shipped_weights_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.load(name)
    whole = checkpoint.path_of(name).read_bytes()
    assert checkpoint.card(name)["sha256"] == hashlib.sha256(whole).hexdigest()
    shutil.copytree(checkpoint.SHIPPED, tmp_path / "weights")
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path / "weights")
    # The lowest bit of some parameter: without a digest the file would be as good as any.
    checkpoint.path_of(name).write_bytes(flip(whole, 8 * (len(whole) - 400)))
    with pytest.raises(InputError, match=rf"{name}\.safetensors are not those .* Copy the file"):
        checkpoint.load(name)
    checkpoint.from_bytes(name, checkpoint.path_of(name).read_bytes(), "a visitor's file")


def test_trained_weights_are_checked_and_those_without_a_card_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    checkpoint.save(build("LeNet5", 1), file, {"model": "LeNet5"})
    other = safetensors.torch.save(state())
    file.write_bytes(other)
    with pytest.raises(InputError, match=r"remove its card mine\.json"):
        checkpoint.load("LeNet5", file)
    for content in (None, "{}", "[]", "{"):
        file.with_suffix(".json").unlink(missing_ok=True)
        if content is not None:
            file.with_suffix(".json").write_text(content)
        assert torch.equal(checkpoint.load("LeNet5", file).state_dict()["fc3.bias"], state()["fc3.bias"])


def test_unpickling_never_happens(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (pytest.fail, ("unpickled",))

    file = tmp_path / "bomb.safetensors"
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        file.write_bytes(pickle.dumps(Bomb(), protocol))
        with pytest.raises(InputError, match="is a pickled file" if protocol > 1 else "not a safetensors file"):
            checkpoint.load("LeNet5", file)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickled_file_is_refused_with_the_lines_that_convert_it(tmp_path: Path, zipped: bool) -> None:
    file = tmp_path / "it's mine.pt"
    torch.save(state(), file, _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputError, match=r"is a pickled file.*import torch, safetensors\.torch; safetensors"):
        checkpoint.load("LeNet5", file)
    lines = "\n".join(checkpoint.conversion(file.name))
    subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, check=True)
    same(checkpoint.load("LeNet5", file.with_suffix(".safetensors")))


def test_an_archive_of_something_else_is_not_called_pickled(tmp_path: Path) -> None:
    file = tmp_path / "arrays.npz"
    np.savez(file, weight=np.zeros(3))
    with pytest.raises(InputError, match="not a safetensors file"):
        checkpoint.load("LeNet5", file)


@pytest.mark.parametrize("content", [b"", b"\x00" * 8, b"\xff" * 64, b"junk" * 1000, b"\x10" + b"\x00" * 7 + b"{" * 16])
def test_junk_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "junk.safetensors"
    file.write_bytes(content)
    with pytest.raises(InputError, match="not a safetensors file"):
        checkpoint.load("LeNet5", file)


@pytest.mark.parametrize("part", [0.001, 0.5, 0.999])
def test_a_truncated_file_is_refused(tmp_path: Path, part: float) -> None:
    whole = safetensors.torch.save(state())
    file = tmp_path / "cut.safetensors"
    file.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(InputError, match="cut off"):
        checkpoint.load("LeNet5", file)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        checkpoint.load("LeNet5", tmp_path / "nothing.safetensors")
    with pytest.raises(InputError, match="can't be read"):
        checkpoint.load("LeNet5", tmp_path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "huge.safetensors"
    with file.open("wb") as stream:
        stream.truncate(checkpoint.MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than 64 MB"):
        checkpoint.load("LeNet5", file)


def refuse(tmp_path: Path, weights: dict[str, torch.Tensor], match: str, name: str = "LeNet5") -> None:
    file = tmp_path / "odd.safetensors"
    file.write_bytes(safetensors.torch.save(weights))
    with pytest.raises(InputError, match=match):
        checkpoint.load(name, file)


def renamed(prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + key: value for key, value in state().items()}


def same(model: torch.nn.Module) -> None:
    for key, value in state().items():
        assert torch.equal(model.state_dict()[key], value)


def take(weights: dict[str, torch.Tensor]) -> checkpoint.Loaded:
    return checkpoint.from_bytes("LeNet5", safetensors.torch.save(weights), "mine.safetensors")


@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "model.", "module._orig_mod.", "_orig_mod.module.", "state_dict.model.", "lenet.net."],
)
def test_prefixes_are_removed(prefix: str) -> None:
    loaded = take(renamed(prefix))
    same(loaded.model)
    assert loaded.names == {key: prefix + key for key in state()}
    assert loaded.converted == ()


def test_what_wrappers_put_inside_names_is_removed() -> None:
    wrapped = {
        key.replace("conv1.", "conv1._orig_mod.").replace("fc1.", "fc1.module."): v for key, v in state().items()
    }
    loaded = take(wrapped)
    same(loaded.model)
    assert loaded.names["conv1.bias"] == "conv1._orig_mod.bias"
    assert loaded.names["fc3.bias"] == "fc3.bias"


def test_what_pytorch_wraps_is_taken() -> None:
    parallel, compiled = build("LeNet5", 0), build("LeNet5", 0)
    same(take(dict(torch.nn.DataParallel(parallel).state_dict())).model)
    same(take(dict(torch.compile(compiled, backend="eager").state_dict())).model)


def test_entries_beside_those_of_the_prefix_are_left() -> None:
    beside = {"optimizer.state.0.exp_avg": torch.zeros(6, 1, 5, 5), "epoch": torch.tensor(3)}
    same(take(renamed("model.") | beside).model)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_converted(dtype: torch.dtype) -> None:
    loaded = take({key: value.to(dtype) for key, value in state().items()})
    assert loaded.converted == (str(dtype).removeprefix("torch."),)
    for key, value in state().items():
        assert torch.equal(loaded.model.state_dict()[key], value.to(dtype).float())


def test_mixed_precisions_are_all_named() -> None:
    weights = state()
    weights["fc1.weight"], weights["fc2.bias"] = weights["fc1.weight"].half(), weights["fc2.bias"].double()
    assert take(weights).converted == ("float16", "float64")


@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize("other", list(MODELS))
@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_weights_of_another_network_are_named(tmp_path: Path, name: str, other: str, prefix: str) -> None:
    weights = {prefix + key: value for key, value in state(other).items()}
    if name == other:
        checkpoint.from_bytes(name, safetensors.torch.save(weights), "mine")
    else:
        refuse(tmp_path, weights, rf"are those of {other}, not of {name}\. Choose {other}", name)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    refuse(tmp_path, {}, "the network has conv1.weight, conv1.bias, conv2.weight and 7 more, and the file has not")
    refuse(tmp_path, state() | {"more": torch.zeros(1)}, "the file has more, and the network has not")
    weights = state()
    del weights["fc3.bias"]
    refuse(tmp_path, weights, r"the network has fc3\.bias, and the file has not\.$")
    weights["fc4.bias"] = torch.zeros(10)
    refuse(tmp_path, weights, r"the network has fc3\.bias, and the file has not; the file has fc4\.bias, and the")
    prefixed = renamed("model.")
    del prefixed["model.fc3.bias"]
    refuse(tmp_path, prefixed, r"the network has model\.fc3\.bias, and the file has not")
    refuse(tmp_path, renamed("model.") | renamed("ema."), r"more than once, under ema\., model\.")
    refuse(
        tmp_path, state() | {"module.fc3.bias": torch.zeros(10)}, r"more than once, under fc3\.bias, module\.fc3\.bias"
    )
    refuse(
        tmp_path, state() | {"fc1.weight": torch.zeros(120, 576)}, r"fc1\.weight is 120×576 in the file and 120×400 in"
    )
    refuse(
        tmp_path, {f"layers.{key}": torch.zeros(2) for key in "abcde"}, r"layers\.a, layers\.b, layers\.c and 2 more"
    )


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool, torch.float8_e4m3fn, torch.complex64])
def test_other_types_of_numbers_are_refused(tmp_path: Path, dtype: torch.dtype) -> None:
    weights = {key: value.to(dtype) for key, value in state().items()}
    refuse(tmp_path, weights, f"hold {str(dtype).removeprefix('torch.')} numbers in conv1.weight")


def test_the_message_is_the_same_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    messages = set()
    for order in (sorted(state("DigitCNN")), sorted(state("DigitCNN"), reverse=True)):
        odd = {f"x{key}": state("DigitCNN")[key] for key in order}
        with pytest.raises(InputError) as caught:
            take(odd)
        messages.add(str(caught.value))
    assert len(messages) == 1


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    weights = state()
    weights["fc2.bias"][5] = value
    refuse(tmp_path, weights, r"a number in fc2\.bias that is infinite, NaN or too large")


def test_a_double_beyond_float32_is_refused(tmp_path: Path) -> None:
    weights = {key: value.double() for key, value in state().items()}
    weights["fc2.bias"][5] = 1e300
    refuse(tmp_path, weights, r"a number in fc2\.bias that is infinite, NaN or too large")


def test_an_unknown_network_is_refused() -> None:
    with pytest.raises(InputError, match="There is no network"):
        checkpoint.load("../LeNet5")


def test_cards(tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    assert checkpoint.card("LeNet5", file) == {}
    for content in ("{", "[1, 2]", "\udcff"):
        file.with_suffix(".json").write_text(content, "utf-8", errors="surrogateescape")
        with pytest.raises(InputError, match="The card"):
            checkpoint.card("LeNet5", file)
    for name in MODELS:
        text = checkpoint.path_of(name).with_suffix(".json").read_text("utf-8")
        assert json.loads(text) == checkpoint.card(name)


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        checkpoint.save(build("LeNet5"), tmp_path / "file" / "mine.safetensors", {})
