"""The best device that is there, or the one that was asked for."""

from __future__ import annotations

import pytest
import torch

from lenet import device
from lenet.errors import InputError


def test_the_best_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for cuda, mps, best in ((True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda mps=mps: mps)
        assert device.choose() == torch.device(best)
        assert device.available()[0] == best
        assert device.available()[-1] == "cpu"


def test_a_named_device_is_taken() -> None:
    assert device.choose("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "mps", "meta", "cuda:7", "gpu", "", "cpu:x"])
def test_a_device_that_is_not_there_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: name == "cuda:7")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match="There is no device"):
        device.choose(name)
