"""The command that starts the playground."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest

from playground import __main__ as command

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "playground", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_prints_its_address_and_answers_there() -> None:
    port = free_port()
    process = start("--port", str(port))
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert f"http://127.0.0.1:{port}" in line
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as response:
            assert response.status == 200
            assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert command.free("127.0.0.1", port) is not None
        # Another of this computer's addresses is still free: only the loopback address listens.
        assert command.free("127.0.0.2", port) is None
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)


def test_a_port_in_use_is_one_line_and_exit_code_2() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        process = start("--port", str(holder.getsockname()[1]))
        out, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "--port" in err


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--port", port]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_host_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--host", "256.0.0.1"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_settings_become_the_variables_that_streamlit_reads() -> None:
    variables = command.settings()
    assert variables["STREAMLIT_RUNNER_POST_SCRIPT_GC"] == "false"
    assert variables["STREAMLIT_SERVER_FILE_WATCHER_TYPE"] == "none"
    table = tomllib.loads((ROOT / "playground" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert variables["STREAMLIT_THEME_DARK_PRIMARY_COLOR"] == table["theme"]["dark"]["primaryColor"]
