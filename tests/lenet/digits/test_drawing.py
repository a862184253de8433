"""Drawings: what is drawn, and what anyone may send instead of one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageDraw

from lenet.digits.drawing import (
    MAX_POINTS,
    MAX_STROKES,
    PAD_SIDE,
    Canvas,
    Drawing,
    Stroke,
    parse_drawing,
    parse_strokes,
    rasterize,
)
from lenet.errors import InputError


def stroke(*points: tuple[float, float], width: float = 0.1, erase: bool = False) -> Stroke:
    return Stroke(np.array(points, np.float32), width, erase)


def test_nothing_is_no_ink() -> None:
    assert rasterize(Drawing()).shape == (PAD_SIDE, PAD_SIDE)
    assert not rasterize(Drawing()).any()


def test_a_point_is_a_round_dot() -> None:
    ink = rasterize(Drawing((stroke((0.5, 0.5)),))) / 255
    assert ink.sum() == pytest.approx(np.pi * 14**2, rel=0.05)
    assert ink[140, 140] == 1
    assert np.allclose(ink, ink.T)


def test_a_line_has_its_width_and_round_caps() -> None:
    ink = rasterize(Drawing((stroke((0.2, 0.5), (0.8, 0.5)),))) / 255
    assert ink[:, 140].sum() == pytest.approx(28, abs=1)
    assert ink.sum() == pytest.approx(0.6 * 280 * 28 + np.pi * 14**2, rel=0.03)
    assert ink[140, 56 - 12] == 1
    assert ink[140, 56 - 16] == 0
    assert ink[140 - 12, 56 - 12] == 0


def test_a_bend_is_round_and_has_no_gap() -> None:
    ink = rasterize(Drawing((stroke((0.2, 0.8), (0.5, 0.2), (0.8, 0.8)),)))
    tip = ink[56 - 10, 140 - 2 : 140 + 2]
    assert (tip == 255).all()
    assert ink[56 - 16].max() == 0


def test_many_points_on_a_line_draw_what_two_do() -> None:
    two = rasterize(Drawing((stroke((0.2, 0.3), (0.8, 0.7)),))).astype(int)
    many = rasterize(Drawing((stroke(*zip(np.linspace(0.2, 0.8, 60), np.linspace(0.3, 0.7, 60), strict=True)),)))
    assert np.abs(two - many).mean() < 1.5


def test_the_eraser_takes_ink_away_in_order() -> None:
    line = stroke((0.2, 0.5), (0.8, 0.5))
    gone = stroke((0.5, 0.5), width=0.2, erase=True)
    assert rasterize(Drawing((line, gone)))[140, 140] == 0
    assert rasterize(Drawing((gone, line)))[140, 140] == 255
    base = np.full((28, 28), 255, np.uint8)
    assert rasterize(Drawing((gone,), base))[140, 140] == 0


def test_a_28_pixel_picture_keeps_its_pixels() -> None:
    base = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    assert np.array_equal(rasterize(Drawing(base=base)), base.repeat(10, 0).repeat(10, 1))


def test_a_drawing_scales_with_the_pad() -> None:
    drawing = Drawing((stroke((0.2, 0.3), (0.8, 0.7), (0.3, 0.9)),))
    small, large = rasterize(drawing, 140), rasterize(drawing, 280)
    assert small.shape == (140, 140)
    assert small.mean() == pytest.approx(large.mean(), rel=0.03)


def test_strokes_that_leave_the_pad_are_cut_off() -> None:
    ink = rasterize(Drawing((stroke((-1, 0.5), (2, 0.5)),)))
    assert ink[140].min() == 255
    assert not rasterize(Drawing((stroke((1.9, 1.9)),))).any()


def document(**changes: Any) -> dict[str, Any]:
    first = {"tool": "pen", "width": 0.09, "points": [0.1, 0.2, 0.3, 0.4]}
    second = {"tool": "eraser", "width": 0.2, "points": [0.5, 1]}
    return {"seq": 3, "base": None, "strokes": [first, second]} | changes


def test_a_good_document_is_read() -> None:
    drawing = parse_drawing(json.loads(json.dumps(document())))
    assert drawing.base is None
    pen, eraser = drawing.strokes
    assert pen.points == pytest.approx(np.array([[0.1, 0.2], [0.3, 0.4]]))
    assert pen.points.dtype == np.float32
    assert (pen.width, pen.erase) == (0.09, False)
    assert (eraser.width, eraser.erase) == (0.2, True)
    assert parse_drawing({"strokes": []}) == Drawing()


@pytest.mark.parametrize("side", [1, 28, 280])
def test_a_picture_comes_through(side: int) -> None:
    pixels = np.random.default_rng(side).integers(0, 256, (side, side)).astype(np.uint8)
    base = {"side": side, "pixels": base64.b64encode(pixels.tobytes()).decode()}
    found = parse_drawing(document(base=base)).base
    assert found is not None
    assert np.array_equal(found, pixels)


def one(**changes: Any) -> dict[str, Any]:
    return document(strokes=[{"tool": "pen", "width": 0.09, "points": [0.1, 0.2]} | changes])


PIXELS = base64.b64encode(bytes(784)).decode()
NAN, INFINITY = float("nan"), float("inf")
BAD_DOCUMENTS: list[Any] = [
    None,
    True,
    7,
    "x" * 10_000_000,
    [],
    {},
    document(strokes=None),
    document(strokes={}),
    document(strokes="strokes"),
    document(strokes=[None]),
    document(strokes=[[0.1, 0.2]]),
    document(strokes=[{"tool": "pen", "width": 0.09, "points": [0.1, 0.2]}] * (MAX_STROKES + 1)),
    document(strokes=[{"tool": "pen", "width": 0.09, "points": [0.1, 0.2] * 200}] * 101),
    one(tool="brush"),
    one(tool=None),
    one(tool=["pen"]),
    one(width=None),
    one(width="0.1"),
    one(width=True),
    one(width=0),
    one(width=-0.1),
    one(width=1.5),
    one(width=NAN),
    one(width=INFINITY),
    one(width=10**400),
    one(points=None),
    one(points=[]),
    one(points=[0.1]),
    one(points=[0.1, 0.2, 0.3]),
    one(points=[[0.1, 0.2]]),
    one(points="0.1,0.2"),
    one(points=[0.1, "0.2"]),
    one(points=[0.1, None]),
    one(points=[0.1, True]),
    one(points=[0.1, NAN]),
    one(points=[0.1, INFINITY]),
    one(points=[0.1, -INFINITY]),
    one(points=[0.1, 3]),
    one(points=[-3, 0.1]),
    one(points=[0.1, 10**400]),
    one(points=[0.1, 0.2] * (MAX_POINTS + 1)),
    one(points=[0.5] * 2_500_000),
    document(base=7),
    document(base=[]),
    document(base={}),
    document(base={"side": 28}),
    document(base={"side": 28, "pixels": None}),
    document(base={"side": 28, "pixels": bytes(784)}),
    document(base={"side": 28, "pixels": ""}),
    document(base={"side": 28, "pixels": PIXELS[:-4]}),
    document(base={"side": 28, "pixels": "!" + PIXELS[1:]}),
    document(base={"side": 28, "pixels": "é" + PIXELS[1:]}),
    document(base={"side": 28, "pixels": "=" * len(PIXELS)}),
    document(base={"side": 28, "pixels": "A" * 10_000_000}),
    document(base={"side": 28.0, "pixels": PIXELS}),
    document(base={"side": True, "pixels": "AA=="}),
    document(base={"side": 0, "pixels": ""}),
    document(base={"side": -28, "pixels": PIXELS}),
    document(base={"side": 10**9, "pixels": PIXELS}),
    document(base={"side": NAN, "pixels": PIXELS}),
]


@pytest.mark.parametrize("bad", BAD_DOCUMENTS, ids=range(len(BAD_DOCUMENTS)))
def test_anything_else_is_refused(bad: Any) -> None:
    with pytest.raises(InputError) as refused:
        parse_drawing(bad)
    assert len(str(refused.value)) < 300


def test_as_many_points_as_allowed_are_drawn() -> None:
    points = np.random.default_rng(0).random(2 * MAX_POINTS).tolist()
    drawing = parse_drawing(one(points=points))
    assert len(drawing.strokes[0].points) == MAX_POINTS
    assert rasterize(drawing).any()


def test_a_file_stroke_gets_the_pads_pen() -> None:
    (only,) = parse_strokes([[[0.1, 0.2], [1, 0]]])
    assert only == Stroke(only.points)
    assert only.points == pytest.approx(np.array([[0.1, 0.2], [1, 0]]))


@st.composite
def growing(draw: st.DrawFn) -> list[Drawing]:
    """Drawings as they come from a pad: mostly more points or strokes than before, sometimes undone or cleared."""
    coordinate = st.floats(-0.25, 1.25, width=32)
    drawings = [Drawing()]
    for _ in range(draw(st.integers(1, 6))):
        strokes, base = list(drawings[-1].strokes), drawings[-1].base
        match draw(st.sampled_from(["points", "points", "stroke", "both", "undo", "clear", "base", "again"])):
            case "points" | "both" as change if strokes:
                more = np.array(draw(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=3)), np.float32)
                strokes[-1] = replace(strokes[-1], points=np.concatenate([strokes[-1].points, more]))
                if change == "both":
                    strokes.append(strokes[0])
            case "undo":
                strokes = strokes[:-1]
            case "clear":
                strokes, base = [], None
            case "base":
                base = np.full((28, 28), draw(st.integers(0, 255)), np.uint8)
            case "again":
                strokes = [replace(stroke, points=stroke.points.copy()) for stroke in strokes]
            case _:
                points = np.array(draw(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=3)), np.float32)
                strokes.append(Stroke(points, draw(st.sampled_from([0.001, 0.09, 0.3])), draw(st.booleans())))
        drawings.append(Drawing(tuple(strokes), base))
    return drawings


@settings(max_examples=60, deadline=None)
@given(growing())
def test_a_canvas_that_goes_on_gives_the_same_ink_as_a_new_one(drawings: list[Drawing]) -> None:
    canvas = Canvas()
    for drawn in drawings:
        assert np.array_equal(canvas.ink(drawn), rasterize(drawn))


COORDINATES = st.floats(-2, 2, width=32)
SENT = st.fixed_dictionaries(
    {
        "tool": st.sampled_from(["pen", "eraser"]),
        "width": st.floats(0.001, 1),
        "points": st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=8).map(
            lambda points: [number for point in points for number in point]
        ),
    }
)


@given(st.lists(SENT, max_size=5))
def test_any_drawing_of_the_pad_is_read_as_it_was_sent(sent: list[dict[str, Any]]) -> None:
    found = parse_drawing(json.loads(json.dumps({"strokes": sent, "base": None}))).strokes
    assert [(stroke.points.ravel().tolist(), stroke.width, stroke.erase) for stroke in found] == [
        (stroke["points"], stroke["width"], stroke["tool"] == "eraser") for stroke in sent
    ]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {
            "strokes": st.lists(
                st.fixed_dictionaries({"tool": st.just("pen"), "width": JUNK | st.just(0.1), "points": JUNK})
            )
        },
        optional={"base": JUNK | st.fixed_dictionaries({"side": JUNK, "pixels": JUNK})},
    )
    | JUNK
)
def test_whatever_is_sent_is_a_drawing_that_can_be_drawn_or_refused(sent: object) -> None:
    try:
        found = parse_drawing(sent)
    except InputError:
        return
    assert rasterize(found).shape == (PAD_SIDE, PAD_SIDE)


def test_a_canvas_draws_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    monkeypatch.setattr(ImageDraw.ImageDraw, "ellipse", lambda _, where, **__: drawn.append(where))
    points = np.linspace(0.2, 0.8, 40, dtype=np.float32).reshape(-1, 2)
    canvas = Canvas()
    for count in (5, 12, 20, 20):
        canvas.ink(Drawing((Stroke(points[:count]),)))
    assert len(drawn) == 20
    canvas.ink(Drawing((Stroke(points[:20]), Stroke(points[:3]))))
    assert len(drawn) == 23
    canvas.ink(Drawing((Stroke(points[:20]),)))  # undone: from the start
    assert len(drawn) == 43
