"""Tests of the Train page without a browser: its settings, a run from its start to its end, and what can go wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lenet.digits import batch, mnist
from lenet.networks import checkpoint, forward
from lenet.train import evaluate, run_archive, run_folder
from lenet.train.events import Failed, Finished
from lenet.train.presets import PRESETS
from lenet.train.settings import Training
from playground.runs.runs import Run
from playground.text import text
from playground.train.settings_panel import key
from tests.playground.pages import clean, components, in_use, open_page, visitor
from tests.playground.runs.stand_in import Server

TEXT, SIDEBAR = text("train"), text("sidebar")
SMALL = {"train_digits": "64", "train_hold_out": "16", "train_batch": "16", "train_epochs": "1"}


def click(at: AppTest, button: str) -> AppTest:
    at.button(key=button).click()
    return clean(at)


def warnings(at: AppTest) -> str:
    return " ".join(one.value for one in at.warning)


def parameter(at: AppTest, name: str) -> str:
    """Value of the address; a list of one after the page has set it, depending on how."""
    found = at.query_params[name]
    return found if isinstance(found, str) else found[0]


def shown_run(at: AppTest, server: Server) -> Run:
    return server.runs.find(parameter(at, "show"))


def started(server: Server, **query: str) -> AppTest:
    """Page whose visitor has started a small run."""
    at = click(open_page("train", **SMALL, **query), "train-start")
    server.processes[-1].start()
    return clean(at)


def ended(server: Server, **query: str) -> AppTest:
    """Page of a small run that has trained to its end."""
    at = started(server, **query)
    server.processes[-1].train()
    return clean(at)


def training_view(at: AppTest) -> dict[str, object]:
    (found,) = components(at, "training_view")
    return found


def test_a_newcomer_finds_the_fast_preset_and_no_run(server: Server) -> None:
    at = open_page("train")
    assert visitor(at).train.settings == PRESETS["fast"]
    assert at.info[0].value == TEXT["no-run"]
    assert not list(components(at, "training_view"))
    assert not at.warning
    assert server.runs.of(visitor(at).owner) == []


@pytest.mark.parametrize("name", ["fast", "notes"])
def test_a_preset_sets_the_network_too(name: str, server: Server) -> None:
    at = click(open_page("train", network="LightNet", train_lr="0.1"), f"preset-train-{name}")
    assert visitor(at).train.settings == PRESETS[name]
    assert in_use(at).name == PRESETS[name].network
    assert parameter(at, "train_lr") == f"{PRESETS[name].lr:g}"


def test_every_setting_is_in_the_address_and_comes_back(server: Server) -> None:
    at = open_page("train")
    at.text_input(key=key("lr")).input("1e-3")
    at.text_input(key=key("weight_decay")).input("0,01")
    at.text_input(key=key("stop_at")).input("98.5")
    at.selectbox(key=key("weights")).select("shipped")
    at.selectbox(key=key("loss")).select("mse")
    at.selectbox(key=key("optimizer")).select("SGD")
    at.selectbox(key=key("schedule")).select("cosine")
    at.toggle(key=key("augment")).set_value(True)
    for name, value in {"batch": 32, "epochs": 3, "digits": 100, "hold_out": 50, "handwritten": 4, "seed": 5}.items():
        at.number_input(key=key(name)).set_value(value)
    clean(at)
    chosen = visitor(at).train.settings
    assert (chosen.lr, chosen.weight_decay, chosen.stop_at, chosen.loss) == (0.001, 0.01, 0.985, "mse")
    assert (chosen.batch, chosen.epochs, chosen.digits, chosen.hold_out, chosen.seed) == (32, 3, 100, 50, 5)
    assert (chosen.augment, chosen.handwritten, chosen.schedule, chosen.weights.source) == (
        True,
        4,
        "cosine",
        "shipped",
    )
    again = open_page("train", **{name: parameter(at, name) for name in at.query_params})
    assert visitor(again).train.settings == chosen
    assert not again.warning


def test_what_an_address_has_wrong_is_named_and_the_rest_is_used(server: Server) -> None:
    at = open_page("train", train_lr="abc", train_batch="0", train_epochs="7", show="A" * 16)
    said = warnings(at)
    for part in (TEXT["lr"], TEXT["batch"], "no such training run"):
        assert part in said
    assert visitor(at).train.settings.epochs == 7
    assert "show" not in at.query_params


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("lr", "fast", "is not a number"),
        ("lr", "", "is not a number"),
        ("lr", "-1", "is not a number"),
        ("weight_decay", "2", "can't be weight_decay"),
        ("stop_at", "150", "can't be stop_at"),
    ],
)
def test_a_value_that_cannot_be_is_said_and_starts_nothing(name: str, typed: str, words: str, server: Server) -> None:
    at = open_page("train")
    at.text_input(key=key(name)).input(typed)
    click(at, "train-start")
    assert words in warnings(at)
    assert server.processes == []


def test_more_digits_than_there_are_start_nothing(server: Server) -> None:
    at = open_page("train")
    at.number_input(key=key("digits")).set_value(60_000)
    click(at, "train-start")
    assert "more than the" in warnings(at)
    assert server.processes == []


def test_a_run_starts_with_the_settings_on_the_page(server: Server) -> None:
    at = started(server, network="LightNet", train_seed="3")
    assert shown_run(at, server).settings == Training(
        network="LightNet", digits=64, hold_out=16, batch=16, epochs=1, seed=3
    )
    view = training_view(at)
    assert (view["run"], view["total"], view["controls"]) == (parameter(at, "show"), 4, True)
    assert "digit" in server.processes[0].commands, "the digit on the pad, to be watched"
    assert at.selectbox(key="run-chosen").options == ["#1 LightNet, AdamW 0.004"]
    assert not list(components(at, "run_timeline")), "there is no checkpoint yet"


def test_a_second_run_at_once_is_refused(server: Server) -> None:
    at = click(started(server), "train-start")
    assert "one network at" in warnings(at)
    assert len(server.processes) == 1


def test_a_refused_run_leaves_no_file_of_weights(server: Server, tmp_path: Path) -> None:
    at = started(server)
    at.selectbox(key=key("weights")).select("file")
    click(at, "train-start")
    assert "one network at" in warnings(at)
    assert list(tmp_path.glob("starts/*")) == []


def test_a_run_starts_from_the_network_in_use(server: Server) -> None:
    at = open_page("train", weights="random", seed="4", **SMALL)
    at.selectbox(key=key("weights")).select("file")
    click(at, "train-start")
    server.processes[0].start()
    server.processes[0].train()
    run = shown_run(clean(at), server)
    first = run_folder.load_model(run.folder, 0).state_dict()
    for name, value in in_use(at).model.state_dict().items():
        assert np.array_equal(first[name].numpy(), value.numpy())


def test_at_its_end_a_run_has_a_timeline_its_accuracy_and_its_files(server: Server) -> None:
    at = ended(server)
    run = shown_run(at, server)
    assert not run.active
    (timeline,) = components(at, "run_timeline")
    assert timeline["steps"] == [0, 1, 2, 4]
    assert timeline["at"] == 4
    model = run_folder.load_model(run.folder, 4)
    found = evaluate.evaluate(model, mnist.load("test"))
    assert f"{100 * found.accuracy:.2f} %" in " ".join(one.value for one in at.markdown)
    (view,) = components(at, "network_view")
    passed = forward.run(model, batch.of_mnist([0], 32).inputs[0])
    watch = training_view(at)["watch"]
    assert isinstance(watch, dict)
    assert watch["probabilities"] == pytest.approx(passed.probabilities.tolist(), rel=1e-5)
    assert view["revision"] == timeline["revision"]
    names = [TEXT[f"download-{kind}"] for kind in ("weights", "card", "script", "run")]
    assert [one.label for one in at.get("download_button")] == names


def test_a_run_of_an_earlier_server_shows_its_last_checkpoint(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = ended(server)
    run = shown_run(at, server)
    monkeypatch.setattr("playground.runs.server_runs._runs", Server(tmp_path).runs)
    again = open_page("train", show=run.id)
    watch = training_view(again)["watch"]
    assert isinstance(watch, dict)
    assert [layer["name"] for layer in watch["layers"]] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    assert watch["digits"] == 16
    assert watch["kernels"]["shape"] == [6, 1, 5, 5]


def test_somebody_else_sees_a_run_and_cannot_control_it(server: Server) -> None:
    run = shown_run(ended(server), server)
    theirs = open_page("train", show=run.id)
    assert training_view(theirs)["controls"] is False
    assert not [one for one in theirs.text_input if one.label == TEXT["name"]]
    assert list(components(theirs, "run_timeline"))


def test_a_moment_opens_on_another_page(server: Server) -> None:
    at = ended(server)
    at.session_state["run-timeline"] = {"moment": {"run": parameter(at, "show"), "step": 2}}
    click(at, "open-filters")
    network = in_use(at)
    assert (network.weights, network.run, network.moment) == ("run", parameter(at, "run"), 2)
    assert parameter(at, "moment") == "2"


@pytest.mark.parametrize("moment", [None, 5, {"run": "x", "step": 1}, {"run": 1}, {"step": "2"}])
def test_a_moment_that_is_none_is_ignored(moment: object, server: Server) -> None:
    at = ended(server)
    at.session_state["run-timeline"] = {"moment": moment}
    (timeline,) = components(clean(at), "run_timeline")
    assert timeline["at"] == 4


def test_two_runs_are_compared(server: Server) -> None:
    at = ended(server)
    at.text_input(key=key("lr")).input("0.02")
    at.number_input(key=key("weights_seed")).set_value(7)
    click(at, "train-start")
    server.processes[-1].start()
    server.processes[-1].train()
    first, second = reversed(server.runs.of(visitor(at).owner))
    clean(at).selectbox(key="run-other").select(first.id)
    view = training_view(clean(at))
    assert (view["run"], view["other"]) == (second.id, first.title)
    passed = forward.run(run_folder.load_model(first.folder, 4), batch.of_mnist([0], 32).inputs[0])
    assert view["other_answer"] == pytest.approx(passed.probabilities.tolist(), rel=1e-5)
    table = at.dataframe[0].value
    assert table[TEXT["setting"]].tolist() == [TEXT[name] for name in ("weights_seed", "lr", "steps", "right")]
    assert table.iloc[:3, 1].tolist() == ["7", "0.02", "4"]

    at.session_state["other-run-timeline"] = {"moment": {"run": first.id, "step": 2}}
    clean(at)
    assert [(one["run"], one["at"]) for one in components(at, "run_timeline")] == [(second.id, 4), (first.id, 2)]
    for view, run, step in zip(components(at, "network_view"), (second, first), (4, 2), strict=True):
        passed = forward.run(run_folder.load_model(run.folder, step), batch.of_mnist([0], 32).inputs[0])
        assert view["probabilities"] == passed.probabilities.tobytes()
        assert view["group"] == "runs"
    click(at, "other-open-filters")
    assert (in_use(at).run, in_use(at).moment) == (first.id, 2)


def test_runs_of_different_networks_have_colour_scales_of_their_own(server: Server) -> None:
    at = ended(server)
    first = shown_run(at, server)
    at.selectbox(key="network").select("DigitCNN")
    click(clean(at), "train-start")
    server.processes[-1].start()
    server.processes[-1].train()
    clean(at).selectbox(key="run-other").select(first.id)
    clean(at)
    assert [view["group"] for view in components(at, "network_view")] == [None, None]
    assert TEXT["side-by-side-networks"] in [one.value for one in at.caption]


def test_a_name_is_taken_and_a_deleted_run_is_gone(server: Server) -> None:
    at = ended(server)
    run = shown_run(at, server)
    at.text_input(key=f"name-{run.id}").input("mine")
    clean(at)
    assert at.selectbox(key="run-chosen").options == ["mine"]
    click(at, f"delete-{run.id}")
    assert not run.folder.exists()
    assert at.info[0].value == TEXT["no-run"]
    assert "show" not in at.query_params


def test_a_name_that_cannot_be_written_is_said(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    at = ended(server)
    run = shown_run(at, server)
    monkeypatch.setattr(run, "folder", tmp_path / "gone")
    at.text_input(key=f"name-{run.id}").input("mine")
    at.run()
    assert "can't be written" in warnings(at)


def test_a_failed_run_says_why(server: Server) -> None:
    at = started(server)
    values = {"at": 3, "layer": "fc2", "gradient_at": 2, "kept": 1}
    server.processes[0].heard(Failed(2, 0.1, "training-diverged", values).to_json())
    server.processes[0].ended(0, "")
    view = training_view(clean(at))
    assert "stopped at step 3" in str(view["reason"])
    assert "fc2" in str(view["reason"])
    assert view["numbers"]["resumable"] is False  # type: ignore[index]


def test_a_killed_process_is_said_with_its_last_words(server: Server) -> None:
    at = started(server)
    server.processes[0].ended(-9, "Killed")
    view = training_view(clean(at))
    assert "Killed" in str(view["reason"])
    assert view["numbers"]["resumable"] is True  # type: ignore[index]


def test_the_sidebar_offers_the_runs_of_its_network(server: Server) -> None:
    run = shown_run(ended(server), server)
    at = open_page("filters")
    owner = visitor(at).owner
    run.owner = owner
    at.selectbox(key="weights").select("run")
    clean(at)
    assert (in_use(at).run, in_use(at).moment) == (run.id, 4)
    at.selectbox(key="run-moment").select(1)
    clean(at)
    assert (in_use(at).moment, parameter(at, "moment")) == (1, "1")
    at.selectbox(key="network").select("LightNet")
    clean(at)
    assert at.sidebar.info[0].value == SIDEBAR["run-none"]
    assert in_use(at).weights == "shipped"


def test_a_link_opens_the_moment_of_somebody_elses_run(server: Server) -> None:
    run = shown_run(ended(server), server)
    at = open_page("filters", weights="run", run=run.id, moment="2")
    assert (in_use(at).run, in_use(at).moment) == (run.id, 2)
    model = run_folder.load_model(run.folder, 2)
    assert np.array_equal(in_use(at).model.state_dict()["fc3.bias"].numpy(), model.state_dict()["fc3.bias"].numpy())


@pytest.mark.parametrize("moment", ["3", "99"])
def test_a_link_to_a_moment_that_is_not_there_says_so_and_shows_the_included_weights(
    moment: str, server: Server
) -> None:
    run = shown_run(ended(server), server)
    at = open_page("filters", weights="run", run=run.id, moment=moment)
    assert at.sidebar.warning[0].value == SIDEBAR["run-lost"]
    assert in_use(at).weights == "shipped"
    shipped = checkpoint.load("LeNet5").state_dict()["fc3.bias"]
    assert np.array_equal(in_use(at).model.state_dict()["fc3.bias"].numpy(), shipped.numpy())


def test_a_link_to_a_deleted_run_says_so_until_another_is_chosen(server: Server) -> None:
    gone = shown_run(ended(server), server)
    server.runs.delete(gone)
    kept = shown_run(ended(server), server)
    at = open_page("filters", weights="run", run=gone.id, moment="2")
    kept.owner = visitor(at).owner
    clean(at)
    assert at.sidebar.warning[0].value == SIDEBAR["run-lost"]
    assert in_use(at).weights == "shipped"
    at.selectbox(key="run-choice").select(kept.id)
    clean(at)
    assert not at.sidebar.warning
    assert (in_use(at).run, in_use(at).moment) == (kept.id, 4)


def upload(at: AppTest, content: bytes) -> AppTest:
    """Page after a file was given to the field for runs."""
    field = next(one for one in at.get("file_uploader") if one.label == TEXT["upload"])
    field.upload("mine.zip", content)
    return clean(at)


def test_an_uploaded_run_is_a_run_like_any_other(server: Server) -> None:
    at = ended(server)
    content = run_archive.write(shown_run(at, server).folder)
    upload(at, content)
    run = shown_run(at, server)
    assert len(server.runs.of(visitor(at).owner)) == 2
    assert training_view(at)["controls"] is True
    (timeline,) = components(at, "run_timeline")
    assert (timeline["run"], timeline["steps"]) == (run.id, [0, 1, 2, 4])
    assert at.selectbox(key="run-other").options == ["#1 LeNet5, AdamW 0.004"]
    at.session_state["run-timeline"] = {"moment": {"run": run.id, "step": 2}}
    click(at, "open-filters")
    assert (in_use(at).run, in_use(at).moment) == (run.id, 2)
    assert at.sidebar.selectbox(key="run-choice").value == run.id


def test_an_uploaded_run_that_was_stopped_goes_on_to_the_same_weights(server: Server) -> None:
    at = ended(server)
    whole = shown_run(at, server)
    stopped = replace(whole.settings, max_steps=2)
    run = server.runs.start("somebody", stopped)
    server.processes[-1].train()
    run_folder.change(run.folder, whole.settings)
    run_folder.cut(run.folder, 2)
    events = [event for event in run_folder.events(run.folder) if event["event"] != "finished"]
    lines = [*events, Finished(2, 0.1, "stopped").to_json()]
    run_folder.write(run.folder / run_folder.EVENTS, b"".join(json.dumps(one).encode() + b"\n" for one in lines))
    upload(at, run_archive.write(run.folder))
    back = shown_run(at, server)
    assert back.resumable
    at.session_state["training-view"] = {"command": "go_on"}
    clean(at)
    assert back.active
    server.processes[-1].train()
    ended_weights = [run_folder.load_model(one.folder, 4).state_dict() for one in (whole, back)]
    for name, value in ended_weights[0].items():
        assert np.array_equal(value.numpy(), ended_weights[1][name].numpy())


def test_a_newcomer_can_upload_a_run(server: Server) -> None:
    content = run_archive.write(shown_run(ended(server), server).folder)
    at = upload(open_page("train"), content)
    assert [run.id for run in server.runs.of(visitor(at).owner)] == [parameter(at, "show")]


def test_a_file_that_is_no_run_is_said_once(server: Server) -> None:
    at = upload(ended(server), b"no zip file")
    assert "mine.zip can't be read as a run" in warnings(at)
    assert len(server.runs.of(visitor(at).owner)) == 1
    assert not warnings(clean(at))
