"""Tests of the Step page without a browser: it records, describes its record, and survives any input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch.nn import functional as F

from lenet.digits import mnist
from lenet.errors import InputError
from lenet.explain import mode_gap, timeline
from lenet.networks import checkpoint, models
from lenet.record import presets
from lenet.record.experiment import MNIST, PAD, SHARED
from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from playground.experiment import link, preset_buttons
from playground.experiment.settings import key
from playground.experiment.step_line import step_line
from playground.markdown import literal
from playground.number_words import distinct, number
from playground.text import text
from tests.playground.pages import clean, open_app, open_page, shown, visitor

TEXT = text("step")
TEXT_OF_BAR = text("iteration_bar")


def click(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return clean(at)


def rest_at(at: AppTest, stop: int) -> AppTest:
    """Send the stop at which the visitor rests, counted from 0, as the browser does."""
    at.session_state["player"] = {"at": {"revision": shown(at).revision, "stop": stop}}
    return clean(at)


def draw_and_come_back(at: AppTest) -> None:
    """Draw a stroke on the Draw page and go to the Step page again."""
    at.switch_page("draw/page.py")
    clean(at)
    stroke = {"tool": "pen", "width": 0.09, "points": [0.5, 0.2, 0.5, 0.8]}
    at.session_state["pad"] = {"drawing": {"revision": 3, "base": None, "strokes": [stroke]}}
    clean(at)
    at.switch_page("step/page.py")
    clean(at)


def phase(at: AppTest, name: str) -> int:
    return next(place for place, stop in enumerate(timeline.stops(shown(at).iteration)) if stop.phase == name)


@pytest.mark.parametrize("network", list(models.MODELS))
def test_it_opens_with_a_recorded_step_of_a_digit_that_the_network_misreads(network: str) -> None:
    at = open_page("step", network=network)
    made = shown(at)
    model = checkpoint.load(network)
    (index,) = made.experiment.input.digits
    assert made.batch.labels is not None
    assert made.batch.labels.tolist() == [mnist.load("test").labels[index]]
    assert model(torch.from_numpy(made.batch.inputs)).argmax(1).tolist() != made.batch.labels.tolist()
    loss = F.cross_entropy(model(torch.from_numpy(made.batch.inputs)), torch.from_numpy(made.batch.labels))
    assert made.losses[0] == float(loss.detach())
    assert not at.error


def test_another_step_goes_on_and_start_over_goes_back() -> None:
    at = open_page("step")
    first = shown(at).losses
    click(at, TEXT["again"])
    click(at, TEXT["again"])
    made = shown(at)
    assert len(made.losses) == 4
    assert made.losses[:2] == first
    assert made.iteration.outcome_before is not None
    assert made.iteration.outcome_before.loss == made.losses[2]
    click(at, TEXT["over"])
    assert shown(at).losses == first


def test_a_link_to_an_input_opens_with_that_input() -> None:
    digits = mnist.load("test")
    for query, expected in (({"input": "pad"}, 0), ({"input": "mnist", "digits": "3"}, 3), ({"label": "7"}, 0)):
        made = shown(open_page("step", **query))
        assert made.batch.labels is not None
        assert made.batch.labels.tolist() == [digits.labels[expected]]


def test_what_the_visitor_draws_takes_the_place_of_the_mistake() -> None:
    at = open_page("step")
    assert at.selectbox(key=key("input")).value == MNIST
    draw_and_come_back(at)
    assert at.selectbox(key=key("input")).value == PAD
    at.selectbox(key=key("input")).set_value(MNIST)  # the visitor may return to it
    clean(at)
    at.switch_page("graph/page.py")
    clean(at)
    assert at.selectbox(key=key("input")).value == MNIST


def test_an_accuracy_that_cannot_be_measured_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("step", input="pad")

    def fail(split: str) -> None:
        raise InputError("mnist-file", name="t10k-labels-idx1-ubyte.gz", reason="no such file")

    monkeypatch.setattr(mnist, "load", fail)
    click(at, TEXT["record"])
    rest_at(at, len(timeline.stops(shown(at).iteration)) - 1)
    assert TEXT["outcome-title"] in [item.value for item in at.subheader]
    assert any("t10k-labels" in item.value for item in at.caption)


def test_record_again_records_the_step_again_and_says_so() -> None:
    at = open_page("step", stop="17")
    before = shown(at)
    click(at, TEXT["record"])
    made = shown(at)
    assert made.revision == before.revision + 1
    assert made.losses == before.losses
    assert visitor(at).step.at == 0
    (said,) = [toast.value for toast in at.toast]
    assert TEXT["recorded"].format(number=2, line=step_line(made)) == said
    assert not clean(at).toast


@pytest.mark.parametrize("name", list(presets.PRESETS))
def test_a_preset_says_what_it_will_set(name: str) -> None:
    preset = presets.PRESETS[name]
    said = preset_buttons.describe(name)
    for setting in (preset.network, TEXT_OF_BAR[f"loss-{preset.setup.loss}"], f"{preset.setup.lr:g}"):
        assert f": {setting}" in said
    optimizer = TEXT_OF_BAR.get(f"optimizer-{preset.setup.optimizer}", preset.setup.optimizer)
    assert literal(optimizer) in said
    assert str(preset.weights.seed) in said
    assert TEXT_OF_BAR[f"input-{preset.input.source}"] in said
    at = open_page("step")
    assert at.button(key=f"preset-{name}").help == said


@pytest.mark.parametrize("name", list(presets.PRESETS))
def test_each_preset_of_the_notes_in_one_click(name: str) -> None:
    at = open_page("step")
    at.button(key=f"preset-{name}").click()
    clean(at)
    made, preset = shown(at), presets.PRESETS[name]
    assert made.setup == preset.setup
    assert made.network.name == preset.network
    expected = preset.batch(made.network.size)
    assert np.array_equal(made.batch.inputs, expected.inputs)
    for mine, theirs in zip(made.network.model.parameters(), preset.model().parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_address_brings_another_person_to_the_same_moment() -> None:
    mine = open_page("step", optimizer="Adam", lr="0.002", steps="3", label="4", stop="17")
    made = shown(mine)
    assert made.setup == Setup(optimizer="Adam", lr=0.002)
    assert len(made.losses) == 4
    address = {name: values[0] if isinstance(values, list) else values for name, values in mine.query_params.items()}
    assert address["stop"] == "17"
    theirs = open_page("step", **address)
    assert shown(theirs).losses == made.losses
    assert visitor(theirs).step.at == visitor(mine).step.at == 16
    assert np.array_equal(shown(theirs).batch.inputs, made.batch.inputs)


def test_the_settings_go_along_from_page_to_page() -> None:
    at = open_page("step", optimizer="Adam", lr="0.002", label="4", zero_grad="zeros")
    made = shown(at)
    for page in ("graph", "gradients", "step"):
        at.switch_page(f"{page}/page.py")
        clean(at)
        assert shown(at).setup == made.setup
        assert shown(at).losses == made.losses
        assert "Adam" in at.query_params["optimizer"]


def test_noise_and_random_weights_have_a_seed_each() -> None:
    at = open_page("step", input="noise", noise="3", weights="random, untrained", seed="5")
    assert shown(at).batch.seed == 3
    assert shown(at).network.seed == 5
    at.number_input(key=key("noise")).set_value(4)
    clean(at)
    assert shown(at).batch.seed == 4
    assert shown(at).network.seed == 5


def test_a_new_drawing_takes_the_place_of_the_digit_of_the_link() -> None:
    digit = open_page("step", label="7").query_params["digit"]
    at = open_app()
    at.query_params["digit"] = digit
    at.run()
    at.switch_page("step/page.py")
    clean(at)
    assert at.selectbox(key=key("input")).value == SHARED
    draw_and_come_back(at)
    assert at.selectbox(key=key("input")).value == PAD
    at.selectbox(key=key("input")).set_value(SHARED)  # the visitor may return to it
    clean(at)
    clean(at)
    assert at.selectbox(key=key("input")).value == SHARED


def test_an_older_link_leads_to_its_stop() -> None:
    at = open_page("step", step="17")
    assert visitor(at).step.at == 16
    assert "step" not in at.query_params


@pytest.mark.parametrize("stop", ["0", "-3", "45", "999999", "x", "9" * 400, "1e3"])
def test_a_stop_that_is_not_there_is_said(stop: str) -> None:
    at = open_page("step", stop=stop)
    assert len(at.warning) == 1
    assert "1 to 44" in at.warning[0].value
    assert visitor(at).step.at in range(44)


def test_settings_of_the_address_that_are_not_there_are_said() -> None:
    at = open_page("step", loss="hinge", lr="1e999", digit="AAAA")
    assert len(at.warning) == 1
    assert all(link.allowed(name) in at.warning[0].value for name in ("loss", "lr", "digit"))
    assert shown(at).setup == Setup()


def test_an_empty_pad_is_said_and_other_inputs_work() -> None:
    at = open_app()
    at.run()
    at.session_state["pad"] = {"drawing": {"revision": 1, "base": None, "strokes": []}}
    clean(at)
    at.switch_page("step/page.py")
    clean(at)
    assert any("pad is empty" in info.value for info in at.info)
    at.selectbox(key=key("input")).set_value(MNIST)
    clean(at)
    assert not at.info
    assert len(shown(at).batch.inputs) == 4


@pytest.mark.parametrize("page", ["step", "graph", "gradients"])
def test_without_an_iteration_there_are_ways_out(page: str) -> None:
    at = open_app()
    at.run()
    at.session_state["pad"] = {"drawing": {"revision": 1, "base": None, "strokes": []}}
    clean(at)
    at.switch_page(f"{page}/page.py")
    clean(at)
    assert TEXT_OF_BAR["draw"] in [link.label for link in at.get("page_link")]
    at.button(key="preset-net-5x5").click()
    clean(at)
    assert shown(at).setup == presets.PRESETS["net-5x5"].setup
    assert not at.info


@pytest.mark.parametrize("digits", ["", "x", "1,2,3,4,5,6,7,8,9", "10000", "-1"])
def test_digits_that_are_not_there_are_said(digits: str) -> None:
    at = open_page("step", input="mnist")
    at.text_input(key=key("digits")).set_value(digits)
    clean(at)
    assert len(at.info) == 1
    # Nothing else on the page is lost: the last iteration is still shown, and labelled as such.
    assert at.selectbox(key=key("optimizer"))
    assert TEXT_OF_BAR["stale"].format(network="LeNet5") in at.info[0].value
    assert all(button.disabled for button in at.button if button.label in (TEXT["record"], TEXT["again"]))
    rest_at(at, phase(at, "loss"))
    assert [item.value for item in at.subheader] == [TEXT["loss-title"]]
    at.text_input(key=key("digits")).set_value("3")
    clean(at)
    assert not at.info
    assert shown(at).batch.labels is not None


@pytest.mark.parametrize("typed", ["", "-1", "1e13", "nan", "1,000.5"])
def test_what_is_no_learning_rate_is_said_and_the_last_one_stays(typed: str) -> None:
    at = open_page("step", lr="0.25")
    before = shown(at)
    at.text_input(key=key("lr")).set_value(typed)
    clean(at)
    (said,) = at.warning
    assert "0 to 1·10¹²" in said.value
    assert "0.25" in said.value
    assert at.text_input(key=key("lr")).value == "0.25"
    assert shown(at) is before
    assert not clean(at).warning


def test_a_decimal_comma_is_understood_and_the_address_keeps_the_point() -> None:
    at = open_page("step", steps="3")
    at.text_input(key=key("lr")).set_value("0,5")
    clean(at)
    assert not at.warning
    assert shown(at).setup.lr == 0.5
    assert at.text_input(key=key("lr")).value == "0.5"
    assert at.query_params["lr"] == "0.5"
    again = open_page("step", lr="0,5")
    assert shown(again).setup.lr == Setup().lr, "an address has one way to write a number"


def test_the_same_learning_rate_in_other_words_changes_nothing() -> None:
    at = open_page("step", lr="0.25", steps="2")
    before = shown(at)
    at.text_input(key=key("lr")).set_value("2,5e-1")
    clean(at)
    assert at.text_input(key=key("lr")).value == "0.25"
    assert not at.toast
    assert shown(at) is before


def test_weight_decay_is_a_setting_in_the_address_and_on_the_page() -> None:
    at = open_page("step", optimizer="Adam", weight_decay="0.25")
    assert shown(at).setup == Setup(optimizer="Adam", weight_decay=0.25)
    assert at.text_input(key=key("weight_decay")).value == "0.25"
    assert TEXT_OF_BAR["weight-decay-in-use"].format(decay="0.25") in [item.value for item in at.markdown]
    rest_at(at, phase(at, "step"))
    table, work = (frame.value for frame in at.dataframe[:2])
    rows = dict(zip(work[TEXT["symbol"]], work[TEXT["formula"]], strict=False))
    assert rows["λ"] == TEXT["weight-decay"]
    assert "= g + λ·w" in set(work[TEXT["formula"]])
    assert float(work[TEXT["result"]].iloc[-1].replace("−", "-")) == pytest.approx(table[TEXT["new"]].iloc[0], rel=1e-5)
    at.text_input(key=key("weight_decay")).set_value("")
    clean(at)
    assert shown(at).setup == Setup(optimizer="Adam")
    assert "weight_decay" not in at.query_params
    assert not at.warning
    at.text_input(key=key("weight_decay")).set_value("0,5")
    clean(at)
    at.switch_page("gradients/page.py")
    clean(at)
    assert shown(at).setup == Setup(optimizer="Adam", weight_decay=0.5)
    at.text_input(key=key("weight_decay")).set_value("0")
    clean(at)
    assert shown(at).setup == Setup(optimizer="Adam", weight_decay=0.0)


@pytest.mark.parametrize("decay", ["-1", "1e13", "nan", "a lot"])
@pytest.mark.parametrize("old", [None, "0.25"])
def test_what_is_no_weight_decay_is_said_and_the_last_one_stays(decay: str, old: str | None) -> None:
    at = open_page("step", optimizer="AdamW", **({} if old is None else {"weight_decay": old}))
    before = shown(at)
    at.text_input(key=key("weight_decay")).set_value(decay)
    clean(at)
    (said,) = at.warning
    assert "0 to 1·10¹²" in said.value
    assert ("the optimizer's own, 0.01" if old is None else "0.25") in said.value
    assert at.text_input(key=key("weight_decay")).value == (old or "")
    assert shown(at) is before
    assert not clean(at).warning


@pytest.mark.parametrize(("decay", "factor"), [("", "λ = 0.01"), ("0.5", "λ = 0.5"), ("0", "")])
def test_the_first_step_of_adamw_is_explained_with_its_weight_decay(decay: str, factor: str) -> None:
    at = open_page("step", optimizer="AdamW", **({"weight_decay": decay} if decay else {}))
    rest_at(at, phase(at, "step"))
    (why,) = [item.value for item in at.caption if item.value.startswith("Why the first step")]
    assert factor in why
    assert ("shrunk w" in why) == bool(factor)


def test_steps_that_a_new_setting_ends_are_spoken_of() -> None:
    at = open_page("step", steps="3")
    at.text_input(key=key("lr")).set_value("0.5")
    clean(at)
    assert [toast.value for toast in at.toast] == [TEXT_OF_BAR["over"]]
    assert shown(at).steps == 1
    at.text_input(key=key("lr")).set_value("0.25")
    assert not clean(at).toast, "there was only the first step"


def test_a_learning_rate_of_a_billion_is_survived_and_named() -> None:
    at = open_page("step")
    at.text_input(key=key("lr")).set_value("1e9")
    clean(at)
    for _ in range(3):
        click(at, TEXT["again"])
    assert not all(np.isfinite(shown(at).losses))
    for name in ("loss", "backward", "step", "re-evaluate"):
        rest_at(at, phase(at, name))
        if name == "step":
            assert "NaN" in set(at.dataframe[0].value[TEXT["gradient"]])
    assert any(TEXT["what-nan"] in item.value or TEXT["what-infinite"] in item.value for item in at.warning)


def test_a_network_of_nan_has_no_accuracy() -> None:
    at = open_page("step", lr="1e9")
    assert np.isnan(shown(at).losses[-1])
    rest_at(at, phase(at, "re-evaluate"))
    table = at.dataframe[0].value.set_index(TEXT["what"])
    before, after, change = table.loc[TEXT["accuracy"], [TEXT["value"], TEXT["new"], TEXT["change"]]]
    assert 900 < int(before) <= 1000
    assert (after, change) == ("NaN", "NaN")


def test_probabilities_that_differ_read_differently() -> None:
    at = open_page("step")
    rest_at(at, phase(at, "re-evaluate"))
    before, after = at.dataframe[1].value["7"]
    assert before != after


def test_what_is_no_loss_is_not_called_one() -> None:
    at = open_page("step", loss="none", steps="2")
    rest_at(at, phase(at, "re-evaluate"))
    name = TEXT["name-of-out"]
    assert any(item.value.startswith(f"Step 2: {name} ") for item in at.markdown)
    assert at.dataframe[0].value[TEXT["what"]][0] == name
    said = [item.value for item in at.main.caption]
    assert sum(name in words for words in said) == 2
    assert not any("the loss" in words for words in said)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_panels_of_the_phases(loss: str) -> None:
    at = open_page("step", loss=loss, input="mnist", digits="3")
    done = shown(at).iteration
    assert done.outcome_before is not None
    assert done.target is not None
    rest_at(at, phase(at, "loss"))
    (table,) = at.dataframe
    wanted = LOSSES[loss].explained(done.outcome_before.logits, done.target).rows
    assert list(table.value[TEXT["class"]]) == [TEXT["logit"], *(TEXT[f"loss-row-{name}"] for name in wanted)]
    for place, values in enumerate(wanted.values(), start=1):
        row = [table.value[str(digit)][place] for digit in range(10)]
        assert row == [("✓" if v else "") if values.dtype == bool else number(v) for v in values[0]]
    panels: dict[str, Any] = {"loss": "loss-title", "step": "update-title", "re-evaluate": "outcome-title"}
    for name, title in panels.items():
        rest_at(at, phase(at, name))
        assert [item.value for item in at.subheader] == [TEXT[title]]
    rest_at(at, phase(at, "backward"))
    assert not at.subheader


@pytest.mark.parametrize("optimizer", ["Adam", "RMSprop-momentum"])
def test_the_update_of_any_parameter_is_shown(optimizer: str) -> None:
    at = open_page("step", optimizer=optimizer, steps="2")
    rest_at(at, phase(at, "step"))
    at.selectbox(key="update-parameter").set_value("fc3.bias")
    clean(at)
    table = at.dataframe[0].value
    after = shown(at).iteration.after
    assert after is not None
    in_order = table.sort_values(TEXT["index"], key=lambda column: column.map(lambda index: int(index.strip("[]"))))
    np.testing.assert_array_equal(in_order[TEXT["new"]].to_numpy(np.float32), after.parameters["fc3.bias"].array)
    assert OPTIMIZERS[optimizer].state.keys() <= set(table)
    first = np.abs(table[TEXT["gradient"]].to_numpy()).argmax()
    assert first == 0, "what is worked out is the first row"
    assert any(f"fc3.bias{table[TEXT['index']][0]}" in item.value for item in at.markdown)


@pytest.mark.parametrize(
    "junk", [{"revision": 1, "stop": 10**9}, {"revision": 1, "stop": True}, {"revision": 1, "stop": "3"}, "x", None, []]
)
def test_junk_from_the_player_is_left_out(junk: object) -> None:
    at = open_page("step", stop="5")
    at.session_state["player"] = {"at": junk}
    clean(at)
    assert visitor(at).step.at == 4


def test_the_gap_between_the_modes_is_one_click_away() -> None:
    words = text("mode_panel")
    at = open_page("step")
    assert words["title"] not in [item.value for item in at.subheader]
    at.button(key="preset-both-modes").click()
    clean(at)
    assert words["title"] in [item.value for item in at.subheader]
    done = shown(at)
    assert done.experiment == replace(presets.BOTH_MODES, label=done.experiment.label)
    found = mode_gap.compare(done.network.model, done.iteration)
    table = at.dataframe[0].value
    loss = table[table[words["what"]] == "loss"]
    written = [loss[words[f"mode-{mode}"]].item() for mode in ("train", "eval")]
    assert written == distinct([found.outcomes[mode].loss for mode in ("train", "eval")], 4)
    said = "\n".join(item.value for item in at.markdown)
    assert "**bn1** normalises with other numbers" in said
    assert words["moral"] in said
    at.button(key="preset-undo").click()
    clean(at)
    assert words["title"] not in [item.value for item in at.subheader]
    assert "modes-compared" not in {toggle.key for toggle in at.toggle}
