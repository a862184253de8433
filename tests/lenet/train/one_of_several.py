"""One of several processes that train together: `python -m tests.lenet.train.one_of_several RANK SIZE FOLDER RUN...`.

Prints each event as a line of JSON, with its rank. A run named again with a + goes on to its end. The variable GRACE_S
shortens the wait after a signal, and in the process whose rank is in FAILS the memory runs out in step 6.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lenet.errors import InputError
from lenet.train import data, distributed, run, run_folder
from lenet.train.control import Control
from lenet.train.distributed import World
from lenet.train.events import Event, Failed
from tests.lenet.train.small_runs import few


def main(rank: int, size: int, folder: Path, runs: list[str]) -> int:
    """Take part in the runs whose folders have these names, one after the other, and return the exit code."""
    control = Control()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: control.stop())
    distributed.GRACE_S = float(os.environ.get("GRACE_S", distributed.GRACE_S))  # type: ignore[misc]
    if os.environ.get("FAILS") == str(rank):
        _fail()
    try:
        with distributed.joined(f"file://{folder}/store?rank={rank}&world_size={size}") as world:
            for name in runs:
                last: Event | None = None
                for event in _events(folder / name, world, control):
                    print(json.dumps({"rank": rank, "run": name, **event.to_json()}), flush=True)
                    last = event
                if isinstance(last, Failed):
                    raise InputError(last.key, **last.values)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _events(folder: Path, world: World, control: Control) -> Iterator[Event]:
    if world.rank:
        return run.follow(world, control, few())
    if folder.name.endswith("+"):
        folder = folder.with_name(folder.name[:-1])
        run_folder.change(folder, replace(run_folder.settings(folder), max_steps=None))
    settings = run_folder.settings(folder)
    return run.train(settings, folder, resume=True, control=control, digits=few(), world=world)


def _fail() -> None:
    real = data.Data.batch

    def batch(self: data.Data, step: int, part: tuple[int, int] = (0, 1)) -> data.Batch:
        if step == 6:
            raise MemoryError("no page is left")
        return real(self, step, part)

    data.Data.batch = batch  # type: ignore[method-assign]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]))
