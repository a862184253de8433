"""A run as a zip file: it comes back as it was, and anything else is refused and leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from lenet.errors import InputError
from lenet.record.experiment import FILE, Weights
from lenet.train import run_archive, run_folder
from tests.lenet.train.small_runs import SMALL, made, steps, stream, weights

SHORT = replace(SMALL, max_steps=4)
ROOM = 2**28
LAST = "checkpoints/00000004/"
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made(tmp_path_factory.mktemp("runs") / "run", SHORT)
    stream(folder, SHORT)
    return folder


@pytest.fixture
def files(run: Path) -> Files:
    """Files of the run, by their names in a zip file."""
    with zipfile.ZipFile(io.BytesIO(run_archive.write(run, "print()"))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Mapping[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def refused(content: bytes, tmp_path: Path, key: str, room: int = ROOM) -> InputError:
    """Expect a refusal that leaves nothing behind."""
    with pytest.raises(InputError) as problem:
        run_archive.read(content, tmp_path / "back", room, "mine.zip")
    assert problem.value.key == key
    assert not list(tmp_path.iterdir())
    return problem.value


def test_a_run_comes_back_as_it_was(run: Path, tmp_path: Path) -> None:
    back = tmp_path / "back"
    assert run_archive.read(run_archive.write(run, "print()"), back, ROOM, "mine.zip") == SHORT
    for file in run.rglob("*"):
        if file.is_file() and file.name != run_folder.LOCK:
            assert (back / file.relative_to(run)).read_bytes() == file.read_bytes()
    assert not (back / run_archive.SCRIPT).exists()


def test_a_stopped_run_comes_back_and_goes_on_bit_for_bit(run: Path, tmp_path: Path) -> None:
    whole = made(tmp_path / "whole")
    stream(whole)
    back = tmp_path / "back"
    run_archive.read(run_archive.write(run), back, ROOM, "mine.zip")
    run_folder.change(back, SMALL)
    stream(back, resume=True)
    assert torch.equal(weights(back), weights(whole))
    assert steps(back) == steps(whole)


def test_a_line_that_a_killed_process_left_is_left_out(run: Path, files: Files) -> None:
    file = run / run_folder.EVENTS
    before = file.read_bytes()
    file.write_bytes(before + b'{"event": "st')
    try:
        with zipfile.ZipFile(io.BytesIO(run_archive.write(run))) as archive:
            assert archive.read(run_folder.EVENTS) == before
    finally:
        file.write_bytes(before)


@pytest.mark.parametrize(
    "name",
    [
        "../settings.json",
        "/etc/passwd",
        "checkpoints/../../a/model.safetensors",
        "checkpoints/4/model.safetensors",
        "checkpoints/00000004/model.pt",
        "checkpoints/00000004/",
        "settings.json/",
        "lock",
        "owner.json",
        "run/settings.json",
        "C:\\settings.json",
        "settings.json\n",
    ],
)
def test_a_file_that_no_run_has_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    refused(packed({**files, name: b""}), tmp_path, "archive-name")


def test_a_link_is_refused(files: Files, tmp_path: Path) -> None:
    entry = zipfile.ZipInfo(run_folder.DRAWINGS)
    entry.external_attr = 0o120777 << 16
    content = io.BytesIO(packed(files))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    refused(content.getvalue(), tmp_path, "archive-name")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(files: Files, tmp_path: Path) -> None:
    content = io.BytesIO(packed(files))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(run_folder.SETTINGS, files[run_folder.SETTINGS])
    refused(content.getvalue(), tmp_path, "archive-name")


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip file" * 9, b"PK\5\6" + 18 * b"\0" + b"a comment"])
def test_what_is_no_zip_file_is_refused(content: bytes, tmp_path: Path) -> None:
    refused(content, tmp_path, "archive-format")


def test_an_empty_zip_file_is_refused(tmp_path: Path) -> None:
    refused(packed({}), tmp_path, "archive-missing")


def test_a_file_of_pickled_weights_is_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    torch.save({"a": torch.zeros(1)}, content)
    refused(content.getvalue(), tmp_path, "archive-format")


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_pack_are_refused(kind: int, files: Files, tmp_path: Path) -> None:
    refused(packed(files, kind), tmp_path, "archive-format")


def test_a_zip_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    refused(bytes(run_archive.MAX_BYTES + 1), tmp_path, "archive-size")


def test_too_many_files_are_refused_before_they_are_listed(files: Files, tmp_path: Path) -> None:
    content = bytearray(packed(files))
    struct.pack_into("<L", content, len(content) - 10, 2**31)
    refused(bytes(content), tmp_path, "archive-files")
    many = {f"checkpoints/{step:08d}/card.json": b"" for step in range(run_archive.MAX_FILES + 1)}
    refused(packed(many), tmp_path, "archive-files")


def test_files_that_unpack_to_too_much_are_refused(files: Files, tmp_path: Path) -> None:
    refused(packed({**files, "events.jsonl": bytes(2**25 + 1)}), tmp_path, "archive-entry")
    refused(packed({**files, "settings.json": bytes(2**16 + 1)}), tmp_path, "archive-entry")
    problem = refused(packed(files), tmp_path, "archive-room", 2**20)
    assert problem.values["room"] == 1


def test_a_file_that_unpacks_to_more_than_it_says_is_refused(files: Files, tmp_path: Path) -> None:
    """A forged size doesn't let a bomb through: no more than the size is unpacked."""
    content = packed({**files, run_folder.EVENTS: bytes(2**25)})
    size = struct.pack("<L", 2**25)
    assert content.count(size) == 2, "in front of the file, and in the directory"
    refused(content.replace(size, struct.pack("<L", 1000)), tmp_path, "archive-damaged")


def test_a_damaged_zip_file_is_refused(files: Files, tmp_path: Path) -> None:
    content = bytearray(packed(files, zipfile.ZIP_STORED))
    content[content.index(files[LAST + "model.safetensors"]) + 1000] ^= 1
    problem = refused(bytes(content), tmp_path, "archive-damaged")
    assert problem.values["name"] == LAST + "model.safetensors"
    refused(packed(files)[: -len(files)], tmp_path, "archive-format")


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("settings.json", b"{", "run-foreign"),
        ("settings.json", b"[" * 60_000, "run-foreign"),
        ("settings.json", b'{"format": "training run of the CNN Playground", "version": 99}', "run-version"),
        ("settings.json", b'{"format": "training run of the CNN Playground", "version": 1}', "run-damaged"),
        ("events.jsonl", b"{}\n", "run-damaged"),
        ("events.jsonl", b"", "archive-events"),
        (LAST + "card.json", b"{", "checkpoint-damaged"),
        (LAST + "model.safetensors", b"other", "checkpoint-damaged"),
        (LAST + "optimizer.safetensors", b"", "checkpoint-damaged"),
        ("drawings.jsonl", b"", "archive-drawings"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(
    name: str, content: bytes, key: str, files: Files, tmp_path: Path
) -> None:
    problem = refused(packed({**files, name: content}), tmp_path, key)
    assert str(tmp_path / "back") != str(problem.values["path"]), "a name that says nothing to a visitor"


@pytest.mark.parametrize("name", ["settings.json", "events.jsonl"])
def test_a_missing_file_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    del files[name]
    refused(packed(files), tmp_path, "archive-missing")


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.safetensors", "card.json"])
def test_a_checkpoint_without_one_of_its_files_is_refused(name: str, files: Files, tmp_path: Path) -> None:
    del files[LAST + name]
    refused(packed(files), tmp_path, "checkpoint-none" if name == "card.json" else "run-read")


def with_weights(files: Files, content: bytes) -> Files:
    """Files with other weights, which their card describes."""
    card = json.loads(files[LAST + "card.json"])
    card["sha256"]["model.safetensors"] = hashlib.sha256(content).hexdigest()
    return {**files, LAST + "model.safetensors": content, LAST + "card.json": json.dumps(card).encode()}


def test_weights_that_fit_no_network_or_are_pickled_are_refused(files: Files, tmp_path: Path) -> None:
    state = safetensors.torch.load(files[LAST + "model.safetensors"])
    infinite = {name: value.clone() for name, value in state.items()}
    infinite["fc3.bias"][0] = torch.inf
    pickled = io.BytesIO()
    torch.save(state, pickled)
    for content, key in (
        (safetensors.torch.save({"a": torch.zeros(1)}), "weights-names"),
        (safetensors.torch.save(infinite), "weights-finite"),
        (pickled.getvalue(), "weights-pickled"),
        (b"\xff" * 100, "weights-format"),
    ):
        refused(packed(with_weights(files, content)), tmp_path, key)


def events(files: Files, change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """Zip file whose events are changed."""
    found = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    change(found)
    return packed({**files, "events.jsonl": b"".join(json.dumps(one).encode() + b"\n" for one in found)})


def first(events: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(one for one in events if one["event"] == kind)


FAILED = {"event": "failed", "step": 4, "seconds": 1.0}


@pytest.mark.parametrize(
    "change",
    [
        lambda events: first(events, "step").update(step=10**9),
        lambda events: first(events, "step").update(step=0),
        lambda events: first(events, "step").update(step=-1),
        lambda events: events.remove(first(events, "step")),
        lambda events: first(events, "evaluation").update(accuracy=1e9),
        lambda events: first(events, "evaluation").update(accuracy="NaN"),
        lambda events: first(events, "checkpoint").update(step=3),
        lambda events: events.append(first(events, "checkpoint")),
        lambda events: events.append({**FAILED, "key": "no-such-message", "values": {}}),
        lambda events: events.append({**FAILED, "key": "training-diverged", "values": {}}),
        lambda events: events.append({**FAILED, "key": "training-failed", "values": {"key": 1, "self": 2}}),
        lambda events: events.append(
            {"event": "watch", "step": 1, "seconds": 1.0, "digits": 1, "layers": [], "kernels": None}
            | {"probabilities": None}
        ),
    ],
)
def test_events_that_no_run_has_are_refused(
    change: Callable[[list[dict[str, Any]]], object], files: Files, tmp_path: Path
) -> None:
    refused(events(files, change), tmp_path, "archive-events")


def test_a_run_that_failed_comes_back(files: Files, tmp_path: Path) -> None:
    values = {"reason": "a reason", "kept": 4}
    content = events(files, lambda events: events.append({**FAILED, "key": "training-failed", "values": values}))
    run_archive.read(content, tmp_path / "back", ROOM, "mine.zip")


def test_a_run_that_started_from_a_file_needs_its_first_checkpoint(files: Files, tmp_path: Path) -> None:
    settings = json.loads(files["settings.json"])
    settings["training"] = replace(SHORT, weights=Weights(FILE, file="/etc/passwd")).to_json()
    files["settings.json"] = json.dumps(settings).encode()
    assert run_archive.read(packed(files), tmp_path / "back", ROOM, "mine.zip").weights.source == FILE
    rest = {name: content for name, content in files.items() if "00000000" not in name}
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError) as problem:
        run_archive.read(packed(rest), tmp_path / "other" / "back", ROOM, "mine.zip")
    assert problem.value.key == "archive-missing"


def test_a_folder_that_cannot_be_written_is_said(files: Files, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"mine\.zip can't be written"):
        run_archive.read(packed(files), tmp_path / "file" / "back", ROOM, "mine.zip")
