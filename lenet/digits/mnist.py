"""MNIST: load a split, pick a digit of a class, download missing files.

The four original files ship in `assets/mnist`. Loading only ever reads them; only `download` asks the network.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from lenet.assets import ASSETS
from lenet.errors import InputError
from lenet.messages import Message

SHIPPED: Final = ASSETS / "mnist" / "MNIST" / "raw"
MIRRORS: Final = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
TIME_LIMIT_S: Final = 120
"""Time limit for the download of one file, all mirrors together."""

CLASSES: Final = 10

Split = Literal["train", "test"]

FILES: Final[dict[Split, tuple[str, str]]] = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
SHA256: Final = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
SIZE_LIMIT: Final = 16 * 2**20
"""Largest download in bytes, so that a wrong answer of a mirror can't fill the memory."""


@dataclass(frozen=True)
class Digits:
    """A split of MNIST, read-only.

    Attributes:
        images: (n, 28, 28) uint8 ink, 0 is paper and 255 is full ink.
        labels: (n,) int64, 0 to 9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


_loaded: dict[Split, Digits] = {}


def load(split: Split) -> Digits:
    """Load a split, once per process.

    Raises:
        InputError: one of its two files is missing or isn't the original.
    """
    if split not in _loaded:
        # No lock: two threads may both read at first (a tenth of a second), and both get the same object.
        images, labels = (gzip.decompress(_original(name)) for name in FILES[split])
        digits = Digits(
            np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28),
            np.frombuffer(labels, np.uint8, offset=8).astype(np.int64),
        )
        digits.labels.flags.writeable = False
        _loaded.setdefault(split, digits)
    return _loaded[split]


def pick(digits: Digits, digit: int | None, rng: np.random.Generator) -> int:
    """Index of a random digit, of class `digit` or of any."""
    choice = np.arange(len(digits.labels)) if digit is None else np.flatnonzero(digits.labels == digit)
    return int(rng.choice(choice))


def download(mirrors: Iterable[str] = MIRRORS, time_limit_s: float = TIME_LIMIT_S) -> list[str]:
    """Download each file that is missing or isn't the original.

    Args:
        mirrors: addresses to which a file's name is appended, the first choice first.
        time_limit_s: for each file.

    Returns:
        The names of the files that were downloaded.

    Raises:
        InputError: a file can't be downloaded in that time or can't be written.
    """
    fetched = []
    for name, digest in SHA256.items():
        try:
            _original(name)
        except InputError:
            _write(name, _download(name, digest, tuple(mirrors), time_limit_s))
            fetched.append(name)
    return fetched


def _original(name: str) -> bytes:
    """Content of a file, compressed."""
    try:
        content = (SHIPPED / name).read_bytes()
    except OSError as error:
        raise InputError("mnist-file", name=name, reason=error.strerror or error) from None
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise InputError("mnist-file", name=name, reason=Message("mnist-digest"))
    return content


def _download(name: str, digest: str, mirrors: Iterable[str], time_limit_s: float) -> bytes:
    end = time.monotonic() + time_limit_s
    reason: object = "there is no mirror"
    for mirror in mirrors:
        content = bytearray()
        try:
            # urlopen's time limit is for each read, not for the whole download.
            with urllib.request.urlopen(mirror + name, timeout=max(0.1, end - time.monotonic())) as response:  # noqa: S310
                while (part := response.read1(2**16)) and len(content) <= SIZE_LIMIT:
                    content += part
                    if time.monotonic() > end:
                        raise TimeoutError
        except TimeoutError:
            reason = f"no whole answer in {time_limit_s:g} seconds"
            break
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or str(error) or type(error).__name__
            continue
        if hashlib.sha256(content).hexdigest() == digest:
            return bytes(content)
        reason = "what came is not the original file"
    raise InputError("mnist-download", name=name, reason=reason, folder=SHIPPED)


def _write(name: str, content: bytes) -> None:
    try:
        SHIPPED.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{name}-", dir=SHIPPED)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide the digits from a server's user
        os.replace(temporary, SHIPPED / name)
    except OSError as error:
        raise InputError("mnist-write", folder=SHIPPED, reason=error.strerror or error) from None
