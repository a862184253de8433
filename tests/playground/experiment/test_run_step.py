"""Tests of the Step page with the step that a training run took next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button
from torch.nn import functional as F

from lenet.record.experiment import MNIST, RUN
from lenet.scripts import page_scripts
from lenet.train import moment, run_folder
from lenet.train.events import Step
from lenet.train.settings import Training
from playground.experiment.settings import key
from playground.runs import server_runs
from playground.runs.runs import Runs
from playground.sidebar import MOMENT
from playground.text import text
from tests.lenet import run_script
from tests.playground.pages import clean, open_page, shown, visitor
from tests.playground.runs.kept_run import keep_run

TEXT = text("run_step")
ID = "a-run-of-16-char"
SETTINGS = Training(
    network="LightNet", optimizer="Adam", lr=0.004, weight_decay=0.02, batch=24, digits=72, hold_out=0, augment=True
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with one run of six steps, with checkpoints after 0, 1, 2, 3 and 6."""
    found = tmp_path_factory.mktemp("runs")
    keep_run(found, ID, SETTINGS)
    return found


@pytest.fixture(autouse=True)
def _server(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    runs = Runs(root)
    monkeypatch.setattr(server_runs, "_runs", runs)
    st.cache_resource.clear()
    yield
    runs.close()


def losses(root: Path) -> dict[int, float]:
    events = run_folder.events(root / ID)
    return {event["step"]: event["loss"] for event in events if event["event"] == Step.kind}


def opened(moment: int, page: str = "step", **more: str) -> AppTest:
    address = {"network": "LightNet", "weights": "run", "run": ID, "moment": str(moment), "input": "run"}
    setup = {"optimizer": "Adam", "lr": repr(SETTINGS.rate(moment + 1)), "weight_decay": "0.02"}
    return open_page(page, **(address | setup | more))


def words(at: AppTest) -> list[str]:
    return [item.value for item in at.markdown]


@pytest.mark.parametrize("page", ["step", "graph", "gradients"])
def test_a_link_opens_the_step_that_the_run_took(page: str, root: Path) -> None:
    at = opened(2, page)
    made = shown(at)
    assert made.losses[0] == losses(root)[3]
    assert made.iteration.inputs.shape == (24, 1, 32, 32)
    assert made.iteration.shown == 8
    assert TEXT["same"].format(step=3) in words(at)
    assert not at.warning
    assert not at.info


def test_the_digits_that_can_be_chosen_are_those_that_are_shown() -> None:
    at = opened(1)
    (choice,) = [one for one in at.get("button_group") if "8 of 24" in one.proto.label]
    assert len(choice.proto.options) == 8


def test_with_another_setting_it_is_not_the_run_s_step() -> None:
    at = opened(2, lr="0.5")
    assert shown(at).setup.lr == 0.5
    assert TEXT["other"].format(step=3) in words(at)
    at.text_input(key=key("lr")).set_value(repr(SETTINGS.rate(3)))
    clean(at)
    assert TEXT["same"].format(step=3) in words(at)


def test_further_steps_take_the_batches_and_rates_that_the_run_took_to_the_same_weights(root: Path) -> None:
    at = opened(2)
    run = losses(root)
    for number in range(2, 5):
        again(at).click()
        clean(at)
        made = shown(at)
        assert made.losses[:-1] == tuple(run[step] for step in range(3, 3 + number))
        assert made.setup.lr == SETTINGS.rate(2 + number)
        assert TEXT["further"].format(step=2 + number, first=3) in words(at)
        assert TEXT["no-script"] in [one.value for one in at.caption]
    assert again(at).disabled, "the run has no further step"
    after = shown(at).iteration.after
    assert after is not None
    for name, value in run_folder.load_model(root / ID, 6).named_parameters():
        assert np.array_equal(after.parameters[name].array, value.detach().numpy())
    assert np.array_equal(shown(at).batch.inputs, moment.later(root / ID, moment.of(root / ID, 2), 4)[0].inputs)


def test_further_steps_with_another_setting_are_not_the_run_s() -> None:
    at = opened(2, lr="0.5", steps="3")
    assert shown(at).setup.lr == 0.5
    assert TEXT["other"].format(step=5) in words(at)


def test_a_link_to_more_steps_than_the_run_has_says_so() -> None:
    at = opened(2, steps="9")
    assert any("was the last of this training" in item.value for item in at.info)


def again(at: AppTest) -> Button:
    return next(button for button in at.button if button.label == text("step")["again"])


def test_the_run_s_batch_comes_with_the_run_s_settings() -> None:
    at = opened(0, input=MNIST, optimizer="SGD", lr="0.5")
    server_runs.runs().find(ID).owner = visitor(at).owner  # who may choose another moment of it
    assert shown(at).setup.optimizer == "SGD"
    at.selectbox(key=key("input")).set_value(RUN)
    clean(at)
    setup = shown(at).setup
    assert (setup.optimizer, setup.lr, setup.weight_decay) == ("Adam", SETTINGS.rate(1), 0.02)
    assert TEXT["same"].format(step=1) in words(at)
    assert at.query_params["input"] in ("run", ["run"])
    at.sidebar.selectbox(key=MOMENT).set_value(3)
    clean(at)
    assert shown(at).setup.lr == SETTINGS.rate(4)
    assert TEXT["same"].format(step=4) in words(at)


def test_other_weights_and_the_last_moment_have_no_next_step(root: Path) -> None:
    at = opened(2)
    at.sidebar.selectbox(key="weights").set_value("shipped")
    clean(at)
    assert any("weights are not those of a run" in item.value for item in at.info)
    at = opened(6)
    assert any("was the last of this training" in item.value for item in at.info)
    at.selectbox(key=key("input")).set_value(MNIST)
    clean(at)
    assert shown(at).network.moment == 6
    assert not at.info


def test_a_step_that_the_run_has_not_written_down_is_what_it_would_do(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = replace(moment.of(root / ID, 1), digest="")
    monkeypatch.setattr("lenet.train.moment.of", lambda folder, step: found)
    assert TEXT["ahead"].format(step=2) in words(opened(1))


def test_the_train_page_opens_the_run_s_next_step_on_the_pages_that_show_one() -> None:
    at = open_page("train")
    visitor(at).train.run = ID
    at.session_state["run-timeline"] = {"moment": {"run": ID, "step": 2}}
    clean(at)
    at.button(key="open-step").click()
    at.session_state["run-timeline"] = {"moment": {"run": ID, "step": 2}}
    clean(at)
    assert visitor(at).settings.run_step == (ID, 2)
    assert TEXT["same"].format(step=3) in words(at)
    assert np.isfinite(shown(at).losses).all()


def test_the_script_takes_the_run_s_step(root: Path, tmp_path: Path) -> None:
    made = shown(opened(2))
    assert made.begin is not None
    assert made.begin.optimizer
    source = page_scripts.step(made.network.model, made.network.script, made.batch, made.experiment, True)
    file = run_folder.weights_file(root / ID, 2)
    for name, path in (
        ("LightNet-2.safetensors", file),
        ("optimizer.safetensors", file.with_name(run_folder.OPTIMIZER)),
    ):
        assert source.count(name) == 1
        source = source.replace(name, str(path))
    lines = run_script.run(source, tmp_path)
    outcomes = made.iteration.outcome_before, made.iteration.outcome_after
    losses = [f"{outcome.loss:.6g}" for outcome in outcomes if outcome is not None]
    assert [line.split()[-1] for line in lines[-2:]] == losses


def test_with_a_channel_switched_off_it_is_not_the_run_s_step(root: Path) -> None:
    at = opened(2, off="conv1.0,conv1.1,conv1.2")
    made = shown(at)
    assert made.iteration.failure is None
    with torch.inference_mode():
        out = made.network.model(torch.from_numpy(made.batch.inputs.copy()))
    assert made.losses[0] == float(F.cross_entropy(out, torch.tensor(made.batch.labels)))
    assert made.losses[0] != losses(root)[3]
    assert TEXT["other"].format(step=3) in words(at)


def test_a_deleted_run_is_said(root: Path) -> None:
    at = open_page("step", network="LightNet", weights="run", run="another-run-1234", moment="2", input="run")
    assert at.sidebar.warning
    assert any("weights are not those of a run" in item.value for item in at.info)
