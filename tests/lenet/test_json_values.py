"""Every number survives JSON and comes back."""

from __future__ import annotations

import json
import math

from lenet.json_values import plain


def test_numbers_that_json_lacks_are_words_that_float_reads() -> None:
    given = {"a": [1.5, -math.inf, (math.nan, None)], "b": math.inf, "c": "NaN?", "d": True, "e": 3}
    found = json.loads(json.dumps(plain(given), allow_nan=False))
    assert found == {"a": [1.5, "-Infinity", ["NaN", None]], "b": "Infinity", "c": "NaN?", "d": True, "e": 3}
    assert float(found["a"][1]) == -math.inf
    assert math.isnan(float(found["a"][2][0]))
