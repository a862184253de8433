"""A run's folder as one zip file, and back: read without trust, whatever the file holds.

The zip has the files of `run_folder`, and a script that is there to be read: it is not unpacked.
"""

from __future__ import annotations

import io
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from lenet.errors import InputError
from lenet.networks import checkpoint
from lenet.record.experiment import FILE
from lenet.train import run_folder
from lenet.train.events import Checkpoint, Evaluation, Failed, Step, Watch
from lenet.train.run_folder import CARD, CHECKPOINTS, DRAWINGS, EVENTS, MAX_JSON, MODEL, OPTIMIZER, SETTINGS
from lenet.train.settings import Training

SCRIPT: Final = "train.py"
MAX_BYTES: Final = 32 * 2**20
"""Largest size in bytes of a zip file that is read."""
MAX_FILES: Final = 3_000
"""Largest number of files in it: a thousand checkpoints."""
SIZES: Final = {
    SETTINGS: MAX_JSON,
    CARD: MAX_JSON,
    SCRIPT: 4 * 2**20,
    DRAWINGS: 2 * 2**20,
    EVENTS: 32 * 2**20,
    MODEL: checkpoint.MAX_BYTES,
    OPTIMIZER: run_folder.MAX_OPTIMIZER,
}
"""Largest size in bytes of each file."""

_NAME: Final = re.compile(
    "|".join(map(re.escape, (SETTINGS, DRAWINGS, EVENTS, SCRIPT)))
    + f"|{CHECKPOINTS}/[0-9]{{8}}/({'|'.join(map(re.escape, (MODEL, OPTIMIZER, CARD)))})"
)
_END: Final = 22
"""Bytes of a zip file's last record, where the file has no comment."""
_ENTRY: Final = 256
"""Most bytes of an entry in a zip file's directory; the names of a run's files are short."""


def write(folder: Path, script: str | None = None) -> bytes:
    """Zip file of a run that no process trains.

    Args:
        folder: of the run.
        script: that trains it again, None for none.

    Raises:
        InputError: the folder can't be read.
    """
    names = [SETTINGS, DRAWINGS, EVENTS]
    for step in run_folder.checkpoints(folder):
        names += [f"{CHECKPOINTS}/{step:08d}/{name}" for name in (MODEL, OPTIMIZER, CARD)]
    packed = io.BytesIO()
    try:
        with zipfile.ZipFile(packed, "w") as archive:
            for name in names:
                if name != DRAWINGS or (folder / name).exists():
                    content = (folder / name).read_bytes()
                    if name == EVENTS:
                        content = content[: content.rfind(b"\n") + 1]  # a killed process may have left a part of a line
                    _add(archive, name, content)
            if script is not None:
                _add(archive, SCRIPT, script.encode())
    except OSError as error:
        raise InputError("run-read", path=folder, reason=error.strerror or error) from None
    return packed.getvalue()


def read(content: bytes, folder: Path, room: int, source: str) -> Training:
    """Unpack a zip file of `write`, and check all of it.

    Args:
        content: of the file, not trusted.
        folder: of the run; it doesn't exist yet, and where this fails, it doesn't exist afterwards.
        room: bytes that its files may take.
        source: what a message calls the zip file.

    Returns:
        Settings of the run. A file of weights that they name is not here: the run has a checkpoint before its first
        step.

    Raises:
        InputError: the file is too large, is no such zip file or is damaged, or the folder can't be written.
    """
    try:
        with _open(content, source) as archive:
            entries = _entries(archive, source)
            size = sum(entry.file_size for entry in entries)
            if size > room:
                raise InputError("archive-room", path=source, size=-(-size // 2**20), room=room // 2**20)
            folder.mkdir(parents=True)
            for entry in entries:
                if entry.filename != SCRIPT:
                    _unpack(archive, entry, folder / entry.filename, source)
        return _check(folder, source)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise InputError("run-write", path=source, reason=error.strerror or error) from None
        if isinstance(error, InputError) and error.values.get("path") == folder:  # whose name says nothing
            raise InputError(error.key, **{**error.values, "path": source}) from None
        raise


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file; weights hardly become smaller, and are stored as they are."""
    kind = zipfile.ZIP_STORED if name.endswith((MODEL, OPTIMIZER)) else zipfile.ZIP_DEFLATED
    archive.writestr(zipfile.ZipInfo(name), content, kind)


def _open(content: bytes, source: str) -> zipfile.ZipFile:
    """Open a zip file whose directory is small, as `zipfile` reads all of it at once.

    Raises:
        InputError: it is too large, or none of `write`.
    """
    if len(content) > MAX_BYTES:
        raise InputError("archive-size", path=source, limit=MAX_BYTES // 2**20)
    end = content[-_END:]
    if len(end) < _END or not end.startswith(b"PK\5\6") or content[-_END - 20 :].startswith(b"PK\6\7"):
        raise InputError("archive-format", path=source)
    (directory,) = struct.unpack_from("<L", end, 12)
    if directory > MAX_FILES * _ENTRY:
        raise InputError("archive-files", path=source, limit=MAX_FILES)
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error):
        raise InputError("archive-format", path=source) from None


def _entries(archive: zipfile.ZipFile, source: str) -> list[zipfile.ZipInfo]:
    """Files in a zip file, each of them one that a run has, and of a possible size.

    Raises:
        InputError: there are too many or others.
    """
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise InputError("archive-files", path=source, limit=MAX_FILES)
    seen: set[str] = set()
    for entry in entries:
        name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
        if not _NAME.fullmatch(name) or name in seen or kind not in (0, stat.S_IFREG):
            raise InputError("archive-name", path=source, name=name[:80])
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError("archive-format", path=source)
        limit = SIZES[name.rpartition("/")[2]]
        if entry.file_size > limit:
            raise InputError("archive-entry", path=source, name=name, limit=limit // 1024)
        seen.add(name)
    for name in (SETTINGS, EVENTS):
        if name not in seen:
            raise InputError("archive-missing", path=source, name=name)
    return entries


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path, source: str) -> None:
    """Write a file of a zip file, which has as many bytes as its entry says."""
    try:
        with archive.open(entry) as stream:
            # With its size given, no more than that is unpacked, however much there is; the CRC is then another.
            content = stream.read(max(entry.file_size, 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error):
        raise InputError("archive-damaged", path=source, name=entry.filename) from None
    if len(content) != entry.file_size:
        raise InputError("archive-damaged", path=source, name=entry.filename)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _check(folder: Path, source: str) -> Training:
    """Settings of an unpacked run, all of whose files can be used.

    Raises:
        InputError: one of them can't, or they don't fit each other.
    """
    settings = run_folder.settings(folder)
    if bool(settings.drawings) != (folder / DRAWINGS).exists():
        raise InputError("archive-drawings", path=source)
    run_folder.drawings(folder)
    steps = run_folder.checkpoints(folder)
    if not steps or (settings.weights.source == FILE and steps[0]):
        raise InputError("archive-missing", path=source, name=f"{CHECKPOINTS}/{0:08d}/{MODEL}")
    for step in steps:
        model = run_folder.load_model(folder, step)
        run_folder.load_optimizer_state(folder, step, model)
        run_folder.seconds(folder, step)
    if not _fit(run_folder.events(folder), steps, settings):
        raise InputError("archive-events", path=source)
    return settings


def _fit(events: Sequence[Mapping[str, Any]], steps: Sequence[int], settings: Training) -> bool:
    """True if a run with these settings and checkpoints can have had these events, and a page can show them."""
    done = kept = -1
    for event in events:
        kind = event["event"]
        if not 0 <= event["step"] <= settings.steps or kind == Watch.kind:
            return False
        if kind == Step.kind:
            if event["step"] != max(done, 0) + 1:
                return False
            done = event["step"]
        if kind == Checkpoint.kind:
            if event["step"] <= kept or event["step"] not in steps:
                return False
            kept = event["step"]
        if kind == Evaluation.kind and not (isinstance(event["accuracy"], float) and 0 <= event["accuracy"] <= 1):
            return False
        if kind == Failed.kind and not _is_message(event["key"], event["values"]):
            return False
    return steps[-1] <= max(done, 0)


def _is_message(key: str, values: Mapping[str, Any]) -> bool:
    try:
        InputError(key, **values)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        return False
    return True
