"""The weights of the project: their recipes, and the script that makes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lenet.digits import mnist
from lenet.networks import checkpoint
from lenet.networks.models import MODELS
from lenet.train import evaluate, ship
from lenet.train.presets import RECIPES

STROKES = {"label": 1, "strokes": [[[0.5, 0.1], [0.5, 0.9]]]}


@pytest.mark.parametrize("name", list(MODELS))
def test_the_shipped_weights_were_trained_by_the_recipe_that_the_preset_takes(name: str) -> None:
    recipe = json.loads(json.dumps(ship.recipe(RECIPES[name])))
    assert checkpoint.card(name)["recipe"] == recipe


def test_every_network_has_a_recipe() -> None:
    assert RECIPES.keys() == MODELS.keys()
    assert all(settings.network == name for name, settings in RECIPES.items())


def test_weights_and_a_card_are_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.jsonl").write_text(json.dumps(STROKES))
    small = ["--digits", "200", "--handwriting", "40", "--epochs", "1", "--device", "cpu"]
    strokes = ["--strokes", str(tmp_path / "mine.jsonl")]
    assert ship.main(["--model", "LightNet", "--seed", "4", "5", "--out", str(tmp_path), *strokes, *small]) == 0
    weights = tmp_path / "LightNet.safetensors"
    card = checkpoint.card("LightNet", weights)
    assert (card["seeds"], card["shipped_seed"], card["epochs"], card["parameters"]) == ([4, 5], 4, 1, 81_194)
    assert card.keys() == checkpoint.card("LightNet").keys()
    for data in ("mnist-test", "mine.jsonl"):
        reached = card["accuracy"][data]
        assert reached["mean"] == pytest.approx((reached["4"] + reached["5"]) / 2)
    # The saved weights are those of the first seed.
    again = evaluate.evaluate(checkpoint.load("LightNet", weights), mnist.load("test")).accuracy
    assert again == pytest.approx(card["accuracy"]["mnist-test"]["4"], abs=2e-4)


def test_a_recipe_is_chosen_without_the_test_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mnist.load

    def load(split: mnist.Split) -> mnist.Digits:
        assert split == "train"
        return real(split)

    monkeypatch.setattr(mnist, "load", load)
    small = ["--digits", "200", "--handwriting", "0", "--epochs", "1", "--out", str(tmp_path), "--device", "cpu"]
    assert ship.main(["--model", "LeNet5", "--hold-out", "100", *small]) == 0
    card = checkpoint.card("LeNet5", tmp_path / "LeNet5.safetensors")
    assert card["digits"] == {"held-out": 100}


def test_a_bad_argument_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ship.main(["--model", "LeNet5", "--digits", "70000", "--out", str(tmp_path)]) == 2
    assert "70000 can't be digits" in capsys.readouterr().err
