"""Tests that the fast path gives the same results as Streamlit, and nothing to unauthorized clients."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import numpy as np
import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from lenet.digits import drawing, ink
from lenet.digits.ink import Steps
from lenet.networks import forward
from lenet.networks.models import MODELS, build
from playground import session
from playground.components import network_view
from playground.draw import fast_path
from playground.draw.classifier import Classifier
from playground.session import Network
from tests.browser.digits import DIGITS
from tests.playground.blocks import unpack


@pytest.fixture
def classifier() -> Classifier:
    return Classifier(Network("LeNet5", "random", build("LeNet5", seed=0).eval()), Steps())


def converse(*texts: str, given: threading.Event | None = None, answers: int | None = None) -> list[Message]:
    """Answers to a visitor who sends texts, each after the previous one was answered, and then leaves.

    Args:
        texts: texts to send.
        given: if given, the texts are sent without waiting for answers, and this event is set after the last.
        answers: number of answers to wait for before the visitor leaves; by default, one for each text.
    """
    coming = [{"type": "websocket.connect"}, *({"type": "websocket.receive", "text": text} for text in texts)]
    coming.append({"type": "websocket.disconnect", "code": 1000})
    sent: list[Message] = []

    async def receive() -> Message:
        asked = len(texts) + 1 - len(coming)  # texts that have been sent
        if given is not None and len(coming) == 1:
            given.set()
        if given is None or len(coming) == 1:
            expected = asked if answers is None or given is None else answers
            with anyio.fail_after(60):
                while len(sent) - 1 < expected:
                    await anyio.sleep(0.001)
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/live", "headers": []}
    with ThreadPoolExecutor(1) as thread:  # in this thread, the browser tests leave an event loop running
        thread.submit(anyio.run, fast_path.converse, WebSocket(scope, receive, send)).result()
    return sent


def document(digit: int) -> dict[str, object]:
    strokes = [
        {"tool": "pen", "width": 0.09, "points": [x for point in stroke for x in point]} for stroke in DIGITS[digit]
    ]
    return {"revision": 1, "base": None, "strokes": strokes}


def request(classifier: Classifier, digit: int = 3, revision: int = 7) -> str:
    return json.dumps({"ticket": fast_path.ticket(classifier), "revision": revision, "drawing": document(digit)})


def test_it_answers_with_the_same_numbers_as_streamlit(classifier: Classifier) -> None:
    answer = unpack(fast_path.answer(request(classifier)))
    drawn = drawing.rasterize(drawing.parse_drawing(document(3)))
    passed = forward.run(classifier.network.model, ink.normalize(drawn, 32).input)
    view = unpack(answer["network_view"])
    assert (answer["revision"], view["revision"], answer["ticket"]) == (7, 7, fast_path.ticket(classifier))
    sent = network_view.changing(passed, 7, classifier.network.numbers)
    pairs = [list(pair) for pair in view.pop("forward_edges")]
    assert pairs == sent.pop("forward_edges")
    assert {name: view[name] for name in sent} == sent
    assert np.array_equal(np.frombuffer(view["probabilities"], "<f4"), passed.probabilities)
    assert unpack(answer["ink_stages"])["empty"] is False


@pytest.mark.parametrize("name", list(MODELS))
def test_each_network_recognises_ten_digits(name: str) -> None:
    trained = Classifier(session.shipped(name), Steps())
    for digit in DIGITS:
        view = unpack(unpack(fast_path.answer(request(trained, digit)))["network_view"])
        assert int(np.frombuffer(view["probabilities"], "<f4").argmax()) == digit


def test_an_empty_pad_is_not_classified(classifier: Classifier) -> None:
    message = json.loads(request(classifier))
    message["drawing"]["strokes"] = []
    answer = unpack(fast_path.answer(json.dumps(message)))
    assert unpack(answer["network_view"])["values"] == b""
    assert unpack(answer["ink_stages"])["empty"] is True


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "null",
        "{",
        "[" * 100_000,
        '{"ticket": "guessed", "revision": 1, "drawing": {}}',
        '{"ticket": ["x"], "revision": 1, "drawing": {}}',
        "x" * 10_000_000,
    ],
    ids=lambda message: message[:20],
)
def test_junk_is_answered_with_nothing(message: str) -> None:
    assert unpack(fast_path.answer(message)) == {"revision": None}


@pytest.mark.parametrize("field", ["revision", "drawing"])
@pytest.mark.parametrize(
    "value", [None, "1", -1.5, True, [], {"strokes": [{"tool": "pen", "width": 1e999, "points": [0]}]}]
)
def test_a_wrong_field_is_answered_with_nothing(classifier: Classifier, field: str, value: object) -> None:
    message = json.loads(request(classifier))
    message[field] = value
    assert unpack(fast_path.answer(json.dumps(message))) == {"revision": None}


def test_a_conversation_goes_on_after_junk(classifier: Classifier) -> None:
    texts = ["junk", request(classifier, revision=1), "{}", request(classifier, revision=2)]
    accepted, *answers = converse(*texts)
    assert accepted["type"] == "websocket.accept"
    assert [unpack(answer["bytes"])["revision"] for answer in answers] == [None, 1, None, 2]


def test_a_drawing_is_not_answered_where_a_newer_one_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    given = threading.Event()
    answered: list[str] = []

    def slow(message: str, canvas: object, edges: bool) -> bytes:
        assert given.wait(60)
        answered.append(message)
        return message.encode()

    monkeypatch.setattr(fast_path, "answer", slow)
    sent = converse("1", "2", "3", "4", given=given, answers=1)
    assert answered == ["4"]
    assert [message["bytes"] for message in sent[1:]] == [b"4"]


def test_the_edges_follow_a_stroke_less_often_than_the_maps(classifier: Classifier) -> None:
    with_edges = unpack(unpack(fast_path.answer(request(classifier)))["network_view"])
    without = unpack(unpack(fast_path.answer(request(classifier), None, False))["network_view"])
    names = {"forward_edges", "forward_values", "forward_units", "forward_reasons"}
    assert with_edges.keys() - without.keys() == names
    assert without.items() <= {name: value for name, value in with_edges.items() if name not in names}.items()


def test_the_oldest_ticket_goes_first_and_is_then_unknown(classifier: Classifier) -> None:
    first = fast_path.ticket(classifier)
    assert fast_path.ticket(classifier) == first
    for _ in range(fast_path.MAX_CLASSIFIERS):
        fast_path.ticket(Classifier(Network("LeNet5", "random", classifier.network.model), Steps()))
    assert unpack(fast_path.answer(json.dumps({"ticket": first, "revision": 1, "drawing": document(1)}))) == {
        "revision": None
    }
    assert fast_path.ticket(classifier) != first


def test_the_ticket_that_was_unused_for_longest_goes_first(classifier: Classifier) -> None:
    model = classifier.network.model
    classifiers = [Classifier(Network("LeNet5", "random", model), Steps()) for _ in range(fast_path.MAX_CLASSIFIERS)]
    tickets = [fast_path.ticket(one) for one in classifiers]
    fast_path.ticket(classifiers[0])
    fast_path.ticket(classifier)

    def answered(name: str) -> bool:
        message = json.dumps({"ticket": name, "revision": 1, "drawing": document(1)})
        return bool(unpack(fast_path.answer(message))["revision"] == 1)

    assert answered(tickets[0])
    assert not answered(tickets[1])
    assert answered(tickets[2])
