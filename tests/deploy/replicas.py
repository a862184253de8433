"""Several replicas of the playground behind nginx with the example configuration."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.serving import HOST, ROOT, free_port
from tests.deploy import nginx

COOKIE: Final = "playground_replica"
PATIENCE_S: Final = 120


@dataclass
class Replicas:
    """Running replicas behind nginx.

    Attributes:
        url: address of nginx.
        ports: ports of the replicas; the cookie numbers the replicas from 1.
        processes: processes of the replicas, in the same order.
        folder: folder with a log of each replica.
    """

    url: str
    ports: list[int]
    processes: list[subprocess.Popen[bytes]]
    folder: Path

    def start(self, number: int) -> None:
        """Start a replica and wait until it is ready."""
        port = self.ports[number - 1]
        with (self.folder / f"replica-{number}.log").open("ab") as log:
            command = [sys.executable, "-m", "playground", "--port", str(port)]
            process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        self.processes[number - 1 : number] = [process]
        end = time.monotonic() + PATIENCE_S
        while not _is_ready(port):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self.folder / f"replica-{number}.log").read_text("utf-8", "replace"))
            time.sleep(0.1)

    def kill(self, number: int) -> None:
        """Kill a replica without warning, as in a power failure."""
        self.processes[number - 1].send_signal(signal.SIGKILL)
        self.processes[number - 1].wait()


@contextmanager
def serving(count: int = 2) -> Iterator[Replicas]:
    """Run replicas behind nginx."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port, *ports = _free_ports(count + 1)
        replicas = Replicas(f"http://{HOST}:{port}", ports, [], folder)
        stack.callback(_stop, replicas.processes)
        for number in range(1, count + 1):
            replicas.start(number)
        (folder / "nginx").mkdir()
        stack.enter_context(nginx.running(folder / "nginx", port, sorted(ports)))
        yield replicas


def _free_ports(count: int) -> list[int]:
    """Free ports in ascending order, as in the example."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return sorted(found)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/ready", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
