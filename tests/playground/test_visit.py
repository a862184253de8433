"""Tests that the visitor's input, label and settings are shown after a new input, Back, a reload and a new session."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lenet.digits import drawing, ink, mnist
from lenet.digits.ink import Steps
from lenet.networks import checkpoint, forward
from lenet.networks.models import build
from lenet.record import presets
from lenet.record.experiment import MNIST, NOISE, OLD_WEIGHTS, PAD, SHARED, SHIPPED
from lenet.record.iteration import Setup
from playground import location, session, sidebar, visit
from playground.experiment.settings import key
from playground.text import text
from tests.playground.pages import clean, components, in_use, open_app, open_page, shown, take_steps, visitor
from tests.playground.test_pages import document

SIDEBAR = text("sidebar")
ACCURACY = f"{100 * checkpoint.card('LeNet5')['accuracy']['mnist-test']['0']:.2f}"
"""Accuracy in percent that the sidebar gives for LeNet5's shipped weights."""


def go(at: AppTest, page: str) -> AppTest:
    at.switch_page(f"{page}/page.py")
    return clean(at)


def draw(at: AppTest, digit: int, revision: int) -> AppTest:
    """Draw a digit on the pad of the Draw page."""
    at.session_state["pad"] = {"drawing": document(digit, revision)}
    return clean(at)


def choose(at: AppTest, name: str, value: object) -> AppTest:
    at.selectbox(key=key(name)).set_value(value)
    return clean(at)


def give_back(at: AppTest, **given: Any) -> AppTest:
    """Return the browser's kept state, in the form that `tab_memory.js` sends."""
    at.session_state[visit.MEMORY] = {"kept": {"n": 1, "session": "another", "choices": {}, "drawing": None, **given}}
    return clean(at)


def of_digit(digit: int, size: int = 32, steps: Steps | None = None) -> np.ndarray[Any, Any]:
    """Drawn digit as the network's input."""
    raster = drawing.rasterize(drawing.parse_drawing(document(digit)))
    return ink.normalize(raster, size, steps or Steps()).padded


def assert_input(at: AppTest, digit: int, label: int) -> None:
    made = shown(at)
    assert made.batch.pictures is not None
    assert np.array_equal(made.batch.pictures[0], of_digit(digit, made.network.size))
    assert made.batch.labels is not None
    assert made.batch.labels.tolist() == [label] == [at.selectbox(key=key("label")).value]
    assert at.query_params["label"] == str(label)


def test_label_and_input_stay_together_from_input_to_input() -> None:
    at = go(draw(open_page("draw"), 4, 1), "step")
    assert_input(at, 4, 4)
    choose(at, "input", MNIST)
    choose(at, "optimizer", "Adam")
    choose(at, "input", PAD)
    assert_input(at, 4, 4)
    choose(at, "optimizer", "SGD")
    assert_input(at, 4, 4)


def test_a_label_that_was_given_belongs_to_its_digit() -> None:
    at = go(draw(open_page("draw"), 4, 1), "step")
    choose(at, "label", 9)
    choose(at, "input", NOISE)
    noise = at.selectbox(key=key("label")).value
    choose(at, "label", (noise + 1) % 10)
    choose(at, "input", PAD)
    assert_input(at, 4, 9)
    at.selectbox(key="network").select("DigitCNN")
    assert_input(clean(at), 4, 9)
    go(draw(go(at, "draw"), 6, 2), "step")
    assert_input(at, 6, 6)
    go(draw(go(at, "draw"), 4, 3), "step")
    assert_input(at, 4, 9)


def test_another_drawing_ends_the_steps_that_were_taken() -> None:
    at = go(draw(open_page("draw"), 4, 1), "step")
    assert shown(take_steps(at, 3)).steps == 3
    go(draw(go(at, "draw"), 6, 2), "graph")
    assert shown(at).steps == 1


@pytest.mark.parametrize("page", ["step", "graph", "gradients"])
def test_a_new_session_gets_the_drawing_back_on_any_page(page: str) -> None:
    at = open_page(page)
    give_back(at, drawing=document(4, 7))
    assert_input(at, 4, 4)
    assert at.selectbox(key=key("input")).value == PAD


def test_after_a_reload_the_digit_of_the_pad_is_the_pads_again() -> None:
    before = go(draw(open_page("draw"), 4, 5), "step")
    choose(before, "label", 2)
    at = open_page("step", **before.query_params)
    assert at.selectbox(key=key("input")).value == SHARED
    revision = shown(at).revision
    give_back(at, drawing=document(4, 5))
    assert at.selectbox(key=key("input")).value == PAD
    assert_input(at, 4, 2)
    assert shown(at).revision == revision, "the same iteration, not recorded again"
    choose(at, "input", MNIST)
    choose(at, "input", PAD)
    assert_input(at, 4, 2)


def test_a_link_is_not_replaced_by_the_drawing_that_the_tab_has_kept() -> None:
    address = dict(go(draw(open_page("draw"), 4, 1), "step").query_params)
    at = give_back(open_page("step", **address), drawing=document(6, 9))
    assert at.selectbox(key=key("input")).value == SHARED
    assert_input(at, 4, 4)
    choose(at, "input", PAD)
    assert_input(at, 6, 6)


def test_a_drawing_that_was_faster_than_the_page_arrives() -> None:
    at = go(draw(open_page("draw"), 4, 1), "step")
    revision = session_id(at)
    give_back(at, session=revision, drawing=document(6, 2))
    assert_input(at, 6, 6)
    give_back(at, session=revision, drawing=document(4, 1))
    assert_input(at, 6, 6)


def session_id(at: AppTest) -> str:
    return visitor(at).id


def test_settings_labels_and_stages_come_back_on_a_page_whose_address_lacks_them() -> None:
    before = go(draw(open_page("draw"), 4, 1), "step")
    choose(before, "optimizer", "Adam")
    choose(before, "label", 1)
    go(before, "draw")
    kept = visitor(before).settings.labels, {"optimizer": "Adam"}
    at = clean(open_app())
    stages = {"box": True, "antialias": False, "center": False, "pad": True}
    give_back(at, drawing=document(4, 1), choices={"labels": kept[0], "settings": kept[1]}, stages=stages)
    go(at, "step")
    assert shown(at).setup == Setup(optimizer="Adam")
    made = shown(at)
    assert made.batch.pictures is not None
    assert np.array_equal(made.batch.pictures[0], of_digit(4, 32, Steps(**stages)))
    at = give_back(clean(open_app()), drawing=document(4, 1), choices={"labels": kept[0], "settings": kept[1]})
    assert_input(go(at, "step"), 4, 1)


def test_what_the_tab_keeps_is_what_the_visitor_sees() -> None:
    at = open_page("step")
    choose(at, "loss", "mse")
    clean(at)
    assert visitor(at).settings.read
    again = open_page("draw")
    give_back(again, choices={"settings": {"loss": "mse", "lr": "nonsense", "input": "file", "steps": "9" * 99}})
    go(again, "step")
    assert shown(again).setup == shown(at).setup


@pytest.mark.parametrize(
    "junk",
    [
        {"choices": None},
        {"choices": {"settings": [1], "labels": [2], "file": 3}},
        {"choices": {"settings": {"lr": 5}, "labels": {"a": 77, "b": "x", "c": True}, "file": ""}},
        {"choices": {"settings": {"digit": "AAAA", "input": "shared"}}},
        {"drawing": {"revision": 2, "base": None, "strokes": [{"tool": "axe"}]}},
        {"drawing": 7, "stages": 9, "session": []},
        {"stages": {"box": "no"}},
    ],
)
@pytest.mark.parametrize("page", ["draw", "step"])
def test_junk_from_the_tab_is_left_out(page: str, junk: dict[str, Any]) -> None:
    at = give_back(open_page(page), **junk)
    go(at, "step")
    made = shown(at)
    assert made.setup == Setup()
    assert made.batch.labels is not None
    opening = [0, session.misread(session.shipped("LeNet5"))]  # of the pad, and of the Step page without settings
    assert made.batch.labels[0] in mnist.load("test").labels[opening]


def test_the_label_of_a_test_digit_is_known_in_a_new_session_and_not_taken_from_the_browser() -> None:
    image, label = mnist.load("test").images[2], mnist.load("test").labels[2]
    prepared = ink.normalize(drawing.rasterize(drawing.Drawing(base=image)), 32)
    reading = forward.run(build("LeNet5", 0), prepared.input).prediction
    assert reading != label, "random weights know nothing"
    base = {"side": len(image), "pixels": base64.b64encode(image.tobytes()).decode()}
    for name, expected in (("mnist-2-x", label), ("mnist-3-x", reading), ("mnist-99999-x", reading)):
        at = give_back(
            open_page("step", weights="random"), drawing={"revision": 3, "strokes": [], "base": {"id": name, **base}}
        )
        assert at.selectbox(key=key("label")).value == expected


# Presets and Back


def snapshot(at: AppTest) -> tuple[object, ...]:
    made = shown(at)
    return (
        made.network.name,
        made.network.weights,
        made.network.seed,
        made.setup,
        made.experiment.input.content,
        made.steps,
        made.losses,
    )


def test_a_preset_can_be_undone() -> None:
    at = go(draw(open_page("draw", network="DigitCNN", weights="random", seed="4"), 4, 1), "step")
    choose(at, "optimizer", "Adam")
    choose(at, "label", 3)
    before = snapshot(take_steps(at, 2))
    assert "preset-undo" not in [button.key for button in at.button]
    at.button(key="preset-net-3x3").click()
    clean(at)
    assert snapshot(at) != before
    at.button(key="preset-undo").click()
    clean(at)
    assert snapshot(at) == before
    assert_input(at, 4, 3)
    assert "preset-undo" not in [button.key for button in at.button]


def go_back(at: AppTest, query: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    at.query_params.clear()
    for name, value in query.items():
        at.query_params[name] = value
    with monkeypatch.context() as patch:
        patch.setattr(location, "went_back", lambda: True)
        return clean(at)


def test_back_undoes_a_preset_and_keeps_the_pads_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    at = go(draw(open_page("draw"), 4, 1), "step")
    choose(at, "label", 3)
    before, query = snapshot(at), dict(at.query_params)
    at.button(key="preset-mnist-cnn").click()
    clean(at)
    assert shown(at).setup == presets.PRESETS["mnist-cnn"].setup
    go_back(at, query, monkeypatch)
    assert snapshot(at) == before
    assert_input(at, 4, 3)
    go(draw(go(at, "draw"), 6, 2), "step")
    go_back(at, query, monkeypatch)
    assert at.selectbox(key=key("input")).value == PAD
    assert_input(at, 6, 6)


# Weights


def told_to_keep(at: AppTest) -> dict[str, Any]:
    """Values given to the tab's memory in the last run."""
    (memory,) = components(at, "tab_memory")
    return memory


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    checkpoint.save(build("LeNet5", seed=5), tmp_path / "mine.safetensors", {})
    return tmp_path / "mine.safetensors"


def use_file(at: AppTest, mine: Path) -> AppTest:
    at.selectbox(key="weights").select("file")
    clean(at)
    at.file_uploader(key=sidebar.UPLOADER).upload(mine.name, mine.read_bytes())
    return clean(at)


def sidebar_words(at: AppTest) -> str:
    return " ".join(item.value for group in (at.sidebar.caption, at.sidebar.info, at.sidebar.warning) for item in group)


def test_a_file_that_was_not_given_has_no_accuracy_of_its_own(mine: Path) -> None:
    at = clean(open_app(weights="file"))
    said = sidebar_words(at)
    assert ACCURACY not in " ".join(item.value for item in at.sidebar.caption)
    assert SIDEBAR["meanwhile-accuracy"].format(network="LeNet5", accuracy=ACCURACY) in said
    use_file(at, mine)
    assert ACCURACY not in sidebar_words(at)
    at.selectbox(key="weights").select("shipped")
    assert ACCURACY in sidebar_words(clean(at))


def test_the_tab_knows_a_file_from_the_run_that_reads_it(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = clean(open_app(weights="file"))
    told: list[object] = []
    monkeypatch.setattr(visit, "tab_memory", lambda **given: told.append(given["choices"]["file"]))
    at.file_uploader(key=sidebar.UPLOADER).upload(mine.name, mine.read_bytes())
    clean(at)
    assert told[0] == "mine.safetensors"


def test_a_file_stays_while_other_weights_are_looked_at(mine: Path) -> None:
    at = use_file(clean(open_app()), mine)
    at.selectbox(key="weights").select("shipped")
    clean(at)
    at.selectbox(key="weights").select("file")
    clean(at)
    assert in_use(at).source == "mine.safetensors"
    assert SIDEBAR["given-before"].format(file="mine.safetensors") in sidebar_words(at)
    assert told_to_keep(at)["choices"]["file"] == "mine.safetensors"
    at.selectbox(key="network").select("DigitCNN")
    clean(at)
    assert in_use(at).weights == SHIPPED
    assert "DigitCNN" in sidebar_words(at)


def test_the_tab_keeps_the_name_of_a_file_that_fits(mine: Path, tmp_path: Path) -> None:
    at = use_file(clean(open_app()), mine)
    assert told_to_keep(at)["choices"]["file"] == "mine.safetensors", "in the very run that reads it"
    at.selectbox(key="weights").select("shipped")
    assert told_to_keep(clean(at))["choices"]["file"] == "mine.safetensors"
    other = tmp_path / "other.pt"
    other.write_bytes(b"\x80\x04K\x01.")
    at = clean(use_file(clean(open_app()), other))
    assert told_to_keep(at)["choices"]["file"] == ""


def test_a_file_that_is_gone_is_named(mine: Path) -> None:
    at = give_back(clean(open_app(weights="file")), choices={"file": "mine.safetensors"})
    assert SIDEBAR["lost"].format(file="mine.safetensors") in sidebar_words(at)
    assert in_use(at).weights == SHIPPED
    assert not at.get("file_uploader")[0].value
    at.file_uploader(key=f"{sidebar.UPLOADER}-1").upload(mine.name, mine.read_bytes())
    clean(at)
    assert in_use(at).source == "mine.safetensors"
    assert "no longer here" not in sidebar_words(at)


def test_a_file_name_that_cannot_be_shown_is_left_out() -> None:
    at = give_back(clean(open_app(weights="file")), choices={"file": "mine\ud800.safetensors"})
    assert "no longer here" not in sidebar_words(at)


@pytest.mark.parametrize("old", list(OLD_WEIGHTS))
def test_links_with_the_old_words_for_weights_go_on_working(old: str) -> None:
    at = clean(open_app(weights=old, seed="3"))
    assert at.selectbox(key="weights").value == OLD_WEIGHTS[old]
    assert at.query_params.get("weights") == (None if old == "trained, shipped" else OLD_WEIGHTS[old])
    assert not at.sidebar.warning


def test_a_seed_comes_back_with_the_random_weights() -> None:
    at = clean(open_app(weights="random", seed="17"))
    at.selectbox(key="weights").select("shipped")
    assert "seed" not in clean(at).query_params
    at.selectbox(key="weights").select("random")
    clean(at)
    assert at.number_input(key="seed").value == 17 == in_use(at).seed


def test_filters_say_learned_only_of_what_has_learned(tmp_path: Path) -> None:
    words = text("filters")

    def said(at: AppTest) -> str:
        return str(at.main.markdown[0].value)

    at = open_page("filters")
    assert said(at) == words["introduction-shipped"]
    at = open_page("filters", weights="random", seed="2")
    assert said(at) == words["introduction-random"].format(seed=2)
    at.number_input(key="fresh-seed").set_value(2)
    assert said(clean(at)) == words["introduction-random-same"].format(seed=2)
    checkpoint.save(build("LeNet5", seed=0), tmp_path / "new.safetensors", {})
    at = use_file(open_page("filters"), tmp_path / "new.safetensors")
    assert said(at) == words["introduction-file-same"].format(fresh=0)
    at.number_input(key="fresh-seed").set_value(1)
    assert said(clean(at)) == words["introduction-file"]


def test_resnet18_is_named_and_an_expression_goes_with_its_node() -> None:
    at = open_page("graph")
    at.text_input(key="graph-expression").set_value("loss.grad_fn.next_functions[0][0]")
    clean(at)
    assert at.text_input(key="graph-expression").value
    at.button_group(key="graph-source").select("resnet18")
    clean(at)
    assert at.text_input(key="graph-expression").value == ""
    assert text("graph")["sidebar-resnet18"] in [item.value for item in at.sidebar.info]


def test_the_network_answers_with_the_stages_that_are_on_everywhere() -> None:
    at = open_page("draw")
    stages = {"box": False, "antialias": True, "center": True, "pad": True}
    at.session_state["stages"] = {"steps": stages}
    draw(at, 4, 1)
    go(at, "step")
    made = shown(at)
    assert made.batch.pictures is not None
    assert np.array_equal(made.batch.pictures[0], of_digit(4, 32, Steps(**stages)))


def test_a_warning_about_the_address_outlives_the_run_that_the_tab_starts() -> None:
    at = open_page("step", lr="inf")
    assert any("lr" in warning.value for warning in at.warning)
    at.session_state[visit.MEMORY] = {"kept": {"n": 1, "session": "another", "choices": None, "drawing": None}}
    clean(at)
    assert [warning.value for warning in at.warning if "`lr`" in warning.value]
    del at.session_state[visit.MEMORY]
    clean(at)
    assert not at.warning


# Values of the pages' own widgets


def autograd_numbers(at: AppTest, names: tuple[str, ...]) -> list[float]:
    return [at.number_input(key=f"jacobian-{name}").value for name in names]


def test_values_of_the_autograd_page_come_back_after_a_reload_of_any_page() -> None:
    names = ("x[0]", "x[1]", "x[2]", "v[0]", "v[1]", "v[2]")
    before = open_page("autograd", exercise="jacobian")
    before.number_input(key="jacobian-seed").set_value(5)
    clean(before)
    before.number_input(key="jacobian-x[1]").set_value(-2.5)
    before.number_input(key="jacobian-v[2]").set_value(4.0)
    clean(before)
    chosen = autograd_numbers(before, names)
    assert chosen[1] == -2.5
    at = give_back(open_page("autograd", **before.query_params), choices=from_json(before))
    assert autograd_numbers(at, names) == chosen
    assert at.number_input(key="jacobian-seed").value == 5
    clean(at)
    assert autograd_numbers(at, names) == chosen
    at = give_back(clean(open_app()), choices=from_json(go(before, "draw")))
    again = give_back(clean(open_app()), choices=from_json(at))
    for tab in (at, again):
        go(tab, "autograd")
        assert tab.session_state["exercise"] == "jacobian" == tab.query_params["exercise"]
        assert autograd_numbers(tab, names) == chosen


def test_the_expression_comes_back_and_a_link_with_another_one_counts_more() -> None:
    before = open_page("autograd", exercise="own")
    before.text_area(key="expression").set_value("q = ones(3)\n(q * q).sum()")
    clean(before)
    assert before.query_params["expression"] == "q = ones(3)\n(q * q).sum()"
    go(before, "draw")
    at = go(give_back(clean(open_app()), choices=from_json(before)), "autograd")
    assert at.text_area(key="expression").value == "q = ones(3)\n(q * q).sum()"
    at = give_back(open_page("autograd", exercise="own", expression="ones(2).sum()"), choices=from_json(before))
    assert at.text_area(key="expression").value == "ones(2).sum()" == at.query_params["expression"]
    at = give_back(open_page("autograd", exercise="mean"), choices=from_json(before))
    assert at.session_state["exercise"] == "mean"
    assert "expression" not in at.query_params


def test_back_leads_to_the_exercise_and_the_expression_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("autograd", exercise="own", expression="ones(2).sum()")
    query = dict(at.query_params)
    at.text_area(key="expression").set_value("ones(3).sum()")
    clean(at)
    at.button_group(key="exercise").select("mean")
    clean(at)
    go_back(at, query, monkeypatch)
    assert at.session_state["exercise"] == "own"
    assert at.text_area(key="expression").value == "ones(2).sum()"


def test_the_choices_of_the_filters_page_come_back() -> None:
    before = open_page("filters", network="DigitCNN")
    layer = before.button_group(key="layer-DigitCNN").options[-1]
    before.button_group(key="layer-DigitCNN").select(layer)
    before.number_input(key="fresh-seed").set_value(7)
    before.toggle(key="same-scale").set_value(False)
    go(clean(before), "draw")
    go(before, "filters")
    at = give_back(open_page("filters", network="DigitCNN"), choices=from_json(before))
    for tab in (before, at):
        assert tab.number_input(key="fresh-seed").value == 7
        assert not tab.toggle(key="same-scale").value
        assert tab.button_group(key="layer-DigitCNN").value == layer


def heading(at: AppTest) -> str:
    return str(at.subheader[0].value)


@pytest.mark.parametrize("page", ["graph", "draw"])
@pytest.mark.parametrize("source", ["own", "resnet18"])
def test_the_selected_node_and_the_boxes_come_back(page: str, source: str) -> None:
    before = open_page("graph", **({} if source == "own" else {"of": source}))
    stale = from_json(before)  # the tab learns of a selected node only with the next page
    assert before.query_params["view"] == "folded"
    before.button_group(key="graph-every").set_value(True)
    before.session_state["graph"] = {"picked": {"id": "n3", "revision": 1}}
    clean(before)
    assert (before.query_params["node"], before.query_params["view"]) == ("3", "every")
    title, query = heading(before), dict(before.query_params)
    if page == "graph":
        at = give_back(open_page("graph", **query), choices=stale)
    else:
        at = go(give_back(clean(open_app()), choices=from_json(go(before, "draw"))), "graph")
    assert at.button_group(key="graph-source").value == source
    assert heading(at) == title
    assert at.button_group(key="graph-every").value is True
    assert {name: at.query_params[name] for name in query} == query


def test_back_leads_to_the_node_of_the_address_and_each_graph_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    at = open_page("graph", node="3", view="every")
    own = dict(at.query_params)
    title = heading(at)
    at.button_group(key="graph-source").set_value("resnet18")
    clean(at)
    assert at.query_params["node"] != "3"
    at.button_group(key="graph-source").set_value("own")
    clean(at)
    assert at.query_params["node"] == "3"
    assert "of" not in at.query_params
    assert heading(at) == title
    at.session_state["graph"] = {"picked": {"id": "n0", "revision": 1}}
    at.button_group(key="graph-source").set_value("resnet18")
    clean(at)
    go_back(at, own, monkeypatch)
    assert at.button_group(key="graph-source").value == "own"
    assert heading(at) == title


def test_a_node_that_the_graph_does_not_have_is_said() -> None:
    words = text("graph")
    at = open_page("graph", node="999", view="upside down")
    assert [warning.value for warning in at.warning] == [
        words["address-view"].format(choices="folded, every"),
        words["address-node"].format(last=len(graph_nodes(at)) - 1),
    ]
    assert at.query_params["view"] == "folded"
    assert 0 <= int(at.query_params["node"]) < len(graph_nodes(at))
    clean(at)
    assert not at.warning


def graph_nodes(at: AppTest) -> tuple[object, ...]:
    graph = shown(at).iteration.graph
    assert graph is not None
    return tuple(graph.nodes)


@pytest.mark.parametrize(
    "junk", [None, [1], "x", True, -1, 10**9, 1.5, "9" * 9000, 10**4000, float("nan"), {"a": 1}, "\ud800"]
)
def test_junk_for_a_widget_is_left_out(junk: object) -> None:
    keys = ("exercise", "mean-times", "mean-clear", "mean-x[0, 0]", "jacobian-seed", "fresh-seed", "layer-LeNet5")
    keys += ("graph-node-own", "graph-source", "graph-every", "same-scale", "expression")
    flags = {"mean-clear", "graph-every", "same-scale"}
    values = {key: junk for key in keys if not (key in flags and junk is True)}
    values = {key: value for key, value in values.items() if not (key == "expression" and isinstance(junk, str))}
    if type(junk) in (int, float) and junk in (-1, 1.5):
        del values["mean-x[0, 0]"]
    at = give_back(open_page("autograd"), choices={"values": values | {"x" * 999: 1, "filters": junk}})
    assert at.session_state["exercise"] == "mean"
    assert at.number_input(key="mean-x[0, 0]").value == 1.0
    assert (at.number_input(key="mean-times").value, at.toggle(key="mean-clear").value) == (1, False)
    go(at, "filters")
    assert at.number_input(key="fresh-seed").value == 0
    go(at, "graph")
    assert at.button_group(key="graph-source").value == "own"
    assert not at.warning


def from_json(at: AppTest) -> dict[str, Any]:
    """Choices that the tab keeps, as the browser returns them: 1.0 as 1."""
    found = told_to_keep(at)["choices"]
    values = {
        key: int(value) if isinstance(value, float) and value.is_integer() else value
        for key, value in found["values"].items()
    }
    return {**found, "values": values}
