"""The digits: load a split of MNIST, pick one of a class.

torchvision checks, unpacks and reads the files, and downloads those that `assets/mnist` lacks.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.torchvision_guard import torchvision

SHIPPED: Final = Path(__file__).parent.parent / "assets" / "mnist"
Split = Literal["train", "test"]


@dataclass(frozen=True)
class Digits:
    """A split of MNIST, read-only.

    Attributes:
        images: (n, 28, 28) uint8 ink, 0 is paper and 255 is full ink.
        labels: (n,) int64, 0 to 9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


_LOCK = threading.Lock()
_LOADED: dict[Split, Digits] = {}


def cache_folder() -> Path:
    """Where the unpacked files go: `$CNN_PLAYGROUND_CACHE`, else `cnn-playground` in the user's cache folder."""
    chosen = os.environ.get("CNN_PLAYGROUND_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        user = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        user = "~/Library/Caches"
    else:
        user = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(user).expanduser() / "cnn-playground"


def load(split: Split) -> Digits:
    """A split, read once per process.

    Raises:
        InputError: the files are missing or damaged and can't be downloaded, or there is no room to unpack them.
    """
    with _LOCK:
        if split not in _LOADED:
            _LOADED[split] = _read(split)
        return _LOADED[split]


def pick(digits: Digits, digit: int | None, rng: np.random.Generator) -> int:
    """Index of a random digit, of class `digit` or of any."""
    choice = np.arange(len(digits.labels)) if digit is None else np.flatnonzero(digits.labels == digit)
    return int(rng.choice(choice))


def _read(split: Split) -> Digits:
    cache = cache_folder()
    try:
        return _open(cache / "mnist", split)
    except (OSError, ValueError, AssertionError, RuntimeError):
        pass  # not unpacked yet, or damaged since
    reason: Exception | None = None
    # Unpacked beside its place and then moved there whole, so that no other process ever sees half a file. A cache
    # folder that is full or read-only costs no more than unpacking again the next time.
    for parent in (cache, Path(tempfile.gettempdir())):
        try:
            parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="mnist-", dir=parent) as scratch:
                digits = _unpack(Path(scratch), split)
                if parent == cache:
                    _move(Path(scratch), cache / "mnist")
                return digits
        except OSError as error:
            reason = error
        except (RuntimeError, ValueError, AssertionError) as error:
            raise InputError("mnist-files", folder=SHIPPED / "MNIST" / "raw", reason=_first_line(error)) from None
    raise InputError("mnist-cache", folder=cache, reason=reason)


def _unpack(root: Path, split: Split) -> Digits:
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for archive in SHIPPED.glob("MNIST/raw/*.gz"):
        shutil.copy(archive, raw)
    torchvision().datasets.MNIST(root, download=True)
    for archive in raw.glob("*.gz"):
        archive.unlink()
    return _open(root, split)


def _open(root: Path, split: Split) -> Digits:
    data = torchvision().datasets.MNIST(root, train=split == "train")
    images, labels = data.data.numpy(), data.targets.numpy()
    images.flags.writeable = labels.flags.writeable = False
    return Digits(images, labels)


def _move(folder: Path, target: Path) -> None:
    try:
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
        folder.mkdir()  # for TemporaryDirectory to remove
    except OSError:
        pass  # another process was first, or the folder is read-only by now: what was read is good all the same


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
