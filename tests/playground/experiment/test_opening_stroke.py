"""The stroke with which a visit opens is one that the networks hesitate over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from lenet.digits import drawing, ink
from lenet.digits.drawing import Drawing, Stroke
from lenet.networks import checkpoint, forward, models
from playground.experiment import opening_stroke


def probabilities(name: str, drawn: Drawing) -> NDArray[np.float32]:
    model = checkpoint.load(name)
    return forward.run(model, ink.normalize(drawing.rasterize(drawn), models.input_size(model)).input).probabilities


def begun(count: int) -> Drawing:
    (stroke,) = opening_stroke.drawing().strokes
    return Drawing((replace(stroke, points=stroke.points[:count]),))


@pytest.mark.parametrize("name", sorted(models.MODELS))
def test_at_its_end_it_may_be_a_4_or_a_9(name: str) -> None:
    found = probabilities(name, opening_stroke.drawing())
    assert set(np.argsort(found)[-2:]) == {4, 9}
    assert min(found[4], found[9]) > 0.1


@pytest.mark.parametrize("name", sorted(models.MODELS))
def test_on_its_way_the_answer_changes(name: str) -> None:
    count = len(opening_stroke.drawing().strokes[0].points)
    answers = [int(probabilities(name, begun(part)).argmax()) for part in range(10, count + 1, 5)]
    assert len(set(answers)) >= 4


def test_it_is_known_again_while_it_is_drawn() -> None:
    whole = opening_stroke.drawing()
    (stroke,) = whole.strokes
    assert opening_stroke.is_on(whole)
    assert opening_stroke.is_on(begun(5))
    assert not opening_stroke.is_on(None)
    assert not opening_stroke.is_on(Drawing())
    assert not opening_stroke.is_on(Drawing((stroke, stroke)))
    assert not opening_stroke.is_on(replace(whole, base=np.zeros((28, 28), np.uint8)))
    assert not opening_stroke.is_on(Drawing((replace(stroke, erase=True),)))
    assert not opening_stroke.is_on(Drawing((Stroke(stroke.points[::-1].copy()),)))
    assert not opening_stroke.is_on(Drawing((Stroke(np.vstack([stroke.points, stroke.points[-1:]])),)))
