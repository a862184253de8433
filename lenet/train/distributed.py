"""Training by several processes, each with its part of every batch: `torchrun --nproc-per-node 2 -m lenet train ...`.

PyTorch's DistributedDataParallel averages their gradients. The process of rank 0 keeps the run, measures and reports;
it tells the others the settings and where the training begins, so that only its own machine needs the run's folder.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Final, NoReturn

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from lenet import device
from lenet.errors import InputError
from lenet.messages import render
from lenet.train.control import Control

JOIN_S: Final = 300.0
"""Longest time until all processes have started, in seconds."""
SILENCE_S: Final = 300.0
"""Longest time that a process waits for the others, in seconds; measuring and keeping a checkpoint take less."""
GRACE_S: Final = 20.0
"""Time in which a step must end after a signal, in seconds. torchrun kills 30 seconds after its own."""
SPEAK_S: Final = 5.0
"""Time in which rank 0 says why a training has ended, in seconds; then another process says that rank 0 is gone."""

LEAVE_S: Final = 3.0
"""Longest time for leaving the others, in seconds."""

FAILURE: Final = "failure"
SPOKEN: Final = "spoken"
"""Keys of the store that the processes share: why one of them ended, and that somebody has said so."""

WORDS: Final = "/words"
"""Name among the tensors that rank 0 shares of the JSON values, as bytes; no parameter has a name like that."""

Words = Mapping[str, Any]
Tensors = Mapping[str, Tensor]


class LostError(InputError):
    """Another process has ended or doesn't answer any more."""


class World:
    """Processes that train together; here, one that trains alone.

    Attributes:
        rank: number of this process, from 0.
        size: number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def part(self) -> tuple[int, int]:
        """This process's part of a batch, see `Data.batch`."""
        return self.rank, self.size

    def device(self, name: str) -> torch.device:
        """Device of this process.

        Args:
            name: of the settings.

        Raises:
            InputError: it isn't there.
        """
        return device.choose(name)

    def share(self, words: Words, tensors: Tensors) -> tuple[Words, Tensors]:
        """JSON values and tensors of rank 0, on the CPU, for all; what others give is not looked at."""
        return words, tensors

    def wrap(self, model: nn.Module) -> Callable[[Tensor], Tensor]:
        """The network, with rank 0's values, and such that backward averages the gradients of all processes."""
        return model

    def weight(self, rows: int, total: int) -> float:
        """Factor of the mean loss of this process's rows that makes the averaged gradient that of the whole batch."""
        return rows * self.size / total

    def meet(self, control: Control) -> None:
        """Wait until all have come this far, and agree on the end: one that is to stop stops all."""

    def stopped(self, control: Control) -> bool:
        """True if the training ends here, for all processes."""
        return control.stopped

    def sum(self, values: Tensor) -> Tensor:
        """Sum over the processes."""
        return values

    def first(self, value: bool) -> bool:
        """Answer of rank 0 to a question, for all."""
        return value

    def check(self, error: BaseException) -> None:
        """Look into an error of a step.

        Raises:
            LostError: another process is its cause.
        """


class _Group(World):
    """Several processes.

    Every collective is called by all of them, in the same order. gloo carries what the processes say to each other, and
    gradients on the CPU; it notices at once when a process ends. NCCL carries what is on GPUs, and notices nothing
    until its time is over: so `meet` comes before any number of a step is read from a GPU.
    """

    def __init__(self, store: Any, rank: int, size: int) -> None:
        self._dist: Any = torch.distributed
        self.rank, self.size = rank, size
        self.store = store
        self._device = torch.device("cpu")
        self._gradients: Any = None
        """Group of the gradients, None for the one of all else."""
        self._whole: Any = None
        """The network in DistributedDataParallel."""
        self._stopped = False
        self.lost = False

    def device(self, name: str) -> torch.device:
        kind = name.partition(":")[0]
        if kind == "cuda":
            # torchrun numbers the processes of a machine; each has the GPU of its number.
            local, there = int(os.environ.get("LOCAL_RANK", self.rank)), torch.cuda.device_count()
            if there and local >= there:
                raise InputError("processes-gpus", there=there, local=os.environ.get("LOCAL_WORLD_SIZE", self.size))
            self._device = device.choose(f"cuda:{local}")
            torch.cuda.set_device(self._device)
        elif kind == "cpu":
            self._device = device.choose(name)
        else:
            raise InputError("processes-device", device=name)
        return self._device

    def share(self, words: Words, tensors: Tensors) -> tuple[Words, Tensors]:
        told = {**tensors, WORDS: torch.from_numpy(np.frombuffer(json.dumps(words).encode(), np.uint8).copy())}
        # safetensors and JSON, so that nothing that comes from elsewhere is unpickled.
        content = torch.from_numpy(np.frombuffer(safetensors.torch.save(told), np.uint8).copy())
        with self._talking():
            length = torch.tensor([len(content)])
            self._dist.broadcast(length, 0)
            content = torch.empty(int(length), dtype=torch.uint8) if self.rank else content
            self._dist.broadcast(content, 0)
        found = safetensors.torch.load(content.numpy().tobytes())
        return json.loads(found.pop(WORDS).numpy().tobytes()), found

    def wrap(self, model: nn.Module) -> Callable[[Tensor], Tensor]:
        with self._talking():
            if self._device.type == "cuda":
                # Longer than gloo's, which ends a wait with an error; NCCL ends the process.
                self._gradients = self._dist.new_group(backend="nccl", timeout=timedelta(seconds=2 * SILENCE_S))
            devices = [self._device] if self._device.type == "cuda" else None
            self._whole = torch.nn.parallel.DistributedDataParallel(
                model, device_ids=devices, process_group=self._gradients
            )

        settled = False

        def forward(inputs: Tensor) -> Tensor:
            nonlocal settled
            blank = inputs.new_zeros(1, *inputs.shape[1:])
            if not settled:
                self._settle(blank)
                settled = True
            # A network's view(N, -1) has no meaning for no digits. So a blank one goes through, and none of it is kept.
            output: Tensor = self._whole(inputs) if len(inputs) else self._whole(blank)[:0]
            return output

        return forward

    def _settle(self, blank: Tensor) -> None:
        """Take a pass without effect.

        After its first backward pass, DistributedDataParallel orders the gradients anew in its buckets, and the last
        bits of a sum over three processes depend on the place in a bucket. So that a training that goes on has the
        same bits, that order is there from the first step on.
        """
        was_training = self._whole.training
        self._whole.eval()
        self._whole(blank).sum().backward()
        self._whole.zero_grad()
        self._whole.train(was_training)

    def meet(self, control: Control) -> None:
        with self._talking():
            asked = torch.tensor([float(control.stopped)])
            self._dist.all_reduce(asked, self._dist.ReduceOp.MAX)
        self._stopped = bool(asked)

    def stopped(self, control: Control) -> bool:
        if self._stopped:
            control.stop()  # also where another process was asked to
        return self._stopped

    def sum(self, values: Tensor) -> Tensor:
        with self._talking():
            self._dist.all_reduce(values, group=self._gradients)
        return values

    def first(self, value: bool) -> bool:
        with self._talking():
            said = torch.tensor([float(value)])
            self._dist.broadcast(said, 0)
        return bool(said)

    def check(self, error: BaseException) -> None:
        text = str(error)
        if isinstance(error, self._dist.DistError) or "gloo" in text or "NCCL" in text:
            self._lose(error)

    @contextmanager
    def _talking(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            self._lose(error)

    def _lose(self, error: BaseException) -> NoReturn:
        self.lost = True
        with suppress(RuntimeError):
            if self.store.check([FAILURE]):
                raise LostError("process-failed", **json.loads(self.store.get(FAILURE))) from None
        raise LostError("processes-lost", size=self.size, reason=_first_words(error)) from None

    def fail(self, error: BaseException) -> None:
        """Let the others know why this process ends."""
        reason = str(error) or type(error).__name__
        if isinstance(error, InputError) and error.key.startswith("training-"):
            reason = str(error.values.get("reason", reason))  # what is kept, rank 0 knows
        with suppress(RuntimeError):
            self.store.set(FAILURE, json.dumps({"rank": self.rank, "reason": reason.rstrip(".")}))

    def leave(self) -> None:
        """Leave the group; who waits for this process notices.

        Its threads end with it. One that is still at work when Python ends would end the process by SIGABRT.
        """
        self._whole = None
        gc.collect()
        # What still waits for a lost process must not keep this one from saying why it ends.
        leaving = threading.Thread(target=self._destroy, daemon=True)
        leaving.start()
        leaving.join(LEAVE_S)

    def _destroy(self) -> None:
        with suppress(RuntimeError):
            self._dist.destroy_process_group()

    def must_speak(self) -> bool:
        """True for one of the processes, if rank 0 hasn't said why the training ends."""
        with suppress(RuntimeError):  # raised also where the store is gone, with the machine that had it
            self.store.wait([SPOKEN], timedelta(seconds=SPEAK_S))
        with suppress(RuntimeError):
            return bool(self.store.add(SPOKEN, 1) == 1)
        return self.rank == 1


@contextmanager
def joined(url: str = "env://") -> Iterator[World]:
    """World of this process: the processes that torchrun has started with it, or it alone.

    Args:
        url: where the processes find each other, `env://` for the variables of torchrun.

    Raises:
        InputError: they don't.
        SystemExit: the training has failed; rank 0 says why, so that this process must not.
    """
    if url == "env://" and int(os.environ.get("WORLD_SIZE", "1")) <= 1:
        yield World()
        return
    group = _join(url)
    try:
        with _last_words(group):
            yield group
    except InputError as error:
        if not group.lost:
            group.fail(error)
        group.leave()
        if group.rank:
            if group.must_speak():
                print(render("processes-first", {}), file=sys.stderr, flush=True)
            raise SystemExit(2) from None
        with suppress(RuntimeError):
            group.store.add(SPOKEN, 1)
        raise
    except BaseException as error:
        group.fail(error)
        group.leave()
        raise
    else:
        group.leave()


def _join(url: str) -> _Group:
    # Imported before there is a group: its functions have the group as default arguments, and would keep it alive.
    importlib.import_module("torch.distributed.nn")
    dist: Any = torch.distributed
    wait = timedelta(seconds=JOIN_S)
    try:
        store, rank, size = next(dist.rendezvous(url, timeout=wait))
        dist.init_process_group(
            "gloo",
            store=dist.PrefixStore("gloo", store),
            rank=rank,
            world_size=size,
            timeout=timedelta(seconds=SILENCE_S),
        )
    except (RuntimeError, ValueError) as error:
        place = ":".join(os.environ.get(name, "") for name in ("MASTER_ADDR", "MASTER_PORT"))
        raise InputError("processes-join", place=place, reason=_first_words(error)) from None
    return _Group(dist.PrefixStore("lenet", store), rank, size)


@contextmanager
def _last_words(group: _Group) -> Iterator[None]:
    """End the process with a sentence where a signal finds it in a wait for others that doesn't end.

    While a collective waits, Python calls no handler of a signal. But the signal's number is written to a socket at
    once, which another thread reads.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    ended = threading.Event()

    def listen() -> None:
        with reader:
            while number := reader.recv(1):
                if number[0] in (signal.SIGINT, signal.SIGTERM) and not ended.wait(GRACE_S):
                    if not group.rank:
                        print(render("processes-silent", {}), file=sys.stderr, flush=True)
                    os._exit(2)

    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=listen, daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(before)
        writer.close()


def _first_words(error: BaseException) -> str:
    """First sentence of PyTorch's message, without the line of its source."""
    return re.sub(r"^\[[^\]]*\]\s*", "", str(error).strip() or type(error).__name__).split(". ")[0].split("\n")[0]
