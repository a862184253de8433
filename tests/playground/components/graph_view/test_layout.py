"""Tests of the layout: boxes don't overlap, and every arrow starts and ends at its boxes."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from playground.components.graph_view import layout
from playground.components.graph_view.layout import Layout, Point
from tests.browser.apps import graph

Arrows = tuple[tuple[int, int], ...]


def tree(count: int, seed: int) -> tuple[tuple[Point, ...], Arrows]:
    """Random acyclic graph in which every box can be reached from the first."""
    numbers = random.Random(seed)
    sizes = tuple((numbers.uniform(60, 230), 40.0) for _ in range(count))
    arrows = [(numbers.randrange(target), target) for target in range(1, count)]
    arrows += [tuple(sorted(numbers.sample(range(count), 2))) for _ in range(count // 3)]
    return sizes, tuple(arrows)


def check(sizes: tuple[Point, ...], arrows: Arrows, found: Layout) -> None:
    boxes = [
        (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        for (x, y), (width, height) in zip(found.centers, sizes, strict=True)
    ]
    for place, (left, top, right, bottom) in enumerate(boxes):
        assert left >= -1
        assert top >= -1
        assert right <= found.width + 1
        assert bottom <= found.height + 1
        for other in boxes[place + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (place, boxes[place], other)
    for (source, target), curve in zip(arrows, found.curves, strict=True):
        assert len(curve) % 3 == 1
        for box, (x, y) in ((boxes[source], curve[0]), (boxes[target], curve[-1])):
            assert box[0] - 1.5 <= x <= box[2] + 1.5
            assert box[1] - 1.5 <= y <= box[3] + 1.5
        assert found.centers[source][1] < found.centers[target][1], "an arrow leads down"


@pytest.mark.parametrize(("count", "seed"), [(1, 0), (2, 0), (12, 1), (60, 2), (200, 3)])
def test_boxes_do_not_overlap_and_arrows_join_them(count: int, seed: int) -> None:
    sizes, arrows = tree(count, seed)
    check(sizes, arrows, layout.layout(sizes, arrows))


def test_two_arrows_between_the_same_boxes_are_two_curves() -> None:
    found = layout.layout(((90.0, 40.0),) * 2, ((0, 1), (0, 1)))
    assert len(set(found.curves)) == 2


def test_nothing_takes_no_room() -> None:
    assert layout.layout((), ()) == Layout(0, 0, (), ())


def test_the_same_structure_is_laid_out_once() -> None:
    sizes, arrows = tree(20, 9)
    assert layout.layout(sizes, arrows) is layout.layout(tuple(sizes), tuple(arrows))


def test_many_threads_get_what_one_gets() -> None:
    graphs = [tree(40, seed) for seed in range(24)]
    alone = [layout.layout.__wrapped__(*one) for one in graphs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda one: layout.layout.__wrapped__(*one), graphs))
    assert together == alone


def test_no_font_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    layout.layout.__wrapped__(*tree(30, 4))
    assert capfd.readouterr() == ("", "")


def test_two_hundred_boxes_of_residual_blocks() -> None:
    boxes, arrows = graph.blocks()
    assert len(boxes) == 200
    place = {box.id: index for index, box in enumerate(boxes)}
    sizes = ((150.0, 40.0),) * len(boxes)
    ends = tuple((place[arrow.source], place[arrow.target]) for arrow in arrows)
    check(sizes, ends, layout.layout(sizes, ends))


def test_a_dense_network_is_laid_out_without_its_longest_arrows() -> None:
    sizes = ((150.0, 40.0),) * 150
    arrows = tuple((source, target) for target in range(150) for source in range(target))
    placed = layout._without_longest(len(sizes), arrows)
    assert sum(target - source - 1 for source, target in placed) <= layout.MOST_CROSSED
    assert {(place, place + 1) for place in range(149)} <= set(placed)
    found = layout.layout(sizes, arrows)
    check(sizes, arrows, found)
    assert all(x <= found.width for curve in found.curves for x, _ in curve)


def test_a_cycle_is_laid_out_with_all_its_arrows() -> None:
    arrows = ((0, 1), (1, 2), (2, 1), (2, 3))
    assert layout._without_longest(4, arrows) == arrows
    assert len(layout.layout(((90.0, 40.0),) * 4, arrows).curves) == 4
