"""Folder of a run: its settings, its events as JSON lines, and its checkpoints.

    settings.json
    drawings.jsonl                          the visitor's own, where the settings have some
    events.jsonl
    checkpoints/00000008/model.safetensors  after 8 steps
    checkpoints/00000008/optimizer.safetensors
    checkpoints/00000008/card.json
    lock                                    held by the process that trains

No random state and no schedule is kept: both depend on the settings and the step alone. A file is written
under another name, and renamed when it is whole; so is the folder of a checkpoint. Nothing is unpickled, and all that
is read is checked.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn, optim

from lenet.digits import stroke_file
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.json_values import plain
from lenet.messages import Message
from lenet.networks import checkpoint, own
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import events as kinds
from lenet.train.events import Event, Failed, Finished, Step
from lenet.train.settings import Training

SETTINGS: Final = "settings.json"
DRAWINGS: Final = "drawings.jsonl"
EVENTS: Final = "events.jsonl"
CHECKPOINTS: Final = "checkpoints"
MODEL: Final = "model.safetensors"
OPTIMIZER: Final = "optimizer.safetensors"
CARD: Final = "card.json"
LOCK: Final = "lock"

FORMAT: Final = "training run of the CNN Playground"
VERSION: Final = 1

MAX_JSON: Final = 2**16
"""Largest size in bytes of the settings, of a card and of an event."""
MAX_EVENTS: Final = 2**30
"""Largest size in bytes of the events."""
MAX_OPTIMIZER: Final = 4 * checkpoint.MAX_BYTES

_NAME: Final = re.compile(r"[0-9]{8}")


# Writing


def create(folder: Path, settings: Training, drawings: bytes = b"") -> None:
    """Make the folder of a new run.

    Args:
        folder: doesn't exist or is empty.
        settings: of the run.
        drawings: content of the file with the visitor's own drawings, whose SHA-256 the settings have.

    Raises:
        InputError: the folder has files already, or can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError("run-exists" if (folder / SETTINGS).exists() else "run-not-empty", path=folder)
        (folder / CHECKPOINTS).mkdir()
    except OSError as error:
        raise _unwritten(folder, error) from None
    if settings.drawings:
        if hashlib.sha256(drawings).hexdigest() != settings.drawings:
            raise InputError("run-drawings", path=folder)
        write(folder / DRAWINGS, drawings)
    change(folder, settings)


def change(folder: Path, settings: Training) -> None:
    """Write the settings of a run.

    Raises:
        InputError: the folder can't be written.
    """
    write(folder / SETTINGS, _json({"format": FORMAT, "version": VERSION, "training": settings.to_json()}))


def write(file: Path, content: bytes) -> None:
    """Write a file, whole or not at all.

    Raises:
        InputError: the disk is full, or the folder can't be written; the old file is as it was.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                _write_through(stream, content)
            os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide it from others of a server's group
            os.replace(temporary, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
        _write_folder_through(file.parent)
    except OSError as error:
        raise _unwritten(file, error) from None


def save_checkpoint(
    folder: Path, step: int, model: nn.Module, optimizer: optim.Optimizer, card: Mapping[str, Any]
) -> str:
    """Keep the state of network and optimizer after a step, whole or not at all.

    Args:
        folder: of the run.
        step: number of steps done.
        model: the network.
        optimizer: of its parameters.
        card: JSON values that say what it is; the digests are added.

    Returns:
        Name of the checkpoint's folder, below that of the run.

    Raises:
        InputError: the disk is full, or the folder can't be written; earlier checkpoints are as they were.
    """
    name = f"{CHECKPOINTS}/{step:08d}"
    target = folder / name
    weights = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    files = {
        MODEL: safetensors.torch.save(weights),
        OPTIMIZER: safetensors.torch.save(optimizer_state(model, optimizer)),
    }
    digests = {key: hashlib.sha256(content).hexdigest() for key, content in files.items()}
    files[CARD] = _json({**card, "step": step, "sha256": digests})
    try:
        temporary = Path(tempfile.mkdtemp(prefix=f".{step:08d}-", dir=folder / CHECKPOINTS))
        try:
            for key, content in files.items():
                with (temporary / key).open("wb") as stream:
                    _write_through(stream, content)
            temporary.chmod(0o755)  # not mkdtemp's 0700: others of a server's group may read it
            if target.exists():  # of the same step, before the run was resumed at an earlier one
                shutil.rmtree(target)
            os.replace(temporary, target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        _write_folder_through(folder / CHECKPOINTS)
    except OSError as error:
        raise _unwritten(target, error) from None
    return name


def optimizer_state(model: nn.Module, optimizer: optim.Optimizer) -> dict[str, Tensor]:
    """Tensors that an optimizer remembers, by `parameter.entry`, such as `conv1.weight.exp_avg`."""
    found = {}
    for name, parameter in model.named_parameters():
        for entry, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                found[f"{name}.{entry}"] = value.detach().cpu().contiguous()
    return found


def by_parameter(state: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors of `optimizer_state`, by parameter and PyTorch's names."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        name, _, entry = key.rpartition(".")
        found.setdefault(name, {})[entry] = value
    return found


class EventLog:
    """Events of a run, appended to its file.

    Args:
        folder: of the run.

    Raises:
        InputError: the file can't be written.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / EVENTS
        try:
            self._stream: IO[bytes] = self._file.open("ab")
        except OSError as error:
            raise _unwritten(self._file, error) from None

    def add(self, event: Event) -> None:
        """Append an event; it is on the disk after `flush`.

        Raises:
            InputError: the disk is full.
        """
        try:
            self._stream.write(_line(event.to_json()))
        except OSError as error:
            raise _unwritten(self._file, error) from None

    def flush(self) -> None:
        """Bring all events to the disk.

        Raises:
            InputError: the disk is full.
        """
        try:
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise _unwritten(self._file, error) from None

    def close(self) -> None:
        """Close the file, whatever is on the disk."""
        with suppress(OSError):
            self._stream.close()


def cut(folder: Path, step: int) -> None:
    """Take back what a run did after a step, from which it goes on, and what a killed process left behind.

    Raises:
        InputError: the folder can't be written.
    """
    kept = [event for event in events(folder) if event["step"] <= step]
    write(folder / EVENTS, b"".join(map(_line, kept)))
    try:
        for path in (folder / CHECKPOINTS).iterdir():
            if path.name.startswith(".") or (_NAME.fullmatch(path.name) and int(path.name) > step):
                shutil.rmtree(path)
        for path in folder.glob(".*-*"):
            path.unlink()
    except OSError as error:
        raise _unwritten(folder, error) from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the run, so that no other process trains it; the system lets go when the process ends, however it does.

    Raises:
        InputError: another process holds it, or the folder can't be written.
    """
    try:
        stream = (folder / LOCK).open("ab")
    except OSError as error:
        raise _unwritten(folder, error) from None
    with stream:
        if not _lock(stream):
            raise InputError("run-locked", path=folder)
        yield


def is_locked(folder: Path) -> bool:
    """True while a process trains the run."""
    try:
        with (folder / LOCK).open("rb+") as stream:
            return not _lock(stream)
    except OSError:
        return False


# Reading


def settings(folder: Path) -> Training:
    """Settings of a run.

    Raises:
        InputError: there is no run, or its settings are damaged or of another version.
    """
    file = folder / SETTINGS
    try:
        content = _read_json(file)
    except FileNotFoundError:
        raise InputError("run-none", path=folder) from None
    except OSError as error:
        raise InputError("run-read", path=file, reason=error.strerror or error) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError("run-foreign", path=folder)
    if content.get("version") != VERSION:
        raise InputError("run-version", path=folder, version=content.get("version"))
    try:
        return Training.from_json(content.get("training"))
    except InputError as error:
        raise InputError("run-damaged", path=file, reason=error) from None


def drawings(folder: Path) -> Digits | None:
    """The visitor's own drawings, None where the settings have none.

    Raises:
        InputError: the file is missing, or isn't the one that the settings name.
    """
    digest = settings(folder).drawings
    if not digest:
        return None
    try:
        content = (folder / DRAWINGS).read_bytes()
    except OSError as error:
        raise InputError("run-read", path=folder / DRAWINGS, reason=error.strerror or error) from None
    if hashlib.sha256(content).hexdigest() != digest:
        raise InputError("run-damaged", path=folder / DRAWINGS, reason=Message("run-digest"))
    return stroke_file.digits(stroke_file.parse(content, folder / DRAWINGS))


def events(folder: Path) -> list[dict[str, Any]]:
    """Events of a run as JSON, each checked; a last line that a killed process has not finished is left out.

    Raises:
        InputError: the file can't be read, or another of its lines is no event.
    """
    file = folder / EVENTS
    found: list[dict[str, Any]] = []
    try:
        if file.stat().st_size > MAX_EVENTS:
            raise InputError("run-damaged", path=file, reason=Message("run-size"))
        with file.open("rb") as stream:
            while line := stream.readline(MAX_JSON + 1):
                if not line.endswith(b"\n"):
                    if len(line) > MAX_JSON:
                        raise InputError("run-damaged", path=file, reason=Message("run-line", {"line": len(found) + 1}))
                    break
                found.append(_event(file, line, len(found) + 1))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError("run-read", path=file, reason=error.strerror or error) from None
    return found


def checkpoints(folder: Path) -> tuple[int, ...]:
    """Steps after which a run has a checkpoint, rising; none where there is no run.

    Raises:
        InputError: the folder can't be read.
    """
    try:
        names = [path.name for path in (folder / CHECKPOINTS).iterdir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise InputError("run-read", path=folder, reason=error.strerror or error) from None
    return tuple(sorted(int(name) for name in names if _NAME.fullmatch(name)))


def weights_file(folder: Path, step: int) -> Path:
    """Path of the network's weights in a checkpoint."""
    return folder / CHECKPOINTS / f"{step:08d}" / MODEL


def card(folder: Path, step: int) -> dict[str, Any]:
    """Card of a checkpoint.

    Raises:
        InputError: there is no such checkpoint, or its card is damaged.
    """
    file = weights_file(folder, step).with_name(CARD)
    try:
        content = _read_json(file)
    except FileNotFoundError:
        raise InputError("checkpoint-none", path=folder, step=step) from None
    except OSError as error:
        raise InputError("run-read", path=file, reason=error.strerror or error) from None
    digests = content.get("sha256") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(digests, dict) or content.get("step") != step:
        raise InputError("checkpoint-damaged", path=file.parent, name=CARD)
    return content


def load_model(folder: Path, step: int) -> nn.Module:
    """The network after a step that has a checkpoint, on the CPU, in evaluation mode.

    Raises:
        InputError: there is no such checkpoint, or it is damaged or of another network.
    """
    file = weights_file(folder, step)
    return checkpoint.from_bytes(settings(folder).network, _content(folder, step, MODEL), file, _limit(folder)).model


def _limit(folder: Path) -> int:
    """Largest file of weights in bytes: networks of one's own may be large."""
    return checkpoint.MAX_BYTES if own.find(settings(folder).network) is None else checkpoint.LARGEST


def load_optimizer_state(folder: Path, step: int, model: nn.Module) -> dict[str, dict[str, Tensor]]:
    """State of the optimizer after a step that has a checkpoint, by parameter and PyTorch's names.

    Args:
        folder: of the run.
        step: of the checkpoint.
        model: the run's network.

    Returns:
        Tensors on the CPU; empty before the first step, or where the optimizer remembers nothing.

    Raises:
        InputError: there is no such checkpoint, or it is damaged or doesn't fit.
    """
    damaged = InputError("checkpoint-damaged", path=weights_file(folder, step).parent, name=OPTIMIZER)
    try:
        tensors = safetensors.torch.load(_content(folder, step, OPTIMIZER))
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise (error if isinstance(error, InputError) else damaged) from None
    entries = OPTIMIZERS[settings(folder).optimizer].state
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        parameter, _, entry = name.rpartition(".")
        if parameter not in shapes or entry not in entries or tensor.shape not in (shapes[parameter], torch.Size()):
            raise damaged
        if not tensor.is_floating_point():
            raise damaged
        found.setdefault(parameter, {})[entry] = tensor
    if any(one.keys() != next(iter(found.values())).keys() for one in found.values()):
        raise damaged
    return found


def load_optimizer(folder: Path, step: int, model: nn.Module, optimizer: optim.Optimizer) -> None:
    """Give an optimizer the state that it had after a step that has a checkpoint.

    Raises:
        InputError: there is no such checkpoint, or it is damaged or doesn't fit.
    """
    set_optimizer_state(model, optimizer, load_optimizer_state(folder, step, model))


def set_optimizer_state(
    model: nn.Module, optimizer: optim.Optimizer, state: Mapping[str, Mapping[str, Tensor]]
) -> None:
    """Give an optimizer its state, by parameter and PyTorch's names."""
    names = [name for name, _ in model.named_parameters()]
    numbered = {place: dict(state[name]) for place, name in enumerate(names) if name in state}
    optimizer.load_state_dict({"state": numbered, "param_groups": optimizer.state_dict()["param_groups"]})


def seconds(folder: Path, step: int) -> float:
    """Seconds of training until a checkpoint.

    Raises:
        InputError: there is no such checkpoint, or its card is damaged.
    """
    found = card(folder, step).get("seconds")
    if not isinstance(found, int | float) or not 0 <= found < math.inf:
        raise InputError("checkpoint-damaged", path=weights_file(folder, step).parent, name=CARD)
    return float(found)


def losses(folder: Path) -> list[float]:
    """Loss of each step of a run so far."""
    return [float(event["loss"]) for event in events(folder) if event["event"] == Step.kind]


def has_ended(folder: Path) -> bool:
    """True if the run's last event is its end."""
    found = events(folder)
    return bool(found) and found[-1]["event"] in (Finished.kind, Failed.kind)


def _event(file: Path, line: bytes, number: int) -> dict[str, Any]:
    try:
        content = json.loads(line)
        kinds.from_json(content)
    except (ValueError, RecursionError):  # InputError among them
        raise InputError("run-damaged", path=file, reason=Message("run-line", {"line": number})) from None
    found: dict[str, Any] = content
    return found


def _content(folder: Path, step: int, name: str) -> bytes:
    """Content of a file of a checkpoint, which is the one that the card describes."""
    digest = card(folder, step)["sha256"].get(name)
    file = weights_file(folder, step).with_name(name)
    limit = max(MAX_OPTIMIZER, 4 * _limit(folder)) if name == OPTIMIZER else _limit(folder)
    try:
        with file.open("rb") as stream:
            content = stream.read(min(os.fstat(stream.fileno()).st_size, limit) + 1)
    except OSError as error:
        raise InputError("run-read", path=file, reason=error.strerror or error) from None
    if len(content) > limit or hashlib.sha256(content).hexdigest() != digest:
        raise InputError("checkpoint-damaged", path=file.parent, name=name)
    return content


def _read_json(file: Path) -> object:
    """Content of a small JSON file, None where it is none.

    Raises:
        OSError: the file can't be read.
    """
    with file.open("rb") as stream:
        content = stream.read(MAX_JSON + 1)
    try:
        found: object = json.loads(content) if len(content) <= MAX_JSON else None
    except (ValueError, RecursionError):
        return None
    return found


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _line(event: Mapping[str, Any]) -> bytes:
    return (json.dumps(event, allow_nan=False) + "\n").encode()


def _write_through(stream: IO[bytes], content: bytes) -> None:
    stream.write(content)
    stream.flush()
    os.fsync(stream.fileno())


def _write_folder_through(folder: Path) -> None:
    """Bring a rename to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritten(path: Path, error: OSError) -> InputError:
    return InputError("run-write", path=path, reason=error.strerror or str(error))


if sys.platform == "win32":
    import msvcrt

    def _lock(stream: IO[bytes]) -> bool:
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(stream: IO[bytes]) -> bool:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
