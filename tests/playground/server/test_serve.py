"""Tests of the server's warm-up."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator

import pytest

from benchmarks.serving import free_port
from lenet.errors import InputError
from playground import __main__ as command
from playground import session
from playground.server import serve


@pytest.fixture(autouse=True)
def collecting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(serve, "_warm", threading.Event())
    yield
    gc.enable()
    gc.unfreeze()


def test_no_garbage_is_collected_until_the_server_is_warm(monkeypatch: pytest.MonkeyPatch) -> None:
    collects: list[bool] = []
    monkeypatch.setattr(serve, "serve", lambda _: collects.append(gc.isenabled()))
    monkeypatch.setattr(session, "warm_up", lambda: collects.append(gc.isenabled()))
    assert command.main(["--port", str(free_port())]) == 0
    serve.warm_up()
    assert collects == [False, False]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize(
    "problem", [InputError("weights-missing", path="LeNet5", reason="gone"), MemoryError()], ids=repr
)
def test_garbage_is_collected_after_a_failed_warm_up(problem: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise problem

    monkeypatch.setattr(session, "warm_up", fail)
    gc.disable()
    if isinstance(problem, InputError):
        serve.warm_up()
    else:
        with pytest.raises(MemoryError):
            serve.warm_up()
    assert gc.isenabled()


def test_the_process_waits_for_the_warm_up_before_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon thread that is within PyTorch's code when Python ends aborts the process."""
    threads: list[threading.Thread] = []
    warmed = threading.Event()

    def warm_up() -> None:
        threads.append(threading.current_thread())
        warmed.set()

    async def start_and_stop() -> None:
        async with serve.lifespan(None):
            await asyncio.to_thread(warmed.wait, 60)

    monkeypatch.setattr(session, "warm_up", warm_up)
    asyncio.run(start_and_stop())
    assert [(thread.name, thread.daemon) for thread in threads] == [("warm-up", False)]
