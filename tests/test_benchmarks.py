"""Computations of the benchmarks; nothing here is timed."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
import torch

from benchmarks import reliability, report, serving, strokes
from benchmarks.client import unpack
from benchmarks.drawing import Stroke
from benchmarks.latency import Moment
from benchmarks.record_size import memory
from benchmarks.report import Figure
from lenet.digits import drawing
from playground.components.packing import pack


@pytest.mark.parametrize("percent", [0, 33, 50, 95, 100])
def test_a_percentile_is_numpys(percent: float) -> None:
    values = [5.0, 1.0, 4.0, 9.0, 2.5]
    assert report.percentile(values, percent) == pytest.approx(np.percentile(values, percent))


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        report.percentile([], 50)


def test_the_table_says_whether_a_target_is_met() -> None:
    figures = [Figure("slow", 20, "ms", 16), Figure("often", 13.25, "", 12, "at least"), Figure("only told", 0.5, "s")]
    *_, slow, often, told = (
        [cell.strip() for cell in row.split("|")[1:-1]] for row in report.table(figures).split("\n")
    )
    assert slow == ["slow", "20 ms", "at most 16 ms", "no"]
    assert often == ["often", "13.2", "at least 12", "yes"]
    assert told == ["only told", "0.50 s", "", ""]


def test_a_block_is_unpacked_to_what_was_packed() -> None:
    data = {"revision": 7, "values": b"12345", "list": [1, 2.5], "empty": b"", "last": b"12345678"}
    assert unpack(pack(data)) == data


def test_a_hand_draws_what_the_pad_could_send() -> None:
    documents = list(islice(strokes.drawings(), 200))
    assert [document["revision"] for document in documents] == list(range(2, 202))
    drawings = [drawing.parse_drawing(document) for document in documents]
    points = [sum(len(stroke.points) for stroke in one.strokes) for one in drawings]
    assert max(len(one.strokes) for one in drawings) == 4
    assert sum(after < before for before, after in pairwise(points)) == 1  # cleared once
    inside = np.concatenate([stroke.points for one in drawings for stroke in one.strokes])
    assert inside.min() > 0
    assert inside.max() < 1


def test_an_event_counts_until_the_first_view_that_contains_it() -> None:
    stroke = Stroke(
        moves=[{"at": 0, "seq": 1}, {"at": 10, "seq": 2}, {"at": 20, "seq": 2}, {"at": 30, "seq": 3}],
        sends=[{"at": 1, "seq": 1}, {"at": 25, "seq": 2}, {"at": 45, "seq": 4}],
        receipts=[{"at": 20, "bytes": 100}, {"at": 40, "bytes": 120}, {"at": 41, "bytes": 1}, {"at": 60, "bytes": 110}],
        views=[
            {"at": 22, "seq": 1, "framed": 24},
            {"at": 43, "seq": 2, "framed": 44},
            {"at": 65, "seq": 4, "framed": 66},
        ],
    )
    assert stroke.latencies == [24, 34, 24, 36]
    assert stroke.updates == 1
    assert stroke.bytes_per_update == pytest.approx(331 / 3)
    assert stroke.parts == {
        "waiting to be sent": [1, 15, 5, 15],
        "server": [19, 15, 15],
        "page": [2, 3, 5],
        "frame": [2, 1, 1],
    }


def test_a_press_counts_until_the_last_component_shows_what_is_wanted() -> None:
    def show(name: str, at: float, **data: str) -> dict[str, object]:
        return {"name": name, "data": data, "at": at, "framed": at + 5}

    notes: dict[str, list[dict[str, object]]] = {
        "presses": [{"at": 3}, {"at": 10}],
        "sends": [{"at": 8, "bytes": 1}, {"at": 12, "bytes": 1}, {"at": 70, "bytes": 1}],
        "receipts": [{"at": 11, "bytes": 9}, {"at": 30, "bytes": 9}, {"at": 40, "bytes": 9}, {"at": 90, "bytes": 9}],
        "shows": [
            show("picture", 20, seq="1", frame="4"),
            show("player", 42, seq="2"),
            show("picture", 45, seq="2", frame="0"),
            show("picture", 60, seq="2", frame="0"),
        ],
    }
    moment = Moment.of(notes, {"picture": {"seq": "2", "frame": "0"}, "player": {"seq": "2"}})
    assert moment.latency == 40
    assert list(moment.parts.values()) == [2, 28, 5, 5]


def test_memory_counts_each_buffer_once_and_a_view_as_all_that_it_keeps() -> None:
    array, tensor = np.zeros(100, np.float32), torch.zeros(50)
    both = {"array": array, "view": (array[:2], array.reshape(10, 10).T), "again": [array]}
    assert memory(both) == 400
    assert memory(array[:1]) == 400
    assert memory([tensor.numpy(), tensor[10:].numpy()]) == 200
    assert memory(np.broadcast_to(np.float32(0), (1000,))) == 4
    assert memory(Figure("no array", 1, "")) == 0


def test_the_document_has_every_figure_and_what_it_was_measured_on() -> None:
    figures = [Figure("100 visitors: errors", 0, "", 0), Figure("memory", 12.5, "MiB", 5)]
    words = reliability.document(figures, quick=True)
    assert report.table(figures) in words
    assert "--reliability --quick" in words
    assert f"{report.machine()['processors']} processors" in words
    assert "--quick" not in reliability.document(figures, quick=False)


def test_the_written_document_has_every_measure() -> None:
    words = (serving.ROOT / "docs" / "reliability.md").read_text("utf-8")
    for said in ("through Streamlit", "fast path", "descriptors", "megapixels", "unfinished", "hostile", "is killed"):
        assert said in words
