"""Python programs in processes that begin with PyTorch imported: that takes longer than most of what they do."""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from multiprocessing.reduction import DupFd
from threading import Timer
from types import ModuleType
from typing import Any

import coverage
import pytest

MEASURED = "COVERAGE_PROCESS_CONFIG"
"""Variable by which coverage.py measures the processes that a test starts."""


class Forked:
    """Process that runs a module as `python -m` does, with the part of `subprocess.Popen` that tests need.

    Args:
        module: name of the module.
        arguments: its command line.
        variables: environment, besides that of the tests.
    """

    def __init__(self, module: str, *arguments: str, variables: Mapping[str, str] | None = None) -> None:
        (out, to_out), (errors, to_errors) = os.pipe(), os.pipe()
        self.stdout, self.stderr = os.fdopen(out, encoding="utf-8"), os.fdopen(errors, encoding="utf-8")
        program = _Program(module, arguments, {**os.environ, **(variables or {})}, (to_out, to_errors))
        self._process = _server().Process(target=program, daemon=True)
        with pytest.MonkeyPatch.context() as patch:
            # An AppTest leaves its script as the main module, which the process would run.
            patch.setitem(sys.modules, "__main__", ModuleType("__main__"))
            self._process.start()
        os.close(to_out)
        os.close(to_errors)

    @property
    def pid(self) -> int:
        """Number of the process."""
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the process, if it still runs."""
        self._process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end, which is a kill after `timeout` seconds, and return the rest of stdout and of stderr."""
        if self.stdout.closed:
            return "", ""
        killer = Timer(timeout or threading.TIMEOUT_MAX, self.kill)
        killer.start()
        with ThreadPoolExecutor(1) as beside, self.stdout, self.stderr:
            errors = beside.submit(self.stderr.read)
            found = self.stdout.read(), errors.result()
        self._process.join()
        killer.cancel()
        killer.join()
        return found


class _Program:
    """Program of a process; pickled on its way there, with its files."""

    def __init__(self, module: str, arguments: tuple[str, ...], environment: dict[str, str], files: Any) -> None:
        self._module, self._arguments, self._environment, self._files = module, arguments, environment, files

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_files": [DupFd(file) for file in self._files]}

    def __call__(self) -> None:
        for number, file in enumerate(self._files, 1):
            os.dup2(file.detach(), number)
        os.environ.clear()
        os.environ.update(self._environment)
        sys.argv = [self._module, *self._arguments]
        measuring = coverage.process_startup(force=True) if MEASURED in os.environ else None
        try:
            runpy.run_module(self._module, run_name="__main__", alter_sys=True)
        finally:
            if measuring:
                measuring.stop()
                measuring.save()


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.forked_imports"])
    with pytest.MonkeyPatch.context() as patch:
        # What the processes do is measured, not what they begin with.
        patch.delenv(MEASURED, raising=False)
        forkserver.ensure_running()
    return context
