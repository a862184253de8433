"""All training runs on this server: who owns them, which of them train now and which wait."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

from lenet.errors import InputError
from lenet.record.experiment import FILE
from lenet.train import events, run_archive, run_folder
from lenet.train.settings import Training
from playground.network_title import network_title
from playground.runs.history import History
from playground.runs.worker import Worker

ID: Final = re.compile(r"[A-Za-z0-9_-]{16}")
OWNER_FILE: Final = "owner.json"
MAX_NAME: Final = 60
"""Largest length in characters of a run's name."""


class State(StrEnum):
    """Stage of a run."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    ENDED = "ended"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


ACTIVE: Final = frozenset({State.QUEUED, State.STARTING, State.RUNNING, State.PAUSED, State.STOPPING})
"""Stages of a run that has a process or will get one."""


DIVERGED: Final = frozenset({"training-diverged", "training-diverged-loss"})
"""Keys of the messages about a loss that is not finite."""


@dataclass(frozen=True)
class Limits:
    """Limits of a server for runs.

    Attributes:
        at_once: runs that train at the same time; others wait.
        waiting: runs that wait, at most.
        bytes_each: bytes that the runs of one visitor may keep on the disk.
        bytes_all: bytes that all runs may keep.
        grace_s: seconds after which a run ends whose visitor's browser is closed.
        paused_s: seconds after which a paused run ends while others wait.
    """

    at_once: int = max(1, (os.cpu_count() or 1) // 2)
    waiting: int = 20
    bytes_each: int = 256 * 2**20
    bytes_all: int = 4 * 2**30
    grace_s: float = 90.0
    paused_s: float = 600.0


@dataclass(eq=False)
class Run:
    """One run, of which all but `history` is changed under the lock of `Runs` only.

    Attributes:
        id: unguessable name, also of its folder.
        owner: secret of the visitor who may control it.
        name: given by the visitor.
        created: seconds since 1970.
        settings: of the training.
        folder: of the run.
        state: stage.
        history: events so far.
        seen: time of the server's clock at which the visitor's browser last asked for it.
        reason: key of a message about why it ended, "" while it hasn't.
        complaint: last lines that a process wrote that ended by itself.
        number: that distinguishes the runs of a visitor, from 1.
        worker: process, None without one.
    """

    id: str
    owner: str
    name: str
    created: float
    settings: Training
    folder: Path
    state: State
    history: History = field(default_factory=History)
    seen: float = 0.0
    reason: str = ""
    complaint: str = ""
    number: int = 0
    worker: Worker | None = None

    @property
    def title(self) -> str:
        """Name of the run, or else its number, network, optimizer and learning rate."""
        own = self.settings
        return self.name or f"#{self.number} {network_title(own.network)}, {own.optimizer} {own.lr:g}"

    @property
    def active(self) -> bool:
        """True if the run has a process or waits for one."""
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """True if `Runs.go_on` has it go on: a run that diverged would only diverge again."""
        last = self.history.last or {}
        diverged = last.get("event") == events.Failed.kind and str(last.get("key")) in DIVERGED
        return self.state in (State.PAUSED, State.INTERRUPTED) or (self.state == State.FAILED and not diverged)


Start = Callable[[Path, Callable[[Mapping[str, Any]], None], Callable[[int, str], None]], Worker]


class Runs:
    """Runs below one folder. All methods may be called from any thread.

    Args:
        root: folder of the runs' folders; made when the first run starts.
        limits: of this server.
        start: starts a process; tests give their own.
        clock: returns the time in seconds.
    """

    def __init__(
        self,
        root: Path,
        limits: Limits | None = None,
        start: Start = Worker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.root, self.limits = root, limits or Limits()
        self._start, self._clock = start, clock
        self._starts = root / "starts"
        self._lock = threading.RLock()
        self._taking = threading.Lock()
        """Held while a zip file is unpacked: one at a time, so that they don't take all processors."""
        self._runs: dict[str, Run] = {}
        self._queue: list[Run] = []
        self._closing = False

    # Looking

    def find(self, name: str) -> Run:
        """The run with this id, from memory or from its folder.

        Raises:
            InputError: there is none, or its folder is damaged.
        """
        with self._lock:
            if name not in self._runs:
                if not ID.fullmatch(name) or not (self.root / name).is_dir():
                    raise InputError("run-missing")
                self._runs[name] = self._read(self.root / name)
            return self._runs[name]

    def of(self, owner: str) -> list[Run]:
        """Runs of a visitor, the newest first; those with a damaged folder are left out."""
        found = []
        for folder in self._folders():
            with suppress(InputError):
                run = self.find(folder.name)
                if secrets.compare_digest(run.owner, owner):
                    found.append(run)
        return sorted(found, key=lambda run: run.created, reverse=True)

    def place(self, run: Run) -> int:
        """Place of a run in the queue, from 1; 0 for a run that doesn't wait."""
        with self._lock:
            return self._queue.index(run) + 1 if run in self._queue else 0

    # Changing

    def start(self, owner: str, settings: Training, name: str = "", drawings: bytes = b"") -> Run:
        """Start a run, or put it into the queue.

        Args:
            owner: secret of the visitor.
            settings: of the training.
            name: of the run, "" for none.
            drawings: content of the file of the visitor's own drawings, where the settings have some.

        Raises:
            InputError: the visitor has a run that trains or waits, there are too many runs, their files fill the space
                that they may have, or the folder can't be written.
        """
        with self._lock:
            self._check_room(owner)
            run_id = secrets.token_urlsafe(12)
            folder = self.root / run_id
            run_folder.create(folder, settings, drawings)
            run = Run(run_id, owner, name[:MAX_NAME], time.time(), settings, folder, State.QUEUED, seen=self._clock())
            run.number = 1 + max((own.number for own in self.of(owner)), default=0)
            self._write_owner(run)
            self._runs[run_id] = run
            self._queue.append(run)
            self._advance()
            return run

    def take(self, owner: str, content: bytes, source: str) -> Run:
        """Keep a run that was downloaded as a zip file, here or on another server.

        Args:
            owner: secret of the visitor, who may control it.
            content: of the zip file, not trusted.
            source: what a message calls the file.

        Raises:
            InputError: the file is none, or there is no room for the run.
        """
        run_id = secrets.token_urlsafe(12)
        unpacked = self.root / f".{run_id}"
        with self._taking:
            with self._lock:
                room = self._room(owner)
            settings = run_archive.read(content, unpacked, room, source)
            with self._lock:
                return self._take(owner, run_id, unpacked, settings)

    def start_file(self) -> Path:
        """Path for a file of weights from which a run is to start."""
        return self._starts / f"{secrets.token_urlsafe(12)}.safetensors"

    def drop_start_file(self, file: Path) -> None:
        """Delete a file of `start_file`, if there is one, and its card; leave other files alone."""
        if file.parent == self._starts:
            for path in (file, file.with_suffix(".json")):
                with suppress(OSError):
                    path.unlink()

    def go_on(self, run: Run) -> None:
        """Let a paused run go on, or resume one at its last checkpoint that was stopped or failed.

        Raises:
            InputError: another run of the visitor trains or waits, or there are too many.
        """
        with self._lock:
            if run.state == State.PAUSED and run.worker:
                run.worker.send("go_on")
            elif run.resumable:
                self._check_room(run.owner)
                run.state, run.reason, run.complaint, run.seen = State.QUEUED, "", "", self._clock()
                self._queue.append(run)
                self._advance()

    def pause(self, run: Run) -> None:
        """Pause a run after its current step."""
        with self._lock:
            if run.state == State.RUNNING and run.worker:
                run.worker.send("pause")

    def stop(self, run: Run, reason: str = "stopped") -> None:
        """Stop a run after its current step, with a checkpoint, or take it from the queue."""
        with self._lock:
            if run in self._queue:
                self._queue.remove(run)
                run.state, run.reason = State.INTERRUPTED, reason
            elif run.active and run.worker:
                run.state, run.reason = State.STOPPING, reason
                run.worker.send("stop")

    def show(self, run: Run, digit: Sequence[Sequence[int]] | None) -> None:
        """Have a run classify a digit while it trains: rows of 0..255 as the network gets it; None for no digit."""
        with self._lock:
            if run.worker:
                run.worker.send("digit", digit=digit)

    def rename(self, run: Run, name: str) -> None:
        """Give a run another name.

        Raises:
            InputError: its folder can't be written.
        """
        with self._lock:
            run.name = name.strip()[:MAX_NAME]
            self._write_owner(run)

    def delete(self, run: Run) -> None:
        """Delete a run and its files.

        Raises:
            InputError: it still trains or waits, or its files can't be deleted.
        """
        with self._lock:
            if run.active:
                raise InputError("run-active")
            try:
                shutil.rmtree(run.folder)
            except OSError as error:
                raise InputError("run-delete", reason=error.strerror or error) from None
            self._runs.pop(run.id, None)
            self.drop_start_file(Path(run.settings.weights.file))

    def touch(self, run: Run) -> None:
        """Note that the visitor's browser is there."""
        run.seen = self._clock()

    # Housekeeping

    def look_after(self, present: Collection[str] = ()) -> None:
        """End the runs whose visitors have left, and start those that wait. To be called every few seconds.

        Args:
            present: secrets of visitors whose browsers are connected, on whichever page.
        """
        with self._lock:
            for run in list(self._runs.values()):
                if run.owner in present:
                    self.touch(run)
                away = self._clock() - run.seen
                paused_long = run.state == State.PAUSED and self._queue and away > self.limits.paused_s
                if run.active and run.state != State.STOPPING and (away > self.limits.grace_s or paused_long):
                    self.stop(run, "visitor-gone")
            self._advance()

    def close(self) -> None:
        """Stop all runs, each with a checkpoint; no run starts any more."""
        with self._lock:
            self._closing = True
            for run in self._queue:
                run.state, run.reason = State.INTERRUPTED, "server-ended"
            self._queue.clear()
            running = [run for run in self._runs.values() if run.worker]
            for run in running:
                run.state, run.reason = State.STOPPING, "server-ended"
                if run.worker:
                    run.worker.send("stop")
        for run in running:
            if worker := run.worker:
                worker.end()

    # Parts

    def _check_room(self, owner: str) -> None:
        if self._closing:
            raise InputError("run-closing")
        if any(run.active and secrets.compare_digest(run.owner, owner) for run in self._runs.values()):
            raise InputError("run-one")
        if len(self._queue) >= self.limits.waiting:
            raise InputError("run-queue", waiting=len(self._queue))
        self._room(owner)

    def _room(self, owner: str) -> int:
        """Bytes that further files of a visitor may take.

        Raises:
            InputError: there is no room.
        """
        sizes = {folder.name: _size(folder) for folder in self._folders()}
        every = sum(sizes.values())
        if every >= self.limits.bytes_all:
            raise InputError("run-space-all")
        own = sum(sizes.get(run.id, 0) for run in self.of(owner))
        if own >= self.limits.bytes_each:
            raise InputError("run-space", size=own // 2**20, limit=self.limits.bytes_each // 2**20)
        return min(self.limits.bytes_all - every, self.limits.bytes_each - own)

    def _take(self, owner: str, run_id: str, unpacked: Path, settings: Training) -> Run:
        """Make a visitor's run of an unpacked zip file."""
        start = self.start_file()
        number = 1 + max((own.number for own in self.of(owner)), default=0)
        try:
            if settings.weights.source == FILE:
                # The file that it started from is elsewhere; the first checkpoint has the same weights.
                start.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(run_folder.weights_file(unpacked, 0), start)
                run_folder.change(unpacked, replace(settings, weights=replace(settings.weights, file=str(start))))
            self._write_owner(Run(run_id, owner, "", time.time(), settings, unpacked, State.INTERRUPTED, number=number))
            unpacked.rename(self.root / run_id)
        except (OSError, InputError) as error:
            shutil.rmtree(unpacked, ignore_errors=True)
            self.drop_start_file(start)
            if isinstance(error, OSError):
                raise InputError("run-write", path=self.root, reason=error.strerror or error) from None
            raise
        return self.find(run_id)

    def _folders(self) -> Iterator[Path]:
        with suppress(OSError):
            yield from (path for path in self.root.iterdir() if ID.fullmatch(path.name) and path.is_dir())

    def _advance(self) -> None:
        """Start the first runs of the queue, as many as may train at once."""
        while self._queue and sum(run.worker is not None for run in self._runs.values()) < self.limits.at_once:
            run = self._queue.pop(0)
            run.state = State.STARTING
            try:
                run.worker = self._start(run.folder, partial(self._heard, run), partial(self._ended, run))
            except OSError as error:
                run.state, run.reason, run.complaint = State.FAILED, "worker-start", error.strerror or str(error)

    def _heard(self, run: Run, event: Mapping[str, Any]) -> None:
        run.history.add(event)
        new = _stage_after(event)
        if new is None or run.state == new:
            return
        with self._lock:
            if run.state != State.STOPPING or new not in ACTIVE:
                run.state = new
            if new == State.ENDED:
                run.reason = ""  # it came to its end before it heard that it should stop

    def _ended(self, run: Run, code: int, complaint: str) -> None:
        with self._lock:
            run.worker = None
            if run.state == State.STOPPING or (run.state in ACTIVE and code == 0):
                run.state = State.INTERRUPTED
            elif run.state in ACTIVE:
                run.state, run.reason, run.complaint = State.FAILED, "worker-killed", complaint
            if not self._closing:
                self._advance()

    def _write_owner(self, run: Run) -> None:
        content = {"owner": run.owner, "name": run.name, "created": run.created, "number": run.number}
        run_folder.write(run.folder / OWNER_FILE, json.dumps(content).encode())

    def _read(self, folder: Path) -> Run:
        """Read a run of an earlier server."""
        settings = run_folder.settings(folder)
        try:
            content = json.loads((folder / OWNER_FILE).read_text("utf-8"))
            owner, name, created = str(content["owner"]), str(content["name"]), float(content["created"])
            number = int(content["number"])
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError("run-owner", path=folder.name) from None
        run = Run(folder.name, owner, name[:MAX_NAME], created, settings, folder, State.INTERRUPTED, number=number)
        for event in run_folder.events(folder):
            run.history.add(event)
            stage = _stage_after(event)
            run.state = State.INTERRUPTED if stage is None or stage in ACTIVE else stage
        return run


_NEXT: Final = {
    "started": State.RUNNING,
    "step": State.RUNNING,
    "resumed": State.RUNNING,
    "paused": State.PAUSED,
    "finished": State.ENDED,
    "failed": State.FAILED,
}
"""Stage of a run after an event."""


def _stage_after(event: Mapping[str, Any]) -> State | None:
    """Stage of a run after an event; None where it stays."""
    if event.get("event") == events.Finished.kind and event.get("reason") == events.STOPPED:
        return State.INTERRUPTED
    return _NEXT.get(str(event.get("event")))


def _size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size
    return total
