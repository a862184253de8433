"""MNIST's files: read as they are, checked by digest, downloaded only when that is asked for."""

from __future__ import annotations

import gzip
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from lenet import cli
from lenet.digits import mnist
from lenet.errors import InputError
from lenet.networks.torchvision_guard import torchvision

NAMES = list(mnist.SHA256)
ORIGINALS = mnist.SHIPPED


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Copies of the files in a folder of the test's own, with nothing loaded yet."""
    folder = tmp_path / "raw"
    shutil.copytree(ORIGINALS, folder)
    monkeypatch.setattr(mnist, "_loaded", {})
    monkeypatch.setattr(mnist, "SHIPPED", folder)
    return folder


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        pytest.fail("something asked the network")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)


@pytest.fixture
def mirror() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=ORIGINALS)) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_split_is_what_torchvision_reads(split: mnist.Split, tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    shutil.copytree(ORIGINALS, raw)
    theirs = torchvision().datasets.MNIST(tmp_path, train=split == "train", download=True)  # it unpacks what is there
    digits = mnist.load(split)
    assert (digits.images.dtype, digits.labels.dtype) == (np.uint8, np.int64)
    assert np.array_equal(digits.images, theirs.data.numpy())
    assert np.array_equal(digits.labels, theirs.targets.numpy())


def test_a_split_is_read_once_and_nobody_can_change_it() -> None:
    digits = mnist.load("test")
    assert mnist.load("test") is digits
    for array in (digits.images, digits.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_threads_get_the_same_split(copies: Path) -> None:
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


def damage(file: Path, how: str) -> None:
    content = file.read_bytes()
    if how == "missing":
        file.unlink()
    elif how == "a folder":
        file.unlink()
        file.mkdir()
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif how == "flipped":  # gzip doesn't check the time in its header
        file.write_bytes(content[:4] + bytes([content[4] ^ 1]) + content[5:])
    else:  # whole, and other digits than the original's
        file.write_bytes(gzip.compress(gzip.decompress(content)[::-1], compresslevel=1))


DAMAGES = ["missing", "a folder", "empty", "cut", "flipped", "other"]


@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("no_network")
def test_a_file_that_is_not_the_original_is_named_and_matters_only_where_it_is_needed(
    name: str, how: str, copies: Path
) -> None:
    damage(copies / name, how)
    needs: mnist.Split = "train" if name in mnist.FILES["train"] else "test"
    with pytest.raises(InputError, match=rf"{name}.*goes on working.*python -m lenet download") as caught:
        mnist.load(needs)
    assert str(copies) not in str(caught.value)
    if needs == "train":
        assert len(mnist.load("test").labels) == 10_000
    shutil.rmtree(copies)
    shutil.copytree(ORIGINALS, copies)
    assert mnist.load(needs).images.shape[1:] == (28, 28)  # without a restart


@pytest.mark.usefixtures("no_network")
def test_loading_waits_for_no_other_loading(copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go = threading.Event(), threading.Event()
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name.startswith("train"):
            entered.set()
            go.wait(60)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    slow = threading.Thread(target=mnist.load, args=("train",))
    slow.start()
    try:
        assert entered.wait(60)
        assert len(mnist.load("test").labels) == 10_000  # while a slow disk still gives the other split
        assert slow.is_alive()
    finally:
        go.set()
        slow.join()


def test_loading_writes_nothing_and_imports_no_torchvision() -> None:
    code = "import sys; from lenet.digits import mnist; mnist.load('test'); print('torchvision' in sys.modules)"
    before = sorted(path.name for path in ORIGINALS.iterdir())
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert sorted(path.name for path in ORIGINALS.iterdir()) == before == sorted(NAMES)


def test_what_is_missing_or_damaged_is_downloaded(copies: Path, mirror: str) -> None:
    for name, how in zip(NAMES[1:], ("missing", "empty", "flipped"), strict=True):
        damage(copies / name, how)
    assert mnist.download([f"{mirror}nowhere/", mirror]) == NAMES[1:]
    assert sorted(path.name for path in copies.iterdir()) == sorted(NAMES)
    assert all((copies / name).read_bytes() == (ORIGINALS / name).read_bytes() for name in NAMES)
    assert (copies / NAMES[1]).stat().st_mode & 0o777 == 0o644
    assert mnist.download([]) == []


def test_the_command_downloads(
    copies: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["download"]) == 0
    assert capsys.readouterr().out == "nothing is missing\n"
    monkeypatch.setattr(mnist.download, "__defaults__", ([mirror], 60))
    (copies / NAMES[2]).unlink()
    assert cli.main(["download"]) == 0
    assert capsys.readouterr().out == f"downloaded {NAMES[2]}\n"


def test_a_mirror_that_sends_something_else_changes_nothing(copies: Path, mirror: str) -> None:
    (copies / NAMES[0]).write_bytes(b"damaged")
    with pytest.raises(InputError, match=rf"{NAMES[0]} can't be downloaded: what came is not the original file"):
        mnist.download([f"{mirror}{NAMES[1]}?"])
    with pytest.raises(InputError, match="can't be downloaded: File not found"):
        mnist.download([f"{mirror}nowhere/"])
    with pytest.raises(InputError, match=r"can't be downloaded: .*refused"):
        mnist.download(["http://127.0.0.1:9/"])
    assert (copies / NAMES[0]).read_bytes() == b"damaged"


@pytest.mark.parametrize("trickle", [False, True], ids=["silent", "trickling"])
def test_a_download_has_a_time_limit(copies: Path, trickle: bool) -> None:
    (copies / NAMES[0]).unlink()
    over = threading.Event()

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            if trickle:
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
            while not over.wait(0.05):
                if trickle:
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        try:
            with pytest.raises(InputError, match=r"no whole answer in 0\.5 seconds"):
                mnist.download([f"http://127.0.0.1:{listener.getsockname()[1]}/"], 0.5)
        finally:
            over.set()
            thread.join()


def test_a_folder_that_cannot_be_made_is_said(
    copies: Path, mirror: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(mnist, "SHIPPED", tmp_path / "file" / "raw")
    with pytest.raises(InputError, match="can't be written"):
        mnist.download([mirror])


def test_the_guard_leaves_torchvision_usable() -> None:
    module = torchvision()
    assert module is torchvision()
    assert module.models.__name__ == "torchvision.models"
