"""Tests of the accuracy dialog: it shows PyTorch's own predictions for MNIST's test digits by the current network."""

from __future__ import annotations

import numpy as np
import torch

from lenet.digits import mnist
from lenet.networks import ablation, checkpoint
from lenet.networks.ablation import Channel
from playground.text import text
from tests.playground.pages import clean, open_app, visitor

TEXT = text("test_digits")


def answers(model: torch.nn.Module) -> tuple[np.ndarray, np.ndarray]:
    digits = mnist.load("test")
    x = torch.from_numpy(np.pad(digits.images, ((0, 0), (2, 2), (2, 2))))[:, None].float() / 255
    with torch.no_grad():
        shares = torch.cat([model(part).softmax(1) for part in x.split(500)])
    return shares.numpy(), digits.labels


def test_it_shows_what_plain_pytorch_finds_also_with_a_channel_off() -> None:
    at = clean(open_app())
    assert visitor(at).evaluation is None
    at.button(key="test-digits").click()
    clean(at)
    for off in ((), (Channel("conv1", 3),)):
        if off:
            visitor(at).network.off = off
            at.button(key="test-digits").click()
            clean(at)
        shares, labels = answers(ablation.ablated(checkpoint.load("LeNet5"), off))
        called = shares.argmax(1)
        wrong = np.flatnonzero(called != labels)
        worst = wrong[np.argsort(-shares[wrong].max(1), kind="stable")][:3]
        said = " ".join(str(part.value) for part in at.markdown)
        assert f"**{100 * (1 - len(wrong) / 10_000):.2f} %**" in said
        assert f"{len(wrong):,} wrong" in said
        taken = {button.key for button in at.button if str(button.key).startswith("test-digits-take-")}
        assert taken == {f"test-digits-take-{index}" for index in worst}
        tables = [frame.value for frame in at.dataframe]
        confusion = tables[-2].to_numpy()[:, 1:]
        expected = np.zeros((10, 10), np.int64)
        np.add.at(expected, (labels, called), 1)
        assert np.array_equal(confusion.astype(np.int64), expected)
        shown = tables[-3].to_numpy()[0, 1:]
        assert [f"{100 * (called[labels == one] == one).mean():.2f}" for one in range(10)] == shown.tolist()
    first = int(worst[0])
    at.button(key=f"test-digits-take-{first}").click()
    clean(at)
    base = visitor(at).pad.base
    assert base is not None
    assert base.label == labels[first]
