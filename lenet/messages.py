"""Every sentence that `lenet` says to a person, by key, so that a translation finds them in one place."""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[str, str]] = {
    # drawings
    "drawing-type": "The drawing can't be read: {what} is not {expected}. The last good drawing is kept.",
    "drawing-size": "The drawing can't be read: it has {what}, and {limit} is the limit. The last good drawing is kept.",
    "drawing-number": "The drawing can't be read: {what} is not a finite number in range. The last good drawing is kept.",
    # networks
    "model-unknown": "There is no network named {name!r}. Choose one of: {names}.",
    # data
    "mnist-files": "MNIST can't be read: {reason}. Put its four .gz files into {folder}, or connect to the internet so "
    "that they can be downloaded.",
    "mnist-cache": "MNIST can't be unpacked: {reason}. Make 60 MB of room, or set CNN_PLAYGROUND_CACHE to a folder that "
    "can be written to (now {folder}).",
}
