"""Weights that the person at the terminal names, also as `torch.save` writes them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from lenet.errors import InputError
from lenet.networks import checkpoint, weights_fit
from lenet.networks.models import build
from lenet.networks.weights_fit import MisfitError


def state() -> dict[str, Any]:
    return build("LeNet5", 5).state_dict()


def wrapped(how: str) -> Any:
    own = state()
    optimizer = torch.optim.Adam(build("LeNet5", 1).parameters()).state_dict()
    ways = {
        "plain": own,
        "state_dict": {"state_dict": own, "epoch": 3, "optimizer": optimizer},
        "model": {"model": own, "args": {"lr": 0.1, "names": ["a"]}},
        "module.": {f"module.{key}": value for key, value in own.items()},
        "_orig_mod.": {"state_dict": {f"_orig_mod.{key}": value for key, value in own.items()}},
        "half": {key: value.half() for key, value in own.items()},
        "double": {key: value.double() for key, value in own.items()},
    }
    return ways[how]


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("how", ["plain", "state_dict", "model", "module.", "_orig_mod.", "half", "double"])
def test_what_people_have_is_read(tmp_path: Path, how: str, zipped: bool) -> None:
    file = tmp_path / "w.pt"
    torch.save(wrapped(how), file, _use_new_zipfile_serialization=zipped)
    loaded = checkpoint.from_terminal("LeNet5", file)
    expected = {key: value.half().float() if how == "half" else value for key, value in state().items()}
    assert all(torch.equal(value, expected[key]) for key, value in loaded.model.state_dict().items())
    with pytest.raises(InputError, match="is a pickled file"):
        checkpoint.load("LeNet5", file)  # what doesn't come from the terminal


def test_safetensors_are_read_as_well(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    file.write_bytes(safetensors.torch.save(state()))
    loaded = checkpoint.from_terminal("LeNet5", file).model.state_dict()
    assert torch.equal(loaded["fc3.bias"], state()["fc3.bias"])


class Malicious:
    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.file}",)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_malicious_pickle_is_refused_and_runs_nothing(tmp_path: Path, zipped: bool) -> None:
    file, sprung = tmp_path / "w.pt", tmp_path / "sprung"
    torch.save({**state(), "bomb": Malicious(sprung)}, file, _use_new_zipfile_serialization=zipped)
    with pytest.raises(InputError, match=r"could run code \((posix|nt).system\). It was not read"):
        checkpoint.from_terminal("LeNet5", file)
    assert not sprung.exists()
    torch.load(file, weights_only=False)  # the trap works
    assert sprung.exists()


def test_a_whole_model_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    torch.save(build("LeNet5"), file)
    with pytest.raises(InputError, match=r"LeNet5\). It was not read. Save model.state_dict\(\)"):
        checkpoint.from_terminal("LeNet5", file)


def test_a_damaged_file_and_one_without_tensors_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "w.pt"
    torch.save([1, 2], file)
    with pytest.raises(InputError, match="no tensors by name: it holds a list"):
        checkpoint.from_terminal("LeNet5", file)
    torch.save(state(), file)
    file.write_bytes(file.read_bytes()[:4000])
    with pytest.raises(InputError, match=r"can't be read by torch.load|not a safetensors file"):
        checkpoint.from_terminal("LeNet5", file)


def test_a_misfit_lists_what_is_missing_not_needed_and_of_another_shape(tmp_path: Path) -> None:
    file, weights = tmp_path / "w.pt", state()
    del weights["conv1.bias"]
    weights |= {"extra": torch.zeros(2, 3), "fc3.weight": torch.zeros(5, 84)}
    torch.save({"model": weights}, file)
    with pytest.raises(MisfitError) as caught:
        checkpoint.from_terminal("LeNet5", file)
    assert [tuple(one) for one in caught.value.differences] == [
        ("conv1.bias", (6,), None),
        ("extra", None, (2, 3)),
        ("fc3.weight", (10, 84), (5, 84)),
    ]
    assert weights_fit.table(caught.value.differences).splitlines() == [
        "            in the network  in the file",
        "conv1.bias  6               missing",
        "extra       not needed      2×3",
        "fc3.weight  10×84           5×84",
    ]
