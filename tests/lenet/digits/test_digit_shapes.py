"""Each form of a digit exists, keeps to its box, has its strokes, and has the features that it is named after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lenet.digits import handwriting
from lenet.digits.digit_shapes import FORMS, Form, Skeleton
from lenet.digits.drawing import Drawing, Stroke, rasterize

ALL = [(digit, form) for digit, forms in enumerate(FORMS) for form in forms]
NAMES = [f"{digit}-{form.name}" for digit, form in ALL]

STROKES = {
    (0, "ring"): {1, 2},
    (1, "plain"): {1, 2},
    (4, "plain"): {1, 2},
    (4, "low cup"): {1, 2},
    (4, "bent stem"): {2},
    (5, "plain"): {1, 2},
    (5, "loose bar"): {2},
    (5, "straight neck"): {2},
    (7, "crossed"): {2},
    (8, "figure"): {1, 2},
    (9, "plain"): {1, 2},
    (9, "open"): {1, 2},
}
"""Numbers of strokes that a form is written with; the others are written without lifting the pen."""


def skeletons(form: Form, count: int = 100) -> list[Skeleton]:
    rng = np.random.default_rng(0)
    return [
        form.strokes(lambda low, high: float(rng.uniform(low, high)), lambda p: rng.random() < p) for _ in range(count)
    ]


def form_of(digit: int, name: str) -> Form:
    (form,) = (each for each in FORMS[digit] if each.name == name)
    return form


@pytest.mark.parametrize("digit", range(10))
def test_the_forms_of_a_digit_have_names_and_shares(digit: int) -> None:
    names = [form.name for form in FORMS[digit]]
    assert len(set(names)) == len(names)
    assert sum(form.share for form in FORMS[digit]) == pytest.approx(1)
    assert min(form.share for form in FORMS[digit]) >= 0.05


@pytest.mark.parametrize(("digit", "form"), ALL, ids=NAMES)
def test_a_form_has_its_strokes_near_the_box(digit: int, form: Form) -> None:
    found = skeletons(form)
    assert {len(skeleton) for skeleton in found} == STROKES.get((digit, form.name), {1})
    for skeleton in found:
        assert min(len(line) for line in skeleton) >= 2
        points = np.vstack([np.array(line) for line in skeleton])
        # Flags, bars and tails may reach out to the sides; nothing goes far beyond the digit's height.
        assert points[:, 0].min() >= -1.3
        assert points[:, 0].max() <= 1.5
        assert points[:, 1].min() >= -0.25
        assert points[:, 1].max() <= 1.3


@pytest.mark.parametrize(("digit", "form"), ALL, ids=NAMES)
def test_a_form_fills_its_size_and_repeats_with_the_seed(digit: int, form: Form) -> None:
    rng = np.random.default_rng(1)
    for seed in range(40):
        lines = handwriting.write(digit, rng, form.name)
        points = np.vstack(lines)
        assert np.isfinite(points).all()
        assert np.ptp(points, 0).max() == pytest.approx(1)
        assert np.abs(points).max() <= 0.5 + 1e-9
        first, again, other = (handwriting.write(digit, np.random.default_rng(s), form.name) for s in (seed, seed, 99))
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert not np.array_equal(np.vstack(first), np.vstack(other))


def test_forms_are_drawn_by_their_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []

    def form(name: str, share: float) -> Form:
        return Form(name, share, lambda u, chance: drawn.append(name) or [[(0, 0), (1, 1)]])  # type: ignore[func-returns-value]

    monkeypatch.setattr(handwriting, "FORMS", ((form("rare", 0.2), form("common", 0.8)),))
    rng = np.random.default_rng(0)
    for _ in range(400):
        handwriting.write(0, rng)
    assert 50 < drawn.count("rare") < 110


def crossings(skeleton: Skeleton) -> list[tuple[float, float]]:
    """Points at which the smooth strokes cross themselves or each other."""
    lines = [handwriting.smooth(np.array(line)) for line in skeleton]
    begin, end = np.vstack([line[:-1] for line in lines]), np.vstack([line[1:] for line in lines])
    way = end - begin
    first, second = np.triu_indices(len(begin), 2)

    def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]

    with np.errstate(divide="ignore", invalid="ignore"):
        apart = begin[second] - begin[first]
        along = cross(apart, way[second]) / cross(way[first], way[second])
        other = cross(apart, way[first]) / cross(way[first], way[second])
    meet = (along > 0) & (along < 1) & (other > 0) & (other < 1)
    return [(float(x), float(y)) for x, y in begin[first[meet]] + along[meet, None] * way[first[meet]]]


def joins_its_bar(skeleton: Skeleton) -> bool:
    """Down to the foot, back up to the left, then to the right, well above the foot."""
    points = np.array(skeleton[0])
    after = points[int(points[:, 1].argmax()) + 1 :]
    if len(after) < 2:
        return False
    begin, end = after[-2:]
    return bool(begin[0] < end[0] - 0.1 and 0.3 < end[1] < 0.9)


def has_a_small_loop(skeleton: Skeleton) -> bool:
    """The line crosses itself, and only near its foot."""
    meet = crossings(skeleton)
    return bool(meet) and min(y for _, y in meet) > 0.55


def has_a_long_foot(skeleton: Skeleton) -> bool:
    curve = handwriting.smooth(np.array(skeleton[0]))
    return bool(np.ptp(curve[curve[:, 1] > 0.9][:, 0]) > 0.12)


def has_a_wide_flag(skeleton: Skeleton) -> bool:
    points = np.array(skeleton[0])
    tip = points[points[:, 1].argmin()]
    return bool(tip[0] - points[0, 0] > 0.5 and points[0, 1] > 0.25)


def has_a_loop_at_the_top(skeleton: Skeleton) -> bool:
    return any(y < 0.55 for _, y in crossings(skeleton))


def ends_in_a_long_tail(skeleton: Skeleton) -> bool:
    """The pen ends far on the left, after a long way along the bottom."""
    curve = handwriting.smooth(np.array(skeleton[0]))
    x, y = curve[-1]
    return bool(x < 0.16 and y > 0.65 and np.ptp(curve[curve[:, 1] > 0.85][:, 0]) > 0.25)


def has_a_closed_head(skeleton: Skeleton) -> bool:
    """Drawn with a pen of a tenth of the box, the upper part encloses paper."""
    lines = [handwriting.smooth(np.array(line)) for line in skeleton]
    ink = rasterize(Drawing(tuple(Stroke((0.25 + 0.5 * line).astype(np.float32), 0.05) for line in lines)), 100)
    picture = Image.fromarray((ink > 128).astype(np.uint8)).copy()
    ImageDraw.floodfill(picture, (0, 0), 1)
    return bool((np.asarray(picture)[:60] == 0).any())


def has_an_open_head(skeleton: Skeleton) -> bool:
    return not has_a_closed_head(skeleton)


def has_no_foot(skeleton: Skeleton) -> bool:
    """The line stays near the end of the neck once it is down: there is at most a flick to the right."""
    curve = handwriting.smooth(np.array(skeleton[0]))
    foot = curve[curve[:, 1] > 0.86]
    return bool(0.05 < np.ptp(foot[:, 0]) < 0.45)


FEATURES: list[tuple[int, str, Callable[[Skeleton], bool]]] = [
    (1, "with foot", has_a_long_foot),
    (1, "loop", has_a_loop_at_the_top),
    (1, "wide flag", has_a_wide_flag),
    (2, "without foot", has_no_foot),
    (3, "long tail", ends_in_a_long_tail),
    (6, "small loop", has_a_small_loop),
    (7, "crossed", lambda skeleton: len(skeleton) == 2),
    (7, "joined bar", joins_its_bar),
    (9, "long tail", ends_in_a_long_tail),
    (9, "open", has_an_open_head),
]


@pytest.mark.parametrize(("digit", "name", "feature"), FEATURES, ids=[f"{d}-{name}" for d, name, _ in FEATURES])
def test_a_form_has_its_feature(digit: int, name: str, feature: Callable[[Skeleton], bool]) -> None:
    found = [feature(skeleton) for skeleton in skeletons(form_of(digit, name))]
    assert np.mean(found) >= 0.9


@pytest.mark.parametrize(
    ("digit", "name", "feature"),
    [each for each in FEATURES if each[:2] != (3, "long tail")],  # plain 3s have rather long tails as well
    ids=lambda value: None if callable(value) else str(value),
)
def test_a_feature_tells_a_form_from_the_plain_one(digit: int, name: str, feature: Callable[[Skeleton], bool]) -> None:
    assert np.mean([feature(skeleton) for skeleton in skeletons(form_of(digit, "plain"))]) < 0.6
