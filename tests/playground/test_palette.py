"""The pictures' colours can be told apart with every kind of colour vision."""

from __future__ import annotations

from tests import color_vision


def test_signs_and_grounds_can_be_told_apart_by_every_eye() -> None:
    for (pair, theme), found in color_vision.distances().items():
        assert min(found.values()) > 50, (pair, theme, found)


def test_the_documentation_has_these_figures() -> None:
    assert color_vision.TABLE.read_text(encoding="utf-8") == color_vision.table()


def test_a_distance_is_that_of_cielab() -> None:
    assert round(color_vision.distance("#000000", "#ffffff", "full")) == 100
    assert color_vision.distance("#123456", "#123456", "deutan") == 0
    # Red and green of the same lightness are nearly one colour for those who lack one of the two cones.
    assert (
        color_vision.distance("#c04040", "#607000", "deutan") < color_vision.distance("#c04040", "#607000", "full") / 2
    )
