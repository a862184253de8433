"""Tests of the runs of a server: queue, limits, owners, what is kept, and what happens when somebody leaves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from lenet.errors import InputError
from lenet.networks import checkpoint, models
from lenet.record.experiment import FILE, Weights
from lenet.train import run_archive, run_folder
from lenet.train.events import Failed, Started, Step
from lenet.train.settings import Training
from playground.runs.runs import Limits, Run, Runs, State
from tests.playground.runs.stand_in import SETTINGS, Process, Server


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def states(*runs: Run) -> list[str]:
    return [str(run.state) for run in runs]


def test_a_run_goes_from_its_start_to_its_end(server: Server) -> None:
    run = server.runs.start("me", SETTINGS, "first")
    assert states(run) == ["starting"]
    assert run_folder.settings(run.folder) == SETTINGS
    server.processes[0].start()
    assert states(run) == ["running"]
    server.processes[0].step(1)
    assert run.history.steps == 1
    server.processes[0].finish()
    assert states(run) == ["ended"]
    assert run.worker is None


def test_others_wait_in_turn_and_know_their_place(server: Server) -> None:
    runs = [server.runs.start(owner, SETTINGS) for owner in ("a", "b", "c")]
    assert states(*runs) == ["starting", "queued", "queued"]
    assert [server.runs.place(run) for run in runs] == [0, 1, 2]
    server.processes[0].start()
    server.processes[0].finish()
    assert states(*runs) == ["ended", "starting", "queued"]
    assert [server.runs.place(run) for run in runs] == [0, 0, 1]


def test_a_visitor_has_one_run_at_a_time(server: Server) -> None:
    server.runs.start("me", SETTINGS)
    with pytest.raises(InputError, match="one network at a time"):
        server.runs.start("me", SETTINGS)
    server.runs.start("you", SETTINGS)


def test_a_full_queue_is_said(tmp_path: Path) -> None:
    server = Server(tmp_path, waiting=1)
    server.runs.start("a", SETTINGS)
    server.runs.start("b", SETTINGS)
    with pytest.raises(InputError, match="1 runs are waiting"):
        server.runs.start("c", SETTINGS)


@pytest.mark.parametrize(("limit", "words"), [("bytes_each", "Your runs fill"), ("bytes_all", "of all visitors")])
def test_full_space_is_said_and_deleting_makes_room(tmp_path: Path, limit: str, words: str) -> None:
    server = Server(tmp_path, **{limit: 5_000})
    run = server.runs.start("me", SETTINGS)
    (run.folder / "checkpoints" / "big").write_bytes(bytes(5_000))
    server.processes[0].start()
    server.processes[0].finish()
    with pytest.raises(InputError, match=words):
        server.runs.start("me", SETTINGS)
    server.runs.delete(run)
    server.runs.start("me", SETTINGS)


def test_commands_reach_the_process(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    process = server.processes[0]
    process.start()
    server.runs.pause(run)
    process.heard({"event": "paused", "step": 1, "seconds": 0.1})
    assert states(run) == ["paused"]
    server.runs.go_on(run)
    process.heard({"event": "resumed", "step": 1, "seconds": 0.1})
    assert states(run) == ["running"]
    server.runs.show(run, [[0]])
    server.runs.stop(run)
    assert states(run) == ["stopping"]
    process.finish("stopped")
    assert process.commands == ["pause", "go_on", "digit", "stop"]
    assert (run.reason, states(run)) == ("stopped", ["interrupted"])


def test_a_stopped_run_goes_on_in_a_new_process(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    server.runs.stop(run)
    server.processes[0].finish("stopped")
    server.runs.go_on(run)
    assert (states(run), run.reason, len(server.processes)) == (["starting"], "", 2)


def test_a_waiting_run_that_is_stopped_leaves_the_queue(server: Server) -> None:
    server.runs.start("a", SETTINGS)
    run = server.runs.start("b", SETTINGS)
    server.runs.stop(run)
    assert states(run) == ["interrupted"]
    assert server.runs.place(run) == 0


def test_a_killed_process_is_said_with_what_it_wrote(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    server.processes[0].ended(-9, "Killed")
    assert (states(run), run.reason, run.complaint) == (["failed"], "worker-killed", "Killed")
    server.runs.go_on(run)
    assert states(run) == ["starting"]


def test_a_process_that_cannot_start_is_said(tmp_path: Path) -> None:
    def refuse(*_: Any) -> Process:
        raise OSError(12, "Cannot allocate memory")

    runs = Runs(tmp_path, Limits(at_once=1), refuse)  # type: ignore[arg-type]
    run = runs.start("me", SETTINGS)
    assert (states(run), run.reason, run.complaint) == (["failed"], "worker-start", "Cannot allocate memory")


def test_a_run_ends_when_its_visitor_has_been_away_for_long(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    grace = server.runs.limits.grace_s
    server.now = grace - 1
    server.runs.touch(run)
    server.now = 2 * grace - 2
    server.runs.look_after()
    assert states(run) == ["running"]
    server.now = 2 * grace
    server.runs.look_after()
    assert (states(run), run.reason) == (["stopping"], "visitor-gone")


def test_closing_stops_all_and_starts_none(server: Server) -> None:
    first, second = server.runs.start("a", SETTINGS), server.runs.start("b", SETTINGS)
    server.processes[0].start()
    server.runs.close()
    assert server.processes[0].commands == ["stop", "end"]
    server.processes[0].finish("stopped")
    assert states(first, second) == ["interrupted", "interrupted"]
    assert len(server.processes) == 1
    with pytest.raises(InputError, match="ending"):
        server.runs.start("c", SETTINGS)


def test_runs_are_found_again_by_another_server(server: Server, tmp_path: Path) -> None:
    run = server.runs.start("me", SETTINGS, "mine")
    log = run_folder.EventLog(run.folder)
    for event in (Started(0, 0.0, 4, 4, 1), Step(1, 0.1, 1, 2.0, 0.1, 0.5), Step(2, 0.2, 1, 1.0, 0.1, 0.75)):
        log.add(event)
    log.flush()
    log.close()
    other = Server(tmp_path).runs
    (found,) = other.of("me")
    assert (found.id, found.name, found.settings, found.state) == (run.id, "mine", SETTINGS, State.INTERRUPTED)
    assert found.history.steps == 2
    assert found.history.curves(0, 10).columns["loss"].tolist() == [2.0, 1.0]
    assert other.of("you") == []


@pytest.mark.parametrize("name", ["", "..", "../../etc", "a" * 16, "x" * 40, "\0" * 16])
def test_an_unknown_name_is_refused(server: Server, name: str) -> None:
    with pytest.raises(InputError, match="no such training run"):
        server.runs.find(name)


def test_a_damaged_folder_hides_only_itself(server: Server, tmp_path: Path) -> None:
    kept = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    server.processes[0].finish()
    broken = server.runs.start("me", SETTINGS)
    (broken.folder / "owner.json").write_text("{")
    other = Server(tmp_path).runs
    assert [run.id for run in other.of("me")] == [kept.id]
    with pytest.raises(InputError, match="is damaged"):
        other.find(broken.id)


def test_an_active_run_is_not_deleted(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    with pytest.raises(InputError, match="Stop it first"):
        server.runs.delete(run)
    assert run.folder.is_dir()


def test_a_name_is_kept(server: Server, tmp_path: Path) -> None:
    run = server.runs.start("me", SETTINGS)
    server.runs.rename(run, "  a better name  ")
    assert Server(tmp_path).runs.find(run.id).name == "a better name"


def test_each_run_of_a_visitor_has_a_number_of_its_own(server: Server, tmp_path: Path) -> None:
    titles = []
    for owner in ("me", "you", "me", "me"):
        run = server.runs.start(owner, SETTINGS)
        titles.append(run.title)
        server.processes[-1].start()
        server.processes[-1].finish()
        if len(titles) == 1:
            first = run
    server.runs.delete(first)
    assert [title.partition(" ")[0] for title in titles] == ["#1", "#1", "#2", "#3"]
    assert [run.number for run in Server(tmp_path).runs.of("me")] == [3, 2]


def test_a_run_goes_on_while_its_visitor_is_on_another_page(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    server.now = 2 * server.runs.limits.grace_s
    server.runs.look_after({"me"})
    assert states(run) == ["running"]
    server.now = 4 * server.runs.limits.grace_s
    server.runs.look_after({"you"})
    assert states(run) == ["stopping"]


@pytest.mark.parametrize(
    ("key", "resumable"), [("training-diverged", False), ("training-memory", True), ("training-failed", True)]
)
def test_a_run_that_diverged_does_not_go_on(key: str, resumable: bool, server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    server.processes[0].heard(Failed(0, 0.0, key, {"kept": 0}).to_json())
    server.processes[0].ended(0, "")
    assert run.resumable is resumable
    server.runs.go_on(run)
    assert len(server.processes) == 1 + resumable


def test_a_run_that_ends_before_it_hears_that_it_should_stop_was_not_stopped(server: Server) -> None:
    run = server.runs.start("me", SETTINGS)
    server.processes[0].start()
    server.runs.stop(run)
    server.processes[0].finish()
    assert (states(run), run.reason) == (["ended"], "")


def test_the_file_that_a_run_started_from_is_deleted_with_it(server: Server, tmp_path: Path) -> None:
    file = server.runs.start_file()
    file.parent.mkdir()
    file.write_bytes(b"weights")
    file.with_suffix(".json").write_text("{}")
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"weights")
    for start in (file, other):
        run = server.runs.start("me", replace(SETTINGS, weights=Weights(FILE, file=str(start))))
        server.processes[-1].start()
        server.processes[-1].finish()
        server.runs.delete(run)
    assert not list(file.parent.iterdir())
    assert other.exists(), "only a copy of the server's own"


def trained(server: Server, settings: Training = SETTINGS, owner: str = "me") -> Run:
    """Run that has trained to its end."""
    run = server.runs.start(owner, settings)
    server.processes[-1].start()
    server.processes[-1].train()
    return run


def test_a_downloaded_run_is_taken_by_another_server(server: Server, tmp_path: Path) -> None:
    run = trained(server)
    other = Server(tmp_path / "other")
    found = other.runs.take("you", run_archive.write(run.folder), "mine.zip")
    assert other.runs.of("you") == [found]
    assert other.runs.of("me") == []
    assert (found.settings, found.state, found.number, found.name) == (SETTINGS, State.ENDED, 1, "")
    assert (found.history.steps, found.history.checkpoints) == (4, [0, 1, 2, 4])
    assert Server(tmp_path / "other").runs.find(found.id).owner == "you", "after a restart, too"
    assert other.runs.take("you", run_archive.write(found.folder), "mine.zip").number == 2


def test_a_taken_run_goes_on_from_a_file_of_its_own(server: Server, tmp_path: Path) -> None:
    model = models.build("LeNet5", 3)
    file = server.runs.start_file()
    checkpoint.save(model, file, {})
    run = trained(server, replace(SETTINGS, weights=Weights(FILE, file=str(file)), max_steps=2))
    other = Server(tmp_path / "other")
    found = other.runs.take("you", run_archive.write(run.folder), "mine.zip")
    own = Path(found.settings.weights.file)
    assert own.parent == tmp_path / "other" / "starts"
    assert run_folder.settings(found.folder) == found.settings
    for name, value in checkpoint.load("LeNet5", own).state_dict().items():
        assert torch.equal(value, model.state_dict()[name])
    other.runs.delete(found)
    assert file.exists()
    assert not own.exists()


@pytest.mark.parametrize(
    ("limits", "key"), [({"bytes_each": 2**20}, "run-space"), ({"bytes_all": 2**20}, "run-space-all")]
)
def test_a_run_is_not_taken_where_the_space_is_full(limits: dict[str, int], key: str, tmp_path: Path) -> None:
    content = run_archive.write(trained(Server(tmp_path / "first")).folder)
    server = Server(tmp_path / "second", **limits)
    with pytest.raises(InputError) as problem:
        server.runs.take("me", content, "mine.zip")
    assert problem.value.key == "archive-room"
    trained(server)
    with pytest.raises(InputError) as problem:
        server.runs.take("me", content, "mine.zip")
    assert problem.value.key == key
    assert len(server.runs.of("me")) == 1
    assert not list((tmp_path / "second").glob(".*"))


def test_a_refused_file_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.zip can't be read as a run"):
        server.runs.take("me", b"no zip file", "mine.zip")
    assert server.runs.of("me") == []
    assert not list(tmp_path.glob("*"))
