"""State machine of a visitor who does anything in any order: pages agree with a plain computation from the choices."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest
from torch import nn

from lenet.digits import batch, drawing, ink, mnist
from lenet.explain import exercises, expression
from lenet.networks import checkpoint
from lenet.networks.models import build
from lenet.record import presets
from lenet.record.experiment import MNIST, NOISE, PAD
from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.targets import LABEL
from playground import location, visit
from playground.experiment.recording import Recording
from playground.experiment.settings import key
from tests.playground.pages import clean, codes, components, in_use, open_app, shown, visitor
from tests.playground.test_pages import document

pytestmark = pytest.mark.uncovered

NETWORKS = ("LeNet5", "DigitCNN")
PAGES = ("draw", "step", "graph", "gradients", "autograd", "filters")
SEEN = {"step", "graph", "gradients"}
"""Folders of the pages that show an iteration."""
DRAWN = (1, 4, 6)


class Visit(RuleBasedStateMachine):
    """Model of a visit, compared with the app: the visitor's choices as plain values, and the browser's kept state."""

    at: AppTest

    @initialize()
    def arrive(self) -> None:
        self.page = "draw"
        self.network: dict[str, Any] = {"network": "LeNet5", "weights": "shipped", "seed": 0}
        self.input = PAD
        self.digits = "0, 1, 2, 3"
        self.setup = Setup()
        self.steps = 1
        self.drawn: int | None = None
        self.last: tuple[int | None] | None = None
        self.revision = 1
        self.labels: dict[object, int] = {}
        self.before: tuple[Any, ...] | None = None
        self.node: int | None = None
        self.every = False
        self.exercise = "mean"
        self.number = 1.0
        self.expression: str | None = None
        self.fresh = 0
        self.at = clean(open_app())
        self.at.session_state["pad"] = {"drawing": self.document()}
        clean(self.at)
        self.begin()

    # Actions of the visitor

    @rule(digit=st.sampled_from(DRAWN))
    def draw(self, digit: int) -> None:
        self.go("draw")
        self.revision += 1
        self.drawn = digit
        self.at.session_state["pad"] = {"drawing": self.document()}
        clean(self.at)

    @rule(digit=st.sampled_from(DRAWN), page=st.sampled_from(sorted(SEEN)))
    def draw_and_leave_at_once(self, digit: int, page: str) -> None:
        """Draw and leave at once: the drawing reaches the server only on the next page, from the browser's memory."""
        self.go("draw")
        if self.input == PAD:
            self.see()  # shown by the next page until the browser's memory reaches the server
        self.revision += 1
        self.drawn = digit
        self.go(page)
        self.give_back(visitor(self.at).id)

    @rule(page=st.sampled_from(PAGES))
    def go(self, page: str) -> None:
        if page != self.page:
            self.at.switch_page(f"{page}/page.py")
            # The link doesn't keep the page's query parameters.
            self.at.query_params.clear()
            self.page = page
            clean(self.at)

    @rule(name=st.sampled_from(NETWORKS))
    def choose_network(self, name: str) -> None:
        self.at.selectbox(key="network").set_value(name)
        self.network["network"] = name
        clean(self.at)

    @rule(weights=st.sampled_from(["shipped", "random", "file"]))
    def choose_weights(self, weights: str) -> None:
        self.at.selectbox(key="weights").set_value(weights)
        self.network["weights"] = weights
        clean(self.at)

    @precondition(lambda self: self.network["weights"] == "random")
    @rule(seed=st.integers(0, 3))
    def choose_seed(self, seed: int) -> None:
        self.at.number_input(key="seed").set_value(seed)
        self.network["seed"] = seed
        clean(self.at)

    @precondition(lambda self: self.page in SEEN)
    @rule(kind=st.sampled_from([PAD, MNIST, NOISE]))
    def choose_input(self, kind: str) -> None:
        if kind != self.input:
            self.steps = 1
        self.input = kind
        self.set("input", kind)

    @precondition(lambda self: self.page in SEEN and self.input != MNIST and self.setup.target == LABEL)
    @rule(label=st.integers(0, 9))
    def choose_label(self, label: int) -> None:
        if label != self.labels[self.identity]:
            self.steps = 1
        self.labels[self.identity] = label
        self.set("label", label)

    @precondition(lambda self: self.page in SEEN)
    @rule(optimizer=st.sampled_from(["SGD", "Adam", "by-hand"]))
    def choose_optimizer(self, optimizer: str) -> None:
        if optimizer != self.setup.optimizer:
            self.steps = 1
        self.setup = replace(self.setup, optimizer=optimizer)
        self.set("optimizer", optimizer)

    @precondition(lambda self: self.page == "step" and self.steps < 3)
    @rule()
    def step(self) -> None:
        self.steps += 1
        next(button for button in self.at.button if button.icon == ":material/redo:").click()
        clean(self.at)

    @precondition(lambda self: self.page == "graph")
    @rule(node=st.integers(0, 8), every=st.booleans())
    def look_at_a_node(self, node: int, every: bool) -> None:
        self.at.button_group(key="graph-every").set_value(True)
        clean(self.at)
        turn = visitor(self.at).sent.revisions.get("graph", 0) + 1
        self.at.session_state["graph"] = {"picked": {"id": f"n{node}", "revision": turn}}
        clean(self.at)
        self.at.button_group(key="graph-every").set_value(every)
        self.node, self.every = node, every
        clean(self.at)

    @rule(number=st.sampled_from([-2.5, 3.0, 0.1]), exercise=st.sampled_from(["mean", "detach", "own"]))
    def play(self, number: float, exercise: str) -> None:
        self.go("autograd")
        self.at.button_group(key="exercise").set_value(exercise)
        self.exercise = exercise
        clean(self.at)
        if exercise == "mean":
            self.at.number_input(key="mean-x[0, 1]").set_value(number)
            self.number = number
        elif exercise == "own":
            self.expression = f"x = tensor([{number}, 2.])\n(x * x).sum()"
            self.at.text_area(key="expression").set_value(self.expression)
        clean(self.at)

    @rule(seed=st.integers(0, 3))
    def compare(self, seed: int) -> None:
        self.go("filters")
        self.at.number_input(key="fresh-seed").set_value(seed)
        self.fresh = seed
        clean(self.at)

    @rule(name=st.sampled_from(["net-3x3-by-hand", "mnist-cnn"]))
    def take_preset(self, name: str) -> None:
        self.go("step")
        self.show()
        preset = presets.PRESETS[name]
        self.before = self.chosen()
        self.query = dict(self.at.query_params)
        self.network = {"network": preset.network, "weights": "random", "seed": 0}
        self.input = preset.input.source
        self.digits = ", ".join(map(str, preset.input.digits))
        self.setup, self.steps = preset.setup, 1
        self.at.button(key=f"preset-{name}").click()
        clean(self.at)

    @precondition(lambda self: self.before is not None)
    @rule(back=st.booleans())
    def undo_preset(self, back: bool) -> None:
        assert self.before is not None
        self.go("step")
        self.network, self.input, self.digits, self.setup, self.steps, drawn_then = self.before
        self.before = self.last = None
        if back:
            self.at.query_params.clear()
            for name, value in self.query.items():
                self.at.query_params[name] = value
            with mock.patch.object(location, "went_back", return_value=True):
                clean(self.at)
            if self.network["weights"] != "random":
                self.network["seed"] = 0  # it isn't in the address
        else:
            self.at.button(key="preset-undo").click()
            clean(self.at)
        # The label of that entry comes back with its input.
        if self.input == NOISE:
            self.labels["noise"] = int(self.query["label"])
        elif self.input == PAD and back:
            self.labels[drawn_then] = int(self.query["label"])

    @rule(restarted=st.booleans())
    def come_again(self, restarted: bool) -> None:
        """Reload, or restart the server: only the address and the tab's memory remain."""
        query, kept = dict(self.at.query_params), self.kept()
        self.at = open_app("" if self.page == "draw" else self.page, **query)
        if not restarted:
            clean(self.at)
        self.before = self.last = None
        self.give_back(kept["session"], kept["choices"])
        if self.network["weights"] != "random":
            self.network["seed"] = 0  # it isn't in the address
        self.begin()

    # Expected state and checks

    def begin(self) -> None:
        """Show the Graph page before the Step page, which opens on a misread digit (see `step/test_page.py`)."""
        if self.page in SEEN or visitor(self.at).settings.read:
            return
        page = self.page
        self.go("graph")
        if self.input == PAD:
            self.see()
        self.go(page)

    def set(self, name: str, value: object) -> None:
        self.at.selectbox(key=key(name)).set_value(value)
        clean(self.at)

    def kept(self) -> dict[str, Any]:
        """State that the tab keeps."""
        (memory,) = components(self.at, "tab_memory")
        return memory

    def give_back(self, name: str, choices: dict[str, Any] | None = None) -> None:
        """Return the tab's kept state to the session, as `tab_memory.js` does."""
        self.at.session_state[visit.MEMORY] = {
            "kept": {"n": 1, "session": name, "choices": choices or {}, "drawing": self.document()}
        }
        clean(self.at)

    def document(self) -> dict[str, object]:
        """Drawing on the pad, in the form in which the browser keeps it."""
        if self.drawn is not None:
            return document(self.drawn, self.revision)
        image = mnist.load("test").images[0]
        base = {"id": "opening", "side": len(image), "pixels": base64.b64encode(image.tobytes()).decode()}
        return {"revision": self.revision, "base": base, "strokes": []}

    def chosen(self) -> tuple[Any, ...]:
        return dict(self.network), self.input, self.digits, self.setup, self.steps, self.drawn

    def see(self) -> None:
        """A page shows the iteration of the pad's drawing; another drawing than before ends the steps taken with it."""
        if self.last not in (None, (self.drawn,)):
            self.steps = 1
        self.last = (self.drawn,)

    @property
    def identity(self) -> object:
        return "noise" if self.input == NOISE else self.drawn

    def model(self) -> nn.Module:
        if self.network["weights"] == "random":
            return build(self.network["network"], self.network["seed"])
        return checkpoint.load(self.network["network"])

    def picture(self, size: int) -> NDArray[np.uint8]:
        return ink.normalize(drawing.rasterize(drawing.parse_drawing(self.document())), size).padded

    @invariant()
    def what_is_shown_is_what_follows(self) -> None:
        self.show()

    def show(self) -> None:
        """Compare the page with the model."""
        at = self.at
        network = in_use(at)
        assert (network.name, network.size) == (self.network["network"], 28 if network.name == "DigitCNN" else 32)
        assert at.selectbox(key="network").value == self.network["network"]
        assert at.selectbox(key="weights").value == self.network["weights"]
        said = " ".join(item.value for item in at.sidebar.caption)
        assert ("% test accuracy" in said) == (self.network["weights"] == "shipped"), said
        if self.page == "autograd":
            self.show_exercise()
        elif self.page == "filters":
            assert at.number_input(key="fresh-seed").value == self.fresh
        if self.page not in SEEN:
            return
        assert at.selectbox(key=key("input")).value == self.input
        if self.input == PAD:
            self.see()
        made = shown(at)
        model = self.model()
        size = network.size
        if self.input == MNIST:
            expected = batch.of_mnist([int(part) for part in self.digits.split(",")], size)
            inputs, labels = expected.inputs, expected.labels
        else:
            inputs = (
                batch.of_noise(0, size).inputs
                if self.input == NOISE
                else batch.of_pictures(self.picture(size)[None], None).inputs
            )
            if self.identity not in self.labels:  # initially the known label, else the network's prediction
                with torch.no_grad():
                    reading = int(model(torch.from_numpy(inputs)).argmax())
                known = self.input == PAD and self.drawn is None
                self.labels[self.identity] = int(mnist.load("test").labels[0]) if known else reading
            label = self.labels[self.identity]
            assert at.selectbox(key=key("label")).value == label
            labels = np.array([label])
        assert np.array_equal(made.batch.inputs, inputs)
        assert made.batch.labels is not None
        assert labels is not None
        assert made.batch.labels.tolist() == labels.tolist()
        assert made.setup == self.setup
        assert made.steps == self.steps
        assert made.losses == losses_of(model, inputs, labels, self.setup, self.steps)
        if self.page == "graph":
            self.show_node(made)

    def show_exercise(self) -> None:
        """Compare the Autograd page with the model: the script uses the numbers in the fields."""
        at = self.at
        assert at.button_group(key="exercise").value == self.exercise == at.query_params["exercise"]
        if self.exercise == "mean":
            assert at.number_input(key="mean-x[0, 1]").value == self.number
            expected = exercises.run("mean", {"x": ((1.0, self.number), (1.0, 1.0))}).script
        elif self.exercise == "detach":
            expected = exercises.run("detach", {"x": (1.0, -2.0, 3.0)}).script
        else:
            assert self.expression is not None
            assert self.expression == at.text_area(key="expression").value == at.query_params["expression"]
            expected = expression.evaluate(self.expression).script
        assert expected.strip() in codes(at)

    def show_node(self, made: Recording) -> None:
        """Compare the selected node with the model."""
        at, graph = self.at, made.iteration.graph
        assert graph is not None
        assert at.button_group(key="graph-every").value is self.every
        assert at.query_params["view"] == ("every" if self.every else "folded")
        if self.node is not None:
            assert at.query_params["node"] == str(self.node)
            assert at.subheader[0].value == graph.nodes[self.node].title
            assert graph.expression(self.node) in codes(at)


def losses_of(
    model: nn.Module, inputs: NDArray[np.float32], labels: NDArray[np.int64], setup: Setup, taken: int
) -> tuple[float, ...]:
    """Losses computed by plain PyTorch, before the first step and after each."""
    images = torch.from_numpy(inputs)
    optimizer = OPTIMIZERS[setup.optimizer].make(model.parameters(), setup.lr)
    assert optimizer is not None
    loss_of = LOSSES[setup.loss]
    found = []
    for _ in range(taken):
        model.zero_grad()
        out = model(images)
        target = loss_of.make_target(setup.target, setup.target_seed, labels, out)
        loss = loss_of.compute(out, target)
        found.append(float(loss.detach()))
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        out = model(images)
        target = loss_of.make_target(setup.target, setup.target_seed, labels, out)
        found.append(float(loss_of.compute(out, target)))
    return tuple(found)


Visit.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestVisit = Visit.TestCase
