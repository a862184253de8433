"""Files of strokes are read as the pad would draw them, a bad line is named, and kept drawings come back equal."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lenet.digits import handwriting, stroke_file
from lenet.digits.drawing import Drawing, Stroke, rasterize
from lenet.digits.ink import normalize
from lenet.errors import InputError


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_strokes_become_what_the_pad_would_make_of_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines, images = [], []
    for digit in range(10):
        drawing = handwriting.draw(digit, rng, 0.7)
        # Through the float32 that the file is read into.
        lines.append({"label": digit, "strokes": [stroke.points.tolist() for stroke in drawing.strokes]})
        images.append(normalize(rasterize(drawing), 28).centered)
    digits = stroke_file.read(write(tmp_path / "ten.jsonl", *lines, "", "  "))
    assert digits.labels.tolist() == list(range(10))
    assert np.array_equal(digits.images, np.stack(images))
    dot = stroke_file.read(write(tmp_path / "dot.jsonl", {"label": 1, "strokes": [[[0.5, 0.5]]]}))
    expected = rasterize(Drawing((Stroke(np.array([[0.5, 0.5]], np.float32)),)))
    assert np.array_equal(dot.images[0], normalize(expected, 28).centered)


GOOD = {"label": 1, "strokes": [[[0.5, 0.1], [0.5, 0.9]]]}


@pytest.mark.parametrize(
    "bad",
    [
        "junk",
        "[" * 100_000,
        "[]",
        "3",
        "null",
        {"strokes": GOOD["strokes"]},
        GOOD | {"label": 10},
        GOOD | {"label": -1},
        GOOD | {"label": True},
        GOOD | {"label": "1"},
        GOOD | {"label": 1.0},
        {"label": 1},
        GOOD | {"strokes": []},
        GOOD | {"strokes": {}},
        GOOD | {"strokes": [[]]},
        GOOD | {"strokes": [[0.1, 0.2]]},
        GOOD | {"strokes": [[[0.1, 0.2, 0.3]]]},
        GOOD | {"strokes": [[["0.1", 0.2]]]},
        GOOD | {"strokes": [[[True, 0.2]]]},
        GOOD | {"strokes": [[[None, 0.2]]]},
        GOOD | {"strokes": [[[10**400, 0.2]]]},
        '{"label": 1, "strokes": [[[NaN, 0.2]]]}',
        '{"label": 1, "strokes": [[[1e999, 0.2]]]}',
        GOOD | {"strokes": [[[1.9, 1.9], [1.8, 1.8]]]},
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: object) -> None:
    with pytest.raises(InputError, match=r"bad\.jsonl, line 3: "):
        stroke_file.read(write(tmp_path / "bad.jsonl", GOOD, "", bad, GOOD))


def test_bad_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="No such file"):
        stroke_file.read(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match="can't be read"):
        stroke_file.read(tmp_path)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        stroke_file.read(tmp_path / "latin.jsonl")
    with pytest.raises(InputError, match="no line with a digit"):
        stroke_file.read(write(tmp_path / "empty.jsonl", "", ""))
    monkeypatch.setattr(stroke_file, "MAX_FILE", 2**20)
    with pytest.raises(InputError, match="larger than 1 MB"):
        stroke_file.read(write(tmp_path / "huge.jsonl", " " * (2**20 + 1)))


def test_written_drawings_are_read_again_as_they_were() -> None:
    rng = np.random.default_rng(1)
    kept = [stroke_file.of_drawing(digit, handwriting.draw(digit, rng, 0.7)) for digit in range(10)]
    again = stroke_file.parse(stroke_file.write(kept).encode(), "kept")
    assert [one.label for one in again] == list(range(10))
    for one, other in zip(kept, again, strict=True):
        assert np.array_equal(one.image, other.image)
        assert all(np.array_equal(*pair) for pair in zip(one.strokes, other.strokes, strict=True))
    assert np.array_equal(stroke_file.digits(again).images, np.stack([one.image for one in kept]))


def test_what_is_no_pen_stroke_is_not_kept() -> None:
    line = np.array([[0.5, 0.1], [0.5, 0.9]], np.float32)
    with pytest.raises(InputError, match="pen alone"):
        stroke_file.of_drawing(1, Drawing((Stroke(line), Stroke(line, erase=True))))
    with pytest.raises(InputError, match="pen alone"):
        stroke_file.of_drawing(1, Drawing((Stroke(line),), np.zeros((28, 28), np.uint8)))
    with pytest.raises(InputError, match="from 0 to 9"):
        stroke_file.of_drawing(10, Drawing((Stroke(line),)))
    with pytest.raises(InputError, match="no ink"):
        stroke_file.of_drawing(1, Drawing())


def test_more_drawings_than_asked_for_are_refused() -> None:
    data = (json.dumps(GOOD) + "\n") * 3
    assert len(stroke_file.parse(data.encode(), "three", 3)) == 3
    with pytest.raises(InputError, match="more than 2"):
        stroke_file.parse(data.encode(), "three", 2)
