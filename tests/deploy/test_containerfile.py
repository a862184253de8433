"""Tests of the container file, line by line: the files that it copies are enough to serve, and its commands run."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from benchmarks.serving import free_port

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "deploy" / "Containerfile"
PORT: Final = "8501"
PATIENCE_S: Final = 120


def instructions() -> list[tuple[str, str]]:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def of(name: str) -> list[str]:
    return [rest for kind, rest in instructions() if kind == name]


def one(name: str) -> str:
    (rest,) = of(name)
    return rest


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the image's content, created by the file's own lines in order.

    Raises:
        AssertionError: a line copies a missing file, or a command fails.
    """
    folder = tmp_path_factory.mktemp("image") / one("WORKDIR").lstrip("/")
    folder.mkdir()
    for name, rest in instructions():
        if name == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                copy(ROOT / source, folder / target)
        elif name == "RUN":
            done = subprocess.run(
                shlex.split(rest),
                cwd=folder,
                env=environment(folder.parent),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
    return folder


def copy(source: Path, target: Path) -> None:
    assert source.exists(), f"the container file copies {source}, which isn't there"
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Environment variables of the container, with the test's own packages visible, so that pip installs little."""
    binaries = folder / "bin"
    if not binaries.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
        packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
        own = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "own.pth").write_text("\n".join(own))
        binaries.mkdir()
        (binaries / "python").symlink_to(folder / "venv" / "bin" / "python")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STREAMLIT_", "PYTHON"))}
    return {**plain, "PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{plain['PATH']}", **(more or {})}


def test_the_lines_are_those_that_are_tested() -> None:
    kinds = [name for name, _ in instructions()]
    known = {"FROM", "ARG", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}
    assert set(kinds) == known
    assert kinds[0] == "FROM"
    version = re.fullmatch(r"python:3\.(\d+)-slim", one("FROM"))
    assert version
    lowest = re.search(r'requires-python = ">=3\.(\d+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert lowest
    assert int(version[1]) >= int(lowest[1])
    assert kinds.index("RUN") < kinds.index("USER") < kinds.index("ENTRYPOINT")
    assert not one("USER").startswith(("0", "root"))
    assert one("EXPOSE") == PORT
    assert one("ARG") == "PIP_EXTRA_INDEX_URL="  # pip reads this variable by itself


def test_it_serves_what_it_copies_and_says_when_it_is_ready(image: Path) -> None:
    assert not (image / "tests").exists()
    command = json.loads(one("ENTRYPOINT"))
    check = json.loads(one("HEALTHCHECK").removeprefix("CMD "))
    assert sum(PORT in part for part in check) == 1
    port = str(free_port())
    variables = environment(image.parent, dict(part.split("=") for part in of("ENV")))
    # The example listens on every address of the container; the test only on this machine's.
    assert command[-2:] == ["--host", "0.0.0.0"]
    command = [*command[:-1], "127.0.0.1", "--port", port]
    with (image.parent / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=image, env=variables, stdout=log, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + PATIENCE_S
        healthy = [part.replace(PORT, port) for part in check]
        while subprocess.run(healthy, cwd=image, env=variables, capture_output=True, check=False).returncode:
            assert process.poll() is None, (image.parent / "log").read_text("utf-8")
            assert time.monotonic() < end
            time.sleep(0.3)
    finally:
        process.terminate()
        process.wait()
    assert "error" not in (image.parent / "log").read_text("utf-8").lower()
    assert not list(image.rglob("*.pyc"))
