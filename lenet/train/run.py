"""One training from its settings to its end, as a stream of events."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn

from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.networks import form, models
from lenet.networks.models import count_parameters
from lenet.record import random_state
from lenet.train import data, events, run_folder
from lenet.train.control import Control
from lenet.train.data import Batch, Data
from lenet.train.distributed import LostError, World
from lenet.train.events import Event, Failed, Finished
from lenet.train.held_out import HeldOut, target_of
from lenet.train.loop import Done, train_step
from lenet.train.settings import Training
from lenet.train.watching import DIGITS, Watcher

QUARTERS: Final = 4
"""Measurements in an epoch."""
QUICK: Final = 1000
"""Number of held-out digits for those within an epoch, where the training doesn't stop at an accuracy."""
HELD_OUT: Final = "held-out"
"""Name of the held-out digits in an evaluation."""
MEMORY: Final = ("not enough memory", "can't allocate memory", "out of memory")
"""Parts of PyTorch's messages when memory runs out."""


def train(
    settings: Training,
    folder: Path | None = None,
    *,
    resume: bool = False,
    control: Control | None = None,
    watch: Watcher | None = None,
    model: nn.Module | None = None,
    digits: Digits | None = None,
    world: World | None = None,
) -> Iterator[Event]:
    """Train a network, and yield each event as it happens.

    Args:
        settings: of the training; those of the folder, where there is one.
        folder: of the run, as `run_folder.create` makes it; None to keep nothing.
        resume: whether to go on at the folder's last checkpoint, where it has one.
        control: asked between two steps; None for a training that goes on to its end.
        watch: takes views of the network, without changing its training; None for none.
        model: trained in place instead of a new network of the settings.
        digits: training digits instead of MNIST's, those to hold out last.
        world: processes that train together, of which this is rank 0; None for this one alone.

    Raises:
        InputError: before the first event: the device isn't there, the folder can't be used or its run is damaged,
            another process trains it, or the weights don't fit. What goes wrong later is a `Failed` event.
    """
    drawings = run_folder.drawings(folder) if folder else None
    world = world or World()
    world.share(settings.to_json(), {} if drawings is None else _tensors(drawings))
    training = _Training(settings, folder, control or Control(), watch, model, digits, drawings, world)
    return training.stream(resume)


def follow(world: World, control: Control, digits: Digits | None = None) -> Iterator[Event]:
    """Train along with rank 0, which has called `train`: the same events, but for measurements and checkpoints.

    Args:
        world: processes that train together; this is not rank 0.
        control: asked between two steps; one process that is to stop stops all.
        digits: training digits instead of MNIST's.

    Raises:
        InputError: before the first event: rank 0 has ended, or this process can't have the device or the digits.
    """
    settings, tensors = world.share({}, {})
    drawings = Digits(tensors["images"].numpy(), tensors["labels"].numpy()) if tensors else None
    chosen = Training.from_json(settings)
    model = models.build(chosen.network)  # rank 0 gives it its values, whose file need not be on this machine
    return _Training(chosen, None, control, None, model, digits, drawings, world).stream(resume=False)


def checkpoint_steps(settings: Training) -> Iterator[int]:
    """Steps after which a training keeps a checkpoint, rising: 0, 1, 2, 4, 8, ... and then each epoch's end."""
    yield 0
    step = 1
    while step < min(settings.per_epoch, settings.steps):
        yield step
        step *= 2
    yield from range(settings.per_epoch, settings.steps, settings.per_epoch)
    yield settings.steps


class _DivergedError(Exception):
    """The loss of a step is not finite."""


class _Training:
    """See `train`."""

    def __init__(
        self,
        settings: Training,
        folder: Path | None,
        control: Control,
        watch: Watcher | None,
        model: nn.Module | None,
        digits: Digits | None,
        drawings: Digits | None,
        world: World,
    ) -> None:
        self.settings, self.folder, self.control, self.watch, self.world = settings, folder, control, watch, world
        self.device = world.device(settings.device)
        self.model = (settings.model() if model is None else model).to(self.device).train()
        self.parameters = list(self.model.parameters())
        self.forward: Callable[[Tensor], Tensor] = self.model
        self.optimizer = settings.make_optimizer(self.model)
        self.loss = settings.criterion
        size = form.of(self.model)
        self.data = Data(settings, size, self.device, drawings, digits)
        self.held_out = HeldOut(data.held_out(settings, digits), size, self.device)
        self.step, self.seconds = 0, 0.0
        self.saved = -1
        """Step of the last checkpoint."""
        self.losses: list[float] = []
        self.whole = torch.zeros(2)
        """Loss of the step's whole batch, and the share of it that is right."""
        self.bad_gradient: tuple[int, str] | None = None
        """Step and layer of the first gradient that is not finite."""
        self.pending: list[Event] = []
        self.log: run_folder.EventLog | None = None
        self.kept = set(checkpoint_steps(settings))
        self.quarters = {settings.per_epoch * quarter // QUARTERS for quarter in range(1, QUARTERS + 1)}

    def stream(self, resume: bool) -> Iterator[Event]:
        with ExitStack() as stack:
            repeatable(stack, self.settings.threads, self.device)
            if self.folder:
                stack.enter_context(run_folder.locked(self.folder))
                self._open(self.folder, resume)
                self.log = run_folder.EventLog(self.folder)
                stack.callback(self.log.close)
            self._gather()
            yield from self._logged(self._events())
        self.model.eval()

    def _open(self, folder: Path, resume: bool) -> None:
        """Load the last checkpoint, if there is one."""
        done = run_folder.checkpoints(folder)
        if not done:
            run_folder.cut(folder, -1)
            return
        if not resume:
            raise InputError("run-exists", path=folder)
        self.step = self.saved = done[-1]
        self.model.load_state_dict(run_folder.load_model(folder, self.step).state_dict())
        run_folder.load_optimizer(folder, self.step, self.model, self.optimizer)
        self.seconds = run_folder.seconds(folder, self.step)
        run_folder.cut(folder, self.step)
        self.losses = run_folder.losses(folder)

    def _gather(self) -> None:
        """Have all processes begin where rank 0 does."""
        remembered = run_folder.optimizer_state(self.model, self.optimizer)
        where, state = self.world.share({"step": self.step, "seconds": self.seconds}, remembered)
        if self.world.rank:
            self.step, self.seconds = where["step"], where["seconds"]
            run_folder.set_optimizer_state(self.model, self.optimizer, run_folder.by_parameter(state))
        self.forward = self.world.wrap(self.model)

    def _logged(self, stream: Iterator[Event]) -> Iterator[Event]:
        """Write each event into the folder before it is yielded."""
        try:
            for event in stream:
                self._keep(event)
                yield event
        except InputError as error:
            # The parameters are those after the last step. A GPU's can't be read: it may wait for the lost process.
            if isinstance(error, LostError) and self.device.type == "cpu":
                with suppress(InputError):
                    for event in self._save():
                        self._keep(event)
                        yield event
            failed = self._failed(error)
            with suppress(InputError):  # the folder can't be written, and just this may be what the event says
                self._keep(failed)
            yield failed

    def _keep(self, event: Event) -> None:
        """Write an event into the folder; steps only come to the disk with the next other event."""
        if self.log and not isinstance(event, events.Watch):
            self.log.add(event)
            if not isinstance(event, events.Step):
                self.log.flush()

    def _events(self) -> Iterator[Event]:
        settings = self.settings
        yield events.Started(self.step, self.seconds, settings.steps, settings.per_epoch, count_parameters(self.model))
        if self.saved < 0:
            yield from self._measure(QUICK)
            yield from self._save()
        while self.step < settings.steps:
            if self.world.stopped(self.control):
                yield from self._save()
                yield Finished(self.step, self.seconds, events.STOPPED)
                return
            if self.control.paused:
                yield from self._save()
                yield events.Paused(self.step, self.seconds)
                self.control.wait()
                yield events.Resumed(self.step, self.seconds)
                continue
            failed = yield from self._take_step()
            if failed:
                yield failed
                return
            if (yield from self._after_step()):
                yield from self._save()
                yield Finished(self.step, self.seconds, events.REACHED)
                return
        yield from self._save()
        reason = events.ALL_STEPS if self.step == settings.scheduled else events.MAX_STEPS
        yield Finished(self.step, self.seconds, reason)

    def _take_step(self) -> Generator[Event, None, Failed | None]:
        step = self.step + 1
        forward = self._in_bfloat16 if self.settings.bfloat16 else self.forward
        watched = self.watch if self.watch and self.watch.due() else None
        before = {name: value.detach().clone() for name, value in self.model.named_parameters()} if watched else None
        started = time.perf_counter()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate(step)
        try:
            batch = self.data.batch(step, self.world.part)
            with random_state.restored(self.device):
                # Other dropout for each process's rows.
                _seed(data.mix(self.settings.seed, "model", step) + self.world.rank, self.device)
                train_step(forward, self.optimizer, self._loss_of, batch, lambda done: self._check(done, batch))
        except _DivergedError:
            yield from self.pending
            return (yield from self._diverged(step))
        except (RuntimeError, MemoryError) as error:
            return self._broken(error)
        loss, right = self.whole.tolist()
        self.seconds += time.perf_counter() - started
        # Gradients of several processes are sums in another order, which no replay by one process repeats.
        digest = digest_of(self.model) if self.saved == self.step and self.world.size == 1 else ""
        yield from self.pending
        self.pending.clear()
        self.step = step
        self.losses.append(loss)
        epoch = (step - 1) // self.settings.per_epoch + 1
        yield events.Step(step, self.seconds, epoch, loss, self.settings.rate(step), right, digest)
        if watched and before is not None:
            yield watched.look(self.model, before, self.held_out.inputs(0, DIGITS), step, self.seconds)
        return None

    def _after_step(self) -> Generator[Event, None, bool]:
        """Measure and save where it is time to; returns True if the training has reached its accuracy."""
        settings = self.settings
        epoch = -(-self.step // settings.per_epoch)
        place = self.step - (epoch - 1) * settings.per_epoch
        ends, last = place == settings.per_epoch, self.step == settings.steps
        reached = False
        if place in self.quarters or last:
            every = ends or last or settings.stop_at is not None
            measured = yield from self._measure(len(self.held_out) if every else QUICK)
            reached = settings.stop_at is not None and self.world.first(measured >= settings.stop_at)
        if ends:
            losses = self.losses[-settings.per_epoch :]
            yield events.Epoch(self.step, self.seconds, epoch, sum(losses) / len(losses))
        if self.step in self.kept:
            yield from self._save()
        return reached

    def _measure(self, count: int) -> Generator[Event, None, float]:
        """Measure on held-out digits, where there are any, as rank 0; returns the accuracy."""
        if not len(self.held_out) or self.world.rank:
            return 0.0
        found = self.held_out.measure(self.model, self.loss, count)
        yield events.Evaluation(self.step, self.seconds, HELD_OUT, found.n, found.loss, found.accuracy)
        return found.accuracy

    def _save(self) -> Iterator[Event]:
        """Keep a checkpoint of this moment, if there is none yet, and all parameters are finite."""
        if self.folder is None or self.log is None or self.saved == self.step:
            return
        if not all(bool(torch.isfinite(value).all()) for value in self.parameters):
            return  # the last checkpoint stays one from which to go on
        self.log.flush()  # so that the events of a checkpoint's steps are there whenever it is
        card = {
            "network": self.settings.network,
            "epoch": self.step / self.settings.per_epoch,
            "seconds": self.seconds,
            "loss": self.losses[-1] if self.losses else None,
            "threads": self.settings.threads,
            "device": str(self.device),
            "processes": self.world.size,
            "torch": torch.__version__,
        }
        name = run_folder.save_checkpoint(self.folder, self.step, self.model, self.optimizer, card)
        self.saved = self.step
        yield events.Checkpoint(self.step, self.seconds, name)

    def _loss_of(self, output: Tensor, batch: Batch) -> Tensor:
        output = output.float()
        rows = len(batch.labels)
        if not rows:
            return output.sum()
        loss = self.loss.compute(output, target_of(self.loss, batch.labels, output))
        weight = self.world.weight(rows, batch.total)
        return loss if weight == 1 else loss * weight

    def _check(self, done: Done, batch: Batch) -> None:
        """Look for numbers that aren't finite, before they get into the parameters."""
        self.world.meet(self.control)
        right = (done.output.argmax(1) == batch.labels).sum() / batch.total
        self.whole = self.world.sum(torch.stack([done.loss / self.world.size, right]))
        loss = self.whole[0]
        gradients = [value.grad for value in self.parameters if value.grad is not None]
        # One number to look at. A norm can overflow where every gradient is finite; then they are looked at one by one.
        total = float(torch.stack([loss, *torch._foreach_norm(gradients)]).sum())
        if math.isfinite(total):
            return
        step = self.step + 1
        if self.bad_gradient is None:
            layer = self._first_bad_layer()
            if layer:
                self.bad_gradient = step, layer
                self.pending += self._save()  # the parameters are still those before the step
        if not math.isfinite(float(loss)):
            raise _DivergedError

    def _first_bad_layer(self) -> str:
        """Layer with the first gradient, going backward, that is not finite; "" where all are finite."""
        for name, parameter in reversed(list(self.model.named_parameters())):
            if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all()):
                return name.rpartition(".")[0]
        return ""

    def _diverged(self, step: int) -> Generator[Event, None, Failed]:
        """Keep the moment before the step whose loss is not finite, and say what happened."""
        yield from self._save()
        bad_step, layer = self.bad_gradient or (step, "")
        key = "training-diverged" if layer else "training-diverged-loss"
        values = {"at": step, "layer": layer, "gradient_at": bad_step, "kept": self._kept()}
        return Failed(self.step, self.seconds, key, values)

    def _broken(self, error: RuntimeError | MemoryError) -> Failed:
        """Failure of the device or of the memory; other errors are ours, and are raised."""
        self.world.check(error)
        text = str(error)
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(part in text for part in MEMORY):
            key = "training-memory"
        elif isinstance(error, torch.AcceleratorError):
            key = "training-device"
        else:
            raise error
        reason = text.splitlines()[0] if text else type(error).__name__
        values = {"device": str(self.device), "batch": self.settings.batch, "kept": self._kept(), "reason": reason}
        return Failed(self.step, self.seconds, key, values)

    def _failed(self, error: InputError) -> Failed:
        values = {"reason": str(error), "kept": self._kept()}
        return Failed(self.step, self.seconds, "training-failed", values)

    def _kept(self) -> int:
        """Step of the last checkpoint, 0 where there is none."""
        return max(0, self.saved)

    def _in_bfloat16(self, inputs: Tensor) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16):
            return self.forward(inputs)


def _tensors(digits: Digits) -> dict[str, Tensor]:
    return {"images": torch.from_numpy(digits.images.copy()), "labels": torch.from_numpy(digits.labels.copy())}


def digest_of(model: nn.Module) -> str:
    """SHA-256 of all gradients and then all values of a network's parameters, in their order."""
    found = hashlib.sha256()
    for tensors in ([value.grad for value in model.parameters()], list(model.parameters())):
        for tensor in tensors:
            if tensor is not None:
                found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()


def _seed(seed: int, target: torch.device) -> None:
    """Seed the generators that dropout uses; `torch.manual_seed` seeds those of all devices, and takes longer."""
    torch.default_generator.manual_seed(seed)
    if target.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif target.type == "mps":
        torch.mps.manual_seed(seed)


def repeatable(stack: ExitStack, threads: int, target: torch.device) -> None:
    """Set what decides the last bits of sums; put back when the stack closes."""
    stack.callback(torch.set_num_threads, torch.get_num_threads())
    torch.set_num_threads(threads)
    if target.type == "cuda":
        cudnn = torch.backends.cudnn
        stack.callback(setattr, cudnn, "deterministic", cudnn.deterministic)
        stack.callback(setattr, cudnn, "benchmark", cudnn.benchmark)
        cudnn.deterministic, cudnn.benchmark = True, False
