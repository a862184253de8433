"""Tests of the printed lines that are taken out of a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from lenet.digits.picture_lines import Mask, without_lines


def seven(side: int = 200) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A 7 whose bar is near the picture's upper edge."""
    image = Image.new("1", (side, side))
    pen = ImageDraw.Draw(image)
    pen.line([(50, 24), (145, 22), (75, 165)], 1, 14)
    return image, pen


def mask(image: Image.Image) -> Mask:
    return np.asarray(image, bool)


def test_a_stroke_beside_a_line_along_the_same_edge_stays() -> None:
    image, pen = seven()
    digit = mask(image)
    pen.line([(0, 8), (199, 5)], 1, 3)
    assert (mask(image) != digit).sum() > 400
    assert (without_lines(mask(image)) == digit).all()


def test_without_a_line_all_stays() -> None:
    image, _ = seven()
    assert (without_lines(mask(image)) == mask(image)).all()
