"""One of several processes that train together: `python -m tests.lenet.train.one_of_several RANK SIZE FOLDER RUN...`.

Prints each event as a line of JSON, with its rank.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from lenet.errors import InputError
from lenet.train import distributed, run, run_folder
from lenet.train.control import Control
from lenet.train.events import Event, Failed
from tests.lenet.train.small_runs import few


def main(rank: int, size: int, folder: Path, runs: list[str]) -> None:
    """Take part in the runs whose folders have these names, one after the other."""
    control = Control()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: control.stop())
    with distributed.joined(f"file://{folder}/store?rank={rank}&world_size={size}") as world:
        for name in runs:
            event: Event | None = None
            for event in events(folder / name, world, control):
                print(json.dumps({"rank": rank, "run": name, **event.to_json()}), flush=True)
            if isinstance(event, Failed):
                raise InputError(event.key, **event.values)


def events(folder: Path, world: distributed.World, control: Control) -> Iterator[Event]:
    if world.rank:
        return run.follow(world, control, few())
    settings = run_folder.settings(folder)
    return run.train(settings, folder, resume=True, control=control, digits=few(), world=world)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:])
