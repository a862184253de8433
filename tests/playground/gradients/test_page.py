"""Tests of the Gradients page without a browser: its texts agree with the record, and no input breaks it."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from lenet.explain import finite_differences, gradient_terms, input_gradient
from lenet.networks.models import MODELS, build
from lenet.record import recorder
from lenet.record.iteration import Iteration, Setup
from lenet.record.losses import LOSSES
from playground import figures
from playground.gradients import check_panel, explanation, gradient_figures, input_gradient_panel
from playground.gradients.selected_entry import PARAMETER, parse
from playground.markdown import literal
from playground.number_words import number
from playground.text import text
from tests.playground.pages import clean, open_app, open_page, shown

TEXT = text("gradients")


def words(at: AppTest) -> str:
    return "\n".join(item.value for kind in (at.subheader, at.markdown, at.caption) for item in kind)


def gradient(done: Iteration, name: str) -> np.ndarray:
    values = done.gradients[name]
    assert values is not None
    assert values.array is not None
    return values.array


def record(name: str = "LeNet5", count: int = 1, **setup: str | float) -> Iteration:
    size = 28 if name == "DigitCNN" else 32
    inputs = np.random.default_rng(0).random((count, 1, size, size), np.float32)
    return recorder.record(build(name, seed=1).eval(), inputs, np.arange(count), Setup(**setup))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(MODELS))
def test_every_layer_is_there_before_and_after(name: str) -> None:
    at = open_page("gradients", network=name)
    done, said = shown(at).iteration, words(at)
    for parameter, values in done.gradients.items():
        assert values is not None
        assert f"‖g‖ {number(values.norm, 3)}" in said
        if parameter.endswith("bias"):
            assert f"**{parameter}**" in said
    assert said.count(TEXT["before-none"]) == sum(name.endswith("bias") for name in done.gradients)


def test_zeros_and_what_an_earlier_backward_left_are_told_from_none() -> None:
    at = open_page("gradients", zero_grad="zeros", steps="2")
    assert TEXT["before-zeros"] in words(at)
    assert TEXT["before-none"] not in words(at)
    at = open_page("gradients", zero_grad="left-out", steps="2", parameter="fc3.bias", index="7")
    held = shown(at).iteration.cleared["fc3.bias"]
    assert held is not None
    assert held.array is not None
    assert number(float(held.array[7]), 9) in words(at)
    assert "outlined" in words(at)


def test_the_address_names_the_number_and_the_controls_change_it() -> None:
    at = open_page("gradients", parameter="conv2.weight", index="2,0,1,3")
    value = number(float(gradient(shown(at).iteration, "conv2.weight")[2, 0, 1, 3]), 6)
    assert f"`conv2.weight.grad[2, 0, 1, 3]` = {value}" in words(at)
    at.selectbox(key=PARAMETER).select("fc1.bias")
    clean(at)
    at.number_input(key="gradients-fc1.bias-0").set_value(17)
    clean(at)
    assert f"`fc1.bias.grad[17]` = {number(float(gradient(shown(at).iteration, 'fc1.bias')[17]), 6)}" in words(at)
    assert at.query_params["parameter"] == "fc1.bias"
    assert at.query_params["index"] == "17"


@pytest.mark.parametrize(
    ("parameter", "index", "said"),
    [
        ("conv9.bias", "0", "conv9.bias"),
        ("conv1.bias", "6", "[6]"),
        ("conv1.bias", "-1", "-1"),
        ("conv1.bias", "x" * 5000, "xxx"),
        ("conv1.weight", "0", "[0]"),
        ("../../etc", "1e9", "1e9"),
    ],
)
def test_an_address_that_names_nothing_is_said_and_the_page_goes_on(parameter: str, index: str, said: str) -> None:
    at = open_page("gradients", parameter=parameter, index=index)
    assert any(literal(said) in warning.value for warning in at.warning)
    assert len(at.warning[0].value) < 400
    assert "`conv1.bias.grad[0]`" in words(at)


def test_a_network_without_the_chosen_number_shows_its_first() -> None:
    at = open_page("gradients", parameter="fc3.bias", index="4")
    at.selectbox(key="network").select("DigitCNN")
    clean(at)
    assert "`conv1.bias.grad[0]`" in words(at)


def test_nan_gradients_are_named_wherever_they_are() -> None:
    at = open_page("gradients", lr="1e9", steps="3", parameter="fc3.bias", index="0")
    assert np.isnan(gradient(shown(at).iteration, "fc3.bias")).all()
    assert "✗ NaN: 10 of 10" in words(at)
    assert "`fc3.bias.grad[0]` = NaN" in words(at)
    assert any("`fc3.bias`" in warning.value for warning in at.warning)
    assert "NaN" in [metric.value for metric in at.metric]


def test_the_check_says_what_was_computed() -> None:
    at = open_page("gradients", parameter="fc3.bias", index="7")
    made = shown(at)
    found = finite_differences.check(made.network.model, made.iteration, "fc3.bias", (7,))
    assert found.best is not None
    values = [metric.value for metric in at.metric]
    assert number(found.autograd, 9) in values
    assert number(found.errors[found.best], 2) in values
    assert check_panel.TEXT["too-small"] in words(at)


@pytest.mark.parametrize("page", ["gradients", "graph"])
@pytest.mark.parametrize(("loss", "name"), [("cross_entropy", "loss"), ("none", "sum(out · gradient)")])
def test_which_step_it_is_is_said(page: str, loss: str, name: str) -> None:
    at = open_page(page, steps="3", loss=loss)
    made = shown(at)
    before, after = (number(value, 5) for value in made.losses[-2:])
    assert f"Step 3: {name} **{before}** → **{after}**" in words(at)


def test_a_check_of_what_is_no_number_says_that_it_does_not_check_that() -> None:
    at = open_page("gradients", lr="1e9", steps="2", parameter="conv1.bias", index="1")
    assert np.isnan(gradient(shown(at).iteration, "conv1.bias")[1])
    assert check_panel.TEXT["overflow"].format(recorded="NaN") in words(at)
    assert check_panel.TEXT["error"] not in [metric.label for metric in at.metric]
    at = open_page("gradients", parameter="conv1.bias", index="0")
    assert "The recorded number is" not in words(at)
    assert check_panel.TEXT["error"] in [metric.label for metric in at.metric]


def test_kernels_are_numbered_and_what_their_rows_are_is_said() -> None:
    at = open_page("gradients", parameter="conv1.weight", index="0,0,0,0")
    assert TEXT["reading-4-single"] in words(at)
    assert TEXT["reading-4"] not in words(at)
    at = open_page("gradients", parameter="conv2.weight", index="0,0,0,0")
    assert TEXT["reading-4"] in words(at)
    for inputs in (1, 4):
        weight = np.arange(6 * inputs * 9, dtype=np.float32).reshape(6, inputs, 3, 3)
        figure = figures.weights(weight, 1.0, "light")
        (heatmap,), across, down = figure.data, figure.layout.xaxis, figure.layout.yaxis
        cells, outputs = np.asarray(heatmap.z), across if inputs == 1 else down
        assert list(outputs.ticktext) == [str(channel) for channel in range(6)]
        for tick, channel in zip(outputs.tickvals, range(6), strict=True):
            place = list(heatmap.x if inputs == 1 else heatmap.y).index(tick)
            assert f"output channel {channel}," in tick
            assert (cells[1, place] if inputs == 1 else cells[place, 1]) == weight[channel, 0, 1, 1]


def test_an_empty_pad_is_said() -> None:
    at = open_app()
    at.session_state["pad"] = {"drawing": {"revision": 1, "base": None, "strokes": []}}
    at.run()
    at.switch_page("gradients/page.py")
    clean(at)
    assert at.info
    assert TEXT["biases"] not in words(at)


def test_an_index_is_read_as_it_is_written() -> None:
    done = record()
    assert parse(done, "conv1.weight", "5,0,2,3").code == "conv1.weight.grad[5, 0, 2, 3]"
    assert parse(done, "conv1.bias", "3").index == (3,)
    assert parse(done, "conv1.weight", "").index == (0, 0, 0, 0)
    for index in ("1e0", "0x1", "٣", "1,", " 1", "1.0", "-1"):
        with pytest.raises(ValueError, match=re.escape(index)):
            parse(done, "conv1.bias", index)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("loss", "target"), [("cross_entropy", "label"), ("mse", "count"), ("none", "random")])
def test_every_sentence_is_complete(count: int, loss: str, target: str) -> None:
    done = record(count=count, loss=loss, target=target)
    for parameter, values in done.before.parameters.items():
        for place in (0, values.size - 1):
            index = [int(i) for i in np.unravel_index(place, values.shape)]
            found = gradient_terms.of(done, parameter, index)
            said = list(explanation.sentences(found))
            assert all(sentence and "{" not in sentence and "None" not in sentence for sentence in said), said
            assert number(found.value, 9) in said[-1]
            for part in found.parts:
                rows = explanation.table(part, done.labels)
                assert len(rows) == count


def test_what_was_there_before_is_added_in_words() -> None:
    model, first = build("LeNet5", seed=1).eval(), record()
    again = recorder.record(model, first.inputs, first.labels, Setup(zero_grad="left-out"), start=first.after)
    found = gradient_terms.of(again, "conv1.bias", [2])
    *_, added, left, holds = explanation.sentences(found)
    terms = float(found.parts[0].terms.sum())
    assert number(terms, 9) in added
    assert found.before is not None
    assert f"{number(found.before, 9)} + {number(terms, 9)} = **{number(found.before + terms, 9)}**" in left
    assert number(found.value, 9) in holds


def test_a_dead_relu_is_said() -> None:
    done = record()
    dead = int(np.flatnonzero(gradient(done, "fc1.bias") == 0)[0])
    found = gradient_terms.of(done, "fc1.bias", [dead])
    gate = found.parts[0].gate
    assert gate is not None
    said = " ".join(explanation.sentences(found))
    assert "lets nothing through" in said
    assert number(float(gate.read[0]), 6) in said
    assert "exactly 0" in said


def test_a_softmax_minus_one_hot_is_worked_out() -> None:
    done = record()
    found = gradient_terms.of(done, "fc3.bias", [0])
    assert done.outcome_before is not None
    p = number(float(done.outcome_before.probabilities[0, 0]), 6)
    value = number(float(done.outcome_before.probabilities[0, 0]) - 1, 6)
    said = " ".join(explanation.sentences(found))
    assert f"({p} − 1) / 1 = **{value}**" in said
    # The formula is computed in float64 and the gradient in float32; if six digits differ, the page says so.
    arrived = number(float(gradient(done, "fc3.bias")[0]), 6)
    assert (TEXT["formula-rounded"].format(got=arrived) in said) == (arrived != value)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_gradient_at_the_output_is_worked_out_for_each_loss(loss: str) -> None:
    for count in (1, 2):
        done = record(count=count, loss=loss, target=list(LOSSES[loss].targets)[-1])
        found = gradient_terms.of(done, "fc3.bias", [3])
        (part,) = found.parts
        assert part.head is not None
        said = list(explanation.sentences(found))
        assert TEXT[f"head-{loss}"].format(count=part.head.count) in said
        assert any(f"**{number(float(part.head.terms[0]), 6)}**" in words for words in said) == (count == 1)
        for place, row in enumerate(explanation.table(part, None)):
            for name, values in part.head.reads.items():
                assert row[TEXT[f"table-{name}"]] == number(float(values[place]), 6)


def test_rounding_to_float32_is_named() -> None:
    at = open_page("gradients", parameter="fc3.bias", index="7")
    found = gradient_terms.of(shown(at).iteration, "fc3.bias", [7])
    (part,) = found.parts
    assert part.head is not None
    formula, got = number(float(part.head.terms[0]), 6), number(float(part.arriving[0]), 6)
    assert formula != got
    assert TEXT["formula-rounded"].format(got=got) in words(at)


def test_bars_show_each_number_and_mark_those_without_a_bar() -> None:
    after = np.array([1.0, -2.0, 0.0, np.nan, np.inf], np.float32)
    end = gradient_figures.reach(after)
    assert end == 2.0
    figure = gradient_figures.bars(after, None, list("abcde"), end, 1, "light")
    bars, *marks = figure.data
    assert isinstance(bars, go.Bar)
    assert list(bars.y) == [1, -2, 0, 0, 0]
    assert list(bars.customdata) == ["1", "−2", "0", "NaN", "∞"]
    assert [list(mark.x) for mark in marks] == [[2], [3, 4]]
    assert gradient_figures.reach(np.array([np.nan, 0.0])) == 1.0


def test_maps_lie_side_by_side_on_a_scale_centred_on_zero() -> None:
    values = np.arange(-6, 6, dtype=np.float32).reshape(2, 2, 3)
    (heatmap,) = gradient_figures.maps(values, 6.0, "dark").data
    assert (heatmap.zmin, heatmap.zmid, heatmap.zmax) == (-6, 0, 6)
    assert list(heatmap.colorbar.tickvals) == [-6, 0, 6]
    assert list(heatmap.colorbar.ticktext) == ["−6", "0", "6"]
    cells = np.asarray(heatmap.z)
    assert np.array_equal(cells[:, :3], values[0])
    assert np.isnan(cells[:, 3]).all()
    assert np.array_equal(cells[:, 4:], values[1])


def test_truncation_shrinks_with_the_square_of_the_step_and_rounding_grows_as_it_shrinks() -> None:
    done = record("LeNet5")
    check = finite_differences.check(build("LeNet5", seed=1).eval(), done, "fc3.bias", (3,))
    drawn = {line.name: line for line in gradient_figures.errors(check, "light").data}
    for key, power in (("truncation", 2), ("rounding", -1)):
        line = drawn[gradient_figures.TEXT[key]]
        slope, _ = np.polyfit(np.log(np.asarray(line.x)), np.log(np.asarray(line.y)), 1)
        assert slope == pytest.approx(power)


def popovers(at: AppTest) -> dict[str, str]:
    """Label and text of each popover."""
    return {
        block.proto.popover.label: "\n".join(item.value for item in block.get("markdown"))
        for block in at.get("popover")
    }


def test_the_zeros_of_a_bias_are_listed_all_of_them_behind_their_number() -> None:
    at = open_page("gradients")
    listed, told = popovers(at), 0
    for name, values in shown(at).iteration.gradients.items():
        places = np.flatnonzero(gradient(shown(at).iteration, name) == 0) if name.endswith("bias") else []
        if len(places):
            told += 1
            assert values is not None
            label = TEXT["zeros"].format(count=len(places), total=values.size)
            assert listed[label] == TEXT["zeros-at"].format(name=name, places=", ".join(map(str, places)))
    assert told
    assert not any(re.search(r"\d, \d+, \d", caption.value) for caption in at.caption)


def heatmap(at: AppTest, key: str) -> np.ndarray:
    (chart,) = [chart for chart in at.get("plotly_chart") if chart.proto.id.endswith(key)]
    (trace,) = json.loads(chart.proto.spec)["data"]
    cells = trace["z"]
    if isinstance(cells, dict):
        flat = np.frombuffer(base64.b64decode(cells["bdata"]), cells["dtype"])
        return flat.reshape([int(side) for side in cells["shape"].split(",")])
    return np.array(cells, np.float32)


@pytest.mark.parametrize("query", [{}, {"input": "noise"}, {"input": "mnist", "digits": "3,7"}, {"off": "conv1.2"}])
def test_the_gradient_at_the_input_is_shown_beside_the_input(query: dict[str, str]) -> None:
    at = open_page("gradients", **query)
    made = shown(at)
    whole = input_gradient.of(made.network.model, made.iteration)
    assert len(whole) == (2 if "digits" in query else 1)
    for digit, pixels in enumerate(whole[:, 0]):
        if len(whole) > 1:
            at.segmented_control(key="gradients-digit-2").set_value(digit)
            clean(at)
        np.testing.assert_array_equal(heatmap(at, "gradients-input-gradient"), pixels)
        np.testing.assert_array_equal(heatmap(at, "gradients-input-input"), made.iteration.inputs[digit, 0])
        panel, said = input_gradient_panel.TEXT, words(at)
        assert panel["norm"].format(norm=number(float(np.linalg.norm(pixels.astype(np.float64))), 4)) in said
        assert panel["signs-noise" if query.get("input") == "noise" else "signs"] in said
        assert (panel["batch"].format(count=2) in said) == (len(whole) == 2)


def test_a_gradient_at_the_input_that_is_not_finite_is_named() -> None:
    at = open_page("gradients", lr="1e9", steps="3")
    assert input_gradient_panel.TEXT["not-finite"].format(count=1024, total=1024) in words(at)


def test_channels_that_are_off_are_named() -> None:
    at = open_page("gradients", off="conv1.2,fc1.7")
    assert TEXT["switched-off"].format(names="conv1 channel 2, fc1 unit 7") in words(at)
    found = shown(at).iteration
    assert gradient(found, "conv1.bias")[2] == 0
    assert not gradient(found, "conv1.weight")[2].any()
    assert not gradient(found, "fc1.weight")[7].any()
    assert TEXT["switched-off"].partition("{")[0] not in words(open_page("gradients"))


def test_of_a_large_batch_the_sentences_name_what_was_not_kept() -> None:
    inputs = np.random.default_rng(0).random((20, 1, 32, 32), np.float32)
    done = recorder.record(build("LeNet5", seed=1).eval(), inputs, np.arange(20) % 10, Setup(), shown=3)
    for parameter, index in (("conv1.bias", (2,)), ("fc1.weight", (3, 8)), ("fc3.weight", (3, 8))):
        found = gradient_terms.of(done, parameter, index)
        (part,) = found.parts
        said = "\n".join(explanation.sentences(found))
        assert "for each of the 20 digits" in said
        assert "first 3 of the 20 digits" in said
        assert f"add up to **{number(part.terms.sum(), 9)}**" in said
        assert "other 17 digits were not kept" in said
        assert f"leaves **{number(part.rest, 9)}** for them: together **{number(part.total, 9)}**" in said
        assert len(explanation.table(part, done.labels)) == 3
    found = gradient_terms.of(done, "fc3.bias", (4,))
    assert "not kept" not in "\n".join(explanation.sentences(found))
    assert len(explanation.table(found.parts[0], done.labels)) == 20
