"""Weights and cards: what is written comes back, and everything else is refused in words."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch

from lenet import checkpoint, evaluate, mnist
from lenet.errors import InputError
from lenet.mnist import Digits
from lenet.models import MODELS, build


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
    file.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(InputError, match="not a safetensors file"):
        checkpoint.load("LeNet5", file)
    torch.save(state(), file)
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


def refuse(tmp_path: Path, weights: dict[str, torch.Tensor], match: str) -> None:
    file = tmp_path / "odd.safetensors"
    file.write_bytes(safetensors.torch.save(weights))
    with pytest.raises(InputError, match=match):
        checkpoint.load("LeNet5", file)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    refuse(tmp_path, state("DigitCNN"), "don't fit LeNet5: ")
    refuse(tmp_path, state("LightNet"), r"don't fit LeNet5: .*weight is .* of float32 and not .* of float32")
    refuse(tmp_path, {}, "don't fit LeNet5: 'conv1.bias' is in only one of the two")
    refuse(tmp_path, state() | {"more": torch.zeros(1)}, "'more' is in only one")
    weights = state()
    del weights["fc3.bias"]
    refuse(tmp_path, weights, "'fc3.bias' is in only one")
    for dtype in (torch.float16, torch.bfloat16, torch.float64, torch.int64):
        weights = {key: value.to(dtype) for key, value in state().items()}
        refuse(tmp_path, weights, "float32")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    weights = state()
    weights["fc2.bias"][5] = value
    refuse(tmp_path, weights, r"not finite, in fc2\.bias")


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
