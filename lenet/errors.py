"""The one error that people are meant to read."""

from __future__ import annotations

from lenet.messages import render


class InputError(ValueError):
    """Something that came from outside can't be used: a drawing, a picture, a file, an argument.

    Args:
        key: which message of `lenet.messages` says what happened and what to do.
        values: what the message fills in. They are kept, so that a page can say the same in another language; a phrase
            among them is a `Message`.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(render(key, values))
