"""Tests of the command that starts the playground."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from lenet.digits.drawing import MAX_JSON_BYTES
from playground import __main__ as command
from playground.components import drawing_pad
from playground.palette import PALETTE
from playground.server.guard.hosts import Authority, Hosts

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


def test_it_prints_its_address_answers_there_and_ends_quietly() -> None:
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
        assert command.taken("127.0.0.1", port) is not None
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")


def ask(url: str, **headers: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_options_of_a_server_for_a_class() -> None:
    port = free_port()
    process = start(
        *("--port", str(port), "--base-path", "/cnn/", "--allowed-host", "school.example", "--access-log"),
        STREAMLIT_SERVER_BASE_URL_PATH="elsewhere",
    )
    here = f"http://127.0.0.1:{port}"
    try:
        assert process.stdout is not None
        assert f"{here}/cnn" in process.stdout.readline()
        assert ask(f"{here}/cnn/")[0] == 200
        assert ask(f"{here}/cnn/step")[0] == 200
        assert ask(f"{here}/cnn/_stcore/health") == (200, "ok")
        assert ask(f"{here}/_stcore/health")[0] == 404
        assert ask(f"{here}/cnn/_stcore/metrics")[0] == 404
        assert ask(f"{here}/cnn/", Host="school.example")[0] == 200
        assert ask(f"{here}/cnn/", Host="evil.example")[0] == 403
        assert ask(f"{here}/cnn/", Origin="http://[::1")[0] == 403
        while ask(f"{here}/cnn/ready")[0] == 503:
            time.sleep(0.1)
        assert ask(f"{here}/cnn/ready") == (200, "ready")
        # As behind nginx without `proxy_set_header Host`.
        with connect(f"ws://127.0.0.1:{port}/cnn/live", origin=Origin("https://school.example"), proxy=None) as visitor:
            visitor.send("junk")
            assert visitor.recv(timeout=60)
        with connect(f"ws://127.0.0.1:{port}/cnn/_stcore/stream", origin=Origin("https://school.example"), proxy=None):
            pass
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{port}/cnn/_stcore/stream", origin=Origin("https://evil.example"), proxy=None)
        assert refused.value.response.status_code == 403
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "GET /cnn/ready 200" in out
    assert "WEBSOCKET /cnn/live 101" in out
    assert len(err.splitlines()) == 2, err  # one line for a foreign host, and one for two foreign origins
    assert "Traceback" not in err


def test_a_variable_that_cannot_be_used_is_one_line_and_exit_code_2() -> None:
    process = start("--port", str(free_port()), STREAMLIT_SERVER_ENABLE_CORS="false")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, len(err.splitlines())) == (2, "", 1)
    assert "STREAMLIT_SERVER_ENABLE_CORS" in err


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


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "0"],
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "abc"],
        ["--host", "256.0.0.1"],
        ["--device", "abacus"],
        ["--allowed-host", "https://school.example"],
        ["--allowed-host", ""],
        ["--base-path", "/a b"],
        ["--base-path", "/../x"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_one_line_and_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_server_takes_the_playgrounds_settings() -> None:
    code = (
        "import streamlit as st; from streamlit import config; from playground.server.serve import SCRIPT;"
        "st.App(SCRIPT);"
        "print(config.get_option('runner.postScriptGC'), config.get_option('server.fileWatcherType'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split() == ["False", "none"]


def test_streamlit_run_is_for_this_computer_and_asks_nobody() -> None:
    table = tomllib.loads((ROOT / "playground" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert table["server"]["address"] == "127.0.0.1"
    assert all(Hosts("127.0.0.1").serve(Authority(name.strip("*."))) for name in table["server"]["allowedHosts"])
    assert table["browser"] == {"gatherUsageStats": False, "serverAddress": "localhost"}
    code = (
        "from streamlit import net_util; from playground.server.offline import ask_nobody; ask_nobody();"
        "net_util._make_blocking_http_get = lambda *_, **__: print('asked');"
        "from streamlit.web.server.server_util import is_url_from_allowed_origins as allowed;"
        "print(allowed('https://elsewhere.example'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split() == ["False"]


def test_the_largest_picture_and_drawing_reach_streamlit() -> None:
    table = tomllib.loads((ROOT / "playground" / ".streamlit" / "config.toml").read_text("utf-8"))
    assert table["server"]["maxWidgetStateSize"] * 2**20 > drawing_pad.MAX_BASE64 + MAX_JSON_BYTES + 2**20


def test_the_accent_is_the_palettes() -> None:
    table = tomllib.loads((ROOT / "playground" / ".streamlit" / "config.toml").read_text("utf-8"))
    for theme in ("light", "dark"):
        assert table["theme"][theme]["primaryColor"] == PALETTE[theme]["accent"]
