"""Several processes train as one does, agree on their end, and leave a run to go on with when one of them dies."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
import torch

from lenet.errors import InputError
from lenet.train import distributed, run, run_folder
from lenet.train.control import Control
from lenet.train.data import Data
from lenet.train.distributed import World
from lenet.train.settings import Training
from tests.forked import Forked
from tests.lenet.train.small_runs import SMALL, few, made, stream, weights

ROOT = Path(__file__).parents[3]
WAIT_S = 240
"""Time-out of everything here; the processes share few cores with other tests."""

UNEVEN = replace(SMALL, digits=145, handwriting=0, handwritten=0, hold_out=0)
"""Batches of 16, that three processes don't share evenly, and of 1, in which the others have nothing."""
DRAWINGS = b"".join(
    json.dumps({"label": label, "strokes": [[[0.3 + 0.1 * label, 0.1], [0.5, 0.9]]]}).encode() + b"\n"
    for label in range(3)
)
RUNS = {
    "uneven": UNEVEN,
    "mixed": replace(SMALL, network="LightNet", loss="mse", optimizer="SGD", lr=0.05, stop_at=0.99),
    "bfloat16": replace(
        SMALL, network="DigitCNN", bfloat16=True, smoothing=0.02, optimizer="SGD", lr=0.05, max_steps=12
    ),
    "drawings": replace(UNEVEN, own=3, drawings=hashlib.sha256(DRAWINGS).hexdigest(), optimizer="Adam", lr=0.001),
}
LONG = replace(SMALL, epochs=1000, hold_out=0)
DIVERGING = replace(UNEVEN, loss="mse", optimizer="SGD", lr=100, schedule="constant")


class Ended(NamedTuple):
    """Exit code of a process, the events that it printed, and its stderr."""

    code: int
    events: list[dict[str, Any]]
    errors: str

    def of(self, name: str, kind: str) -> list[dict[str, Any]]:
        return [one for one in self.events if (one["run"], one["event"]) == (name, kind)]


@contextmanager
def started(size: int, folder: Path, *runs: str, **variables: str) -> Iterator[list[Forked]]:
    """Processes that train the runs in a folder together."""
    module = "tests.lenet.train.one_of_several"
    processes = [Forked(module, str(rank), str(size), str(folder), *runs, variables=variables) for rank in range(size)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def ended(process: Forked, *before: str) -> Ended:
    """Wait for the end of a process, of whose output some lines have been read before."""
    out, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode is not None
    return Ended(process.returncode, [json.loads(line) for line in (*before, *out.splitlines())], errors)


def until(process: Forked, step: int) -> list[str]:
    """Read a process's events as far as this step."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        event = json.loads(line)
        if event["event"] == "step" and event["step"] == step:
            break
    return lines


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs by one process."""
    folder = tmp_path_factory.mktemp("alone")
    for name, settings in RUNS.items():
        run_folder.create(folder / name, settings, DRAWINGS)
        stream(folder / name, settings)
    return folder


@pytest.fixture(scope="module", params=[2, 3])
def together(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Ended]]:
    """Trainings by several processes: complete, begun by one, for one to end, with a break, and one that diverges."""
    folder, size = tmp_path_factory.mktemp("together"), request.param
    for name, settings in RUNS.items():
        run_folder.create(folder / name, settings, DRAWINGS)
    begun = replace(RUNS["uneven"], max_steps=8)
    stream(made(folder / "resumed", begun), begun)
    run_folder.change(folder / "resumed", RUNS["uneven"])
    made(folder / "begun", begun)
    made(folder / "cut", begun)
    made(folder / "diverging", DIVERGING)
    with started(size, folder, *RUNS, "resumed", "begun", "cut", "cut+", "diverging") as processes:
        return folder, [ended(process) for process in processes]


def losses(events: list[dict[str, Any]]) -> list[float]:
    return [event["loss"] for event in events]


@pytest.mark.parametrize("name", list(RUNS))
def test_losses_and_weights_are_those_of_one_process(
    name: str, alone: Path, together: tuple[Path, list[Ended]]
) -> None:
    folder, processes = together
    one = [event for event in run_folder.events(alone / name) if event["event"] == "step"]
    rounding = 3e-3 if name == "bfloat16" else 1e-5
    for process in processes:
        steps = process.of(name, "step")
        assert losses(steps) == pytest.approx(losses(one), rel=rounding)
        assert losses(steps) == losses(processes[0].of(name, "step"))
        if name != "bfloat16":  # in which a digit may come out as another
            assert [event["accuracy"] for event in steps] == pytest.approx([event["accuracy"] for event in one])
    last = run_folder.checkpoints(alone / name)[-1]
    assert run_folder.checkpoints(folder / name) == run_folder.checkpoints(alone / name)
    one_process, several = weights(alone / name, last), weights(folder / name, last)
    torch.testing.assert_close(several, one_process, rtol=1e-3, atol=10 * rounding)


@pytest.mark.parametrize("size", [2, 3])
def test_the_runs_have_batches_that_do_not_divide(size: int) -> None:
    data = Data(UNEVEN, 32, torch.device("cpu"), digits=few())
    rows = [[len(data.batch(step, (rank, size)).labels) for rank in range(size)] for step in (1, 10)]
    assert sorted(rows[0]) == ([8, 8] if size == 2 else [5, 5, 6])
    assert sorted(rows[1]) == [0] * (size - 1) + [1]


def test_rank_0_alone_measures_and_keeps(together: tuple[Path, list[Ended]]) -> None:
    folder, (first, *others) = together
    assert first.of("mixed", "evaluation")
    assert first.of("mixed", "checkpoint")
    assert first.of("mixed", "finished")
    for other in others:
        assert {event["event"] for event in other.events} == {"started", "step", "epoch", "finished", "failed"}
    assert run_folder.card(folder / "mixed", 20)["processes"] == 1 + len(others)
    kept = [event for event in run_folder.events(folder / "mixed") if event["event"] == "step"]
    assert losses(kept) == losses(first.of("mixed", "step"))
    assert not any(event["digest"] for event in kept)


def test_a_run_goes_on_with_another_number_of_processes(alone: Path, together: tuple[Path, list[Ended]]) -> None:
    folder, processes = together
    for process in processes:
        assert process.of("resumed", "started")[0]["step"] == 8
    settings = RUNS["uneven"]
    run_folder.change(folder / "begun", settings)
    stream(folder / "begun", settings, resume=True)
    for name in ("resumed", "begun"):
        assert run_folder.losses(folder / name) == pytest.approx(run_folder.losses(alone / "uneven"), rel=1e-5)
        torch.testing.assert_close(weights(folder / name), weights(alone / "uneven"), rtol=1e-3, atol=1e-4)


def test_with_the_same_number_of_processes_a_break_changes_no_bit(together: tuple[Path, list[Ended]]) -> None:
    folder, _ = together
    assert run_folder.losses(folder / "cut") == run_folder.losses(folder / "uneven")
    assert torch.equal(weights(folder / "cut"), weights(folder / "uneven"))


def test_all_stop_at_a_loss_that_is_not_finite(together: tuple[Path, list[Ended]]) -> None:
    folder, processes = together
    ends = [process.events[-1] for process in processes]
    assert {(end["event"], end["key"], end["values"]["at"]) for end in ends} == {
        ("failed", "training-diverged", ends[0]["values"]["at"])
    }
    assert [process.code for process in processes] == [2] * len(processes)
    assert "its loss is not finite" in processes[0].errors
    assert not any("stopped" in process.errors for process in processes[1:])
    assert weights(folder / "diverging", ends[0]["values"]["kept"]).isfinite().all()


def test_a_killed_process_ends_the_run_with_a_sentence_and_a_checkpoint(tmp_path: Path) -> None:
    made(tmp_path / "run", LONG)
    with started(3, tmp_path, "run") as processes:
        before = until(processes[0], 12)
        processes[1].kill()
        first, third = ended(processes[0], *before), ended(processes[2])
    last = first.events[-1]
    assert (first.code, third.code) == (2, 2)
    assert last["event"] == "failed"
    assert first.errors.startswith("Training stopped: One of the 3 processes has ended or doesn't answer any more (")
    assert f"The checkpoint after step {last['step']} is kept: training can go on from there." in first.errors
    assert last["step"] == first.of("run", "step")[-1]["step"]
    assert run_folder.checkpoints(tmp_path / "run")[-1] == last["step"] >= 12
    assert "stopped" not in third.errors
    settings = replace(LONG, max_steps=last["step"] + 2)
    run_folder.change(tmp_path / "run", settings)
    found = stream(tmp_path / "run", settings, resume=True)
    assert [event.kind for event in found if event.kind != "epoch"] == [
        "started",
        "step",
        "step",
        "checkpoint",
        "finished",
    ]


def test_another_process_says_that_rank_0_has_died(tmp_path: Path) -> None:
    made(tmp_path / "run", LONG)
    with started(3, tmp_path, "run") as processes:
        until(processes[1], 12)
        processes[0].kill()
        others = [ended(process) for process in processes[1:]]
    assert [other.code for other in others] == [2, 2]
    said = [other.errors for other in others if "the process of rank 0, which keeps the run, has ended" in other.errors]
    assert len(said) == 1
    assert run_folder.checkpoints(tmp_path / "run")[-1] >= 10


def test_rank_0_says_why_another_process_failed(tmp_path: Path) -> None:
    made(tmp_path / "run", LONG)
    with started(2, tmp_path, "run", FAILS="1") as processes:
        first, second = [ended(process) for process in processes]
    assert (first.code, second.code) == (2, 2)
    assert "The process of rank 1 has ended: no page is left. The checkpoint after step 5 is kept" in first.errors
    assert not second.errors.count("stopped")


def test_one_that_is_to_stop_stops_all(tmp_path: Path) -> None:
    made(tmp_path / "run", LONG)
    with started(2, tmp_path, "run") as processes:
        before = until(processes[0], 5)
        processes[1].send_signal(signal.SIGTERM)
        first, second = ended(processes[0], *before), ended(processes[1])
    assert (first.code, second.code) == (0, 0)
    ends = [process.events[-1] for process in (first, second)]
    assert [(end["event"], end["reason"], end["step"]) for end in ends] == [
        ("finished", "stopped", ends[0]["step"])
    ] * 2
    assert run_folder.checkpoints(tmp_path / "run")[-1] == ends[0]["step"]


def test_a_signal_ends_a_wait_for_a_process_that_hangs(tmp_path: Path) -> None:
    made(tmp_path / "run", LONG)
    with started(2, tmp_path, "run", GRACE_S="1") as processes:
        until(processes[0], 12)
        processes[1].send_signal(signal.SIGSTOP)
        processes[0].send_signal(signal.SIGTERM)
        _, errors = processes[0].communicate(timeout=WAIT_S)
    assert processes[0].returncode == 2
    assert "Training stopped: other processes don't answer." in errors
    assert run_folder.checkpoints(tmp_path / "run")[-1] >= 10


def torchrun(*arguments: object) -> subprocess.Popen[str]:
    command = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "lenet", "train"]
    settings = ("--digits", "145", "--batch", "16", "--handwriting", "0", "--hold-out", "60", "--threads", "1")
    return subprocess.Popen(
        [sys.executable, "-m", *command, *settings, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.uncovered
def test_the_command_line_prints_one_object(tmp_path: Path) -> None:
    process = torchrun("--epochs", 2, "--out", tmp_path / "run", "--json")
    out, errors = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, errors
    found = json.loads(out)
    assert (found["steps"], found["run"]) == (20, str(tmp_path / "run"))
    assert errors.count("epoch 2/2") == 1
    settings: Training = run_folder.settings(tmp_path / "run")
    alone = made(tmp_path / "alone", settings)
    list(run.train(settings, alone))
    assert found["losses"] == pytest.approx(run_folder.losses(alone), rel=1e-5)


@pytest.mark.uncovered
def test_torchrun_ends_after_the_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = torchrun("--epochs", 1000, "--out", folder)
    try:
        psutil_process = psutil.Process(process.pid)
        while not folder.exists() or run_folder.checkpoints(folder)[-1:] < (20,):
            process_died = process.poll()
            assert process_died is None, process.communicate()
        (second,) = [one for one in psutil_process.children() if one.environ().get("RANK") == "1"]
        second.kill()
        _, errors = process.communicate(timeout=WAIT_S)
    finally:
        process.kill()
    assert process.returncode != 0
    assert errors.count("python -m lenet: Training stopped:") == 1
    ends = run_folder.events(folder)[-1]
    assert (ends["event"], ends["step"]) == ("failed", run_folder.checkpoints(folder)[-1])


def test_one_process_alone_has_a_world_of_its_own() -> None:
    with distributed.joined() as world:
        assert type(world) is World
        assert (world.part, world.device("cpu")) == ((0, 1), torch.device("cpu"))
        assert world.weight(10, 10) == 1
        control = Control()
        assert not world.stopped(control)
        control.stop()
        assert world.stopped(control)


@pytest.fixture
def group(tmp_path: Path) -> Iterator[distributed._Group]:
    with distributed.joined(f"file://{tmp_path}/store?rank=0&world_size=1") as world:
        assert isinstance(world, distributed._Group)
        yield world


def test_the_threads_of_a_group_end_with_it(tmp_path: Path) -> None:
    def names() -> set[str]:
        return {Path(f"/proc/self/task/{one.id}/comm").read_text().strip() for one in psutil.Process().threads()}

    with distributed.joined(f"file://{tmp_path}/store?rank=0&world_size=1") as world:
        list(stream(None, replace(SMALL, max_steps=2), world=world))
        assert any("gloo" in name for name in names())
    assert not any("gloo" in name for name in names())


def test_each_process_has_the_gpu_of_its_number(group: distributed._Group, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert group.device("cuda") == torch.device("cuda:3")
    assert chosen == [torch.device("cuda:3")]
    monkeypatch.setenv("LOCAL_RANK", "4")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "5")
    with pytest.raises(InputError, match="5 processes on this machine need a GPU each, and it has 4"):
        group.device("cuda")


def test_a_device_that_several_processes_cannot_use_is_named(group: distributed._Group) -> None:
    with pytest.raises(InputError, match="can't train together on mps"):
        group.device("mps")


def test_processes_that_do_not_find_each_other_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "9"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(distributed, "JOIN_S", 1)
    with pytest.raises(InputError, match=r"don't find each other at 127\.0\.0\.1:9"), distributed.joined():
        pass


def test_other_errors_are_not_taken_for_a_lost_process(group: distributed._Group) -> None:
    group.check(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    message = "[/pytorch/third_party/gloo/gloo/transport/tcp/pair.cc:553] Connection closed by peer [::1]:9. This is"
    with pytest.raises(distributed.LostError, match=r"any more \(Connection closed by peer \[::1\]:9\)"):
        group.check(RuntimeError(message))
