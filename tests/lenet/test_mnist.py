"""MNIST through torchvision: right, once, and with clear words where the files or the cache folder are bad."""

from __future__ import annotations

import gzip
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lenet import mnist
from lenet.errors import InputError
from lenet.torchvision_guard import torchvision


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing loaded yet, an empty cache folder, and no network."""
    monkeypatch.setattr(mnist, "_LOADED", {})
    monkeypatch.setattr(torchvision().datasets.MNIST, "mirrors", [f"{tmp_path.as_uri()}/nowhere/"])
    monkeypatch.setenv("CNN_PLAYGROUND_CACHE", str(tmp_path / "cache"))
    return tmp_path


def test_splits_are_what_the_original_files_hold() -> None:
    for split, count, stem in (("train", 60_000, "train"), ("test", 10_000, "t10k")):
        digits = mnist.load(split)  # type: ignore[arg-type]
        raw = mnist.SHIPPED / "MNIST" / "raw"
        labels = np.frombuffer(gzip.decompress((raw / f"{stem}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
        images = np.frombuffer(
            gzip.decompress((raw / f"{stem}-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16
        )
        assert digits.images.shape == (count, 28, 28)
        assert digits.images.dtype == np.uint8
        assert digits.labels.dtype == np.int64
        assert np.array_equal(digits.labels, labels)
        assert np.array_equal(digits.images.ravel(), images)


def test_a_split_is_read_once_and_nobody_can_change_it() -> None:
    digits = mnist.load("test")
    assert mnist.load("test") is digits
    with pytest.raises(ValueError, match="read-only"):
        digits.images[0] = 0


def test_threads_get_the_same_split(fresh: Path) -> None:
    found: list[mnist.Digits] = []
    threads = [threading.Thread(target=lambda: found.append(mnist.load("test"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({id(digits) for digits in found}) == 1


@pytest.mark.parametrize("digit", [None, *range(10)])
def test_pick_gives_a_digit_of_the_class(digit: int | None) -> None:
    digits, rng = mnist.load("test"), np.random.default_rng(0)
    picks = [mnist.pick(digits, digit, rng) for _ in range(20)]
    assert len(set(picks)) > 10
    assert digit is None or {int(digits.labels[index]) for index in picks} == {digit}


def test_the_cache_folder_is_filled_and_used(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = mnist.load("test")
    assert sorted(path.name for path in (fresh / "cache").iterdir()) == ["mnist"]
    assert not list((fresh / "cache").rglob("*.gz"))
    monkeypatch.setattr(mnist, "_LOADED", {})
    monkeypatch.setattr(mnist, "SHIPPED", fresh / "nothing")
    assert np.array_equal(mnist.load("test").images, first.images)


def test_a_damaged_cache_is_unpacked_anew(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mnist.load("test")
    unpacked = fresh / "cache" / "mnist" / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    unpacked.write_bytes(unpacked.read_bytes()[:1000])
    monkeypatch.setattr(mnist, "_LOADED", {})
    assert mnist.load("test").images.shape == (10_000, 28, 28)
    assert unpacked.stat().st_size == 16 + 10_000 * 28 * 28


def test_a_cache_folder_that_cannot_be_written_to_costs_only_time(fresh: Path) -> None:
    (fresh / "cache").write_text("a file where the folder should be")
    assert mnist.load("test").images.shape == (10_000, 28, 28)


def test_no_room_anywhere_says_what_to_do(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mnist.shutil, "copy", full)
    with pytest.raises(InputError, match=r"No space left on device.*CNN_PLAYGROUND_CACHE"):
        mnist.load("test")


def test_a_truncated_archive_says_what_to_do(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = fresh / "shipped" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for archive in (mnist.SHIPPED / "MNIST" / "raw").glob("*.gz"):
        (raw / archive.name).write_bytes(archive.read_bytes()[:2000])
    monkeypatch.setattr(mnist, "SHIPPED", fresh / "shipped")
    with pytest.raises(InputError, match=r"MNIST can't be read.*shipped"):
        mnist.load("test")
    assert not (fresh / "cache" / "mnist").exists()
    assert not list((fresh / "cache").iterdir())


def test_missing_archives_are_downloaded(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = partial(QuietHandler, directory=mnist.SHIPPED / "MNIST" / "raw")
    monkeypatch.setattr(mnist, "SHIPPED", fresh / "nothing")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        mirror = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(torchvision().datasets.MNIST, "mirrors", [mirror])
        try:
            assert mnist.load("test").images.shape == (10_000, 28, 28)
        finally:
            server.shutdown()


def test_the_guard_leaves_torchvision_usable() -> None:
    module = torchvision()
    assert module is torchvision()
    assert module.datasets.MNIST.__name__ == "MNIST"
