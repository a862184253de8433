"""Servers to measure: the playground as it is started by its users, and the baseline under plain Streamlit."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

RUNS: Final = "CNN_PLAYGROUND_RUNS"
"""Variable with the folder of the training runs; not imported from `playground`, which sets variables of its own."""
ROOT: Final = Path(__file__).parents[1]
HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 180.0
POLL_S: Final = 0.01


class NotServingError(RuntimeError):
    """A server stopped or never answered; says what it wrote."""


@dataclass(frozen=True)
class Server:
    """A server that has answered.

    Attributes:
        url: of its first page.
        process: its id.
        started: when the command was given, in seconds of `time.time`.
        answered_s: from the command to the first page's HTTP 200.
        log: what it writes.
    """

    url: str
    process: int
    started: float
    answered_s: float
    log: Path

    @property
    def socket_url(self) -> str:
        """Of Streamlit's WebSocket."""
        return f"ws{self.url.removeprefix('http')}/_stcore/stream"


@contextmanager
def playground(descriptors: int | None = None) -> Iterator[Server]:
    """`python -m playground` on a free port, with so many file descriptors at most and a new folder for its runs."""
    port = free_port()
    command = [sys.executable, "-m", "playground", "--port", str(port)]
    if descriptors is not None:
        command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$0" "$@"', *command]
    with tempfile.TemporaryDirectory() as runs:
        environment = _plain_environment() | {RUNS: runs}
        with _serving(command, f"http://{HOST}:{port}", ROOT, environment) as server:
            yield server


@contextmanager
def baseline() -> Iterator[Server]:
    """`streamlit run` as installed, in an empty folder and home, so that none of the playground's settings apply."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(Path(__file__).with_name("baseline_app.py"), folder)
        # Headless alone differs from the defaults: no browser window, no question about an email address.
        command = [sys.executable, "-m", "streamlit", "run", "baseline_app.py"]
        command += ["--server.headless=true", f"--server.port={port}"]
        environment = _plain_environment() | {"PYTHONPATH": str(ROOT), "HOME": folder, "USERPROFILE": folder}
        with _serving(command, f"http://{HOST}:{port}", Path(folder), environment) as server:
            yield server


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _plain_environment() -> dict[str, str]:
    """The environment without settings for Streamlit."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}


@contextmanager
def _serving(command: Sequence[str], url: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        started = time.time()
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            while not _answers(url):
                if process.poll() is not None or time.time() - started > PATIENCE_S:
                    log.seek(0)
                    raise NotServingError(f"{' '.join(command)} doesn't serve:\n{log.read()}")
                time.sleep(POLL_S)
            yield Server(url, process.pid, started, time.time() - started, Path(log.name))
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
