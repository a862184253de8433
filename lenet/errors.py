"""Error whose message is written for users."""

from __future__ import annotations

from lenet.messages import render


class InputError(ValueError):
    """Unusable input: a drawing, a picture, a file, an argument.

    Args:
        key: of the message in `lenet.messages`, which says what happened and what to do.
        values: for the placeholders of the message; kept so that a page can translate it. A phrase among
            them is a `Message`.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(render(key, values))
