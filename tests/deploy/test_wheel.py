"""Tests of the installed package: its commands run from an empty folder, without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from lenet.networks import checkpoint

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Virtual environment with the wheel; its dependencies are the test environment's packages."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index"]
    subprocess.run([*pip, "wheel", *offline, "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("cnn_playground-*.whl")
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run([*pip, "--python", python, "install", *offline, wheel], check=True)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    (packages / "others.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    (folder / "empty").mkdir()
    return environment / "bin"


def run(installed: Path, *command: str) -> str:
    """Run one of the environment's commands in an empty folder and return its standard output."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("STREAMLIT_", "PYTHON"))}
    done = subprocess.run(
        [installed / command[0], *command[1:]],
        cwd=installed.parents[1] / "empty",
        env=plain,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_records_a_step_with_the_weights_and_digits_that_it_brings(installed: Path) -> None:
    step = json.loads(run(installed, "cnn-lenet", "step", "--model", "LeNet5", "--index", "0", "--json"))
    here = subprocess.run(
        [sys.executable, "-m", "lenet", "step", "--model", "LeNet5", "--index", "0", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert step == json.loads(here.stdout)


def test_everything_comes_from_the_wheel(installed: Path) -> None:
    code = "import lenet.assets, playground.text; print(lenet.assets.ASSETS, playground.text.__file__)"
    for path in run(installed, "python", "-c", code).split():
        assert Path(path).is_relative_to(installed.parent)


def test_the_pages_files_are_in_it(installed: Path) -> None:
    (packages,) = (installed.parent / "lib").glob("python*/site-packages")
    suffixes = {".py", ".js", ".css", ".html", ".toml"}
    for top in ("lenet", "playground"):
        wanted = {file.relative_to(ROOT) for file in (ROOT / top).rglob("*") if file.suffix in suffixes}
        assert wanted
        assert not [file for file in wanted if not (packages / file).is_file()]
    for name in ("icon.png", "logo.svg"):
        assert (packages / "lenet" / "files" / name).read_bytes() == (ROOT / "assets" / name).read_bytes()
    shipped = checkpoint.path_of("LeNet5")
    assert (packages / "lenet" / "files" / "weights" / shipped.name).read_bytes() == shipped.read_bytes()


def test_its_server_command_says_what_it_takes(installed: Path) -> None:
    assert "--allowed-host" in run(installed, "cnn-playground", "--help")


def test_it_needs_what_the_requirements_pin() -> None:
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert PROJECT["dependencies"] == [line for line in lines if line and not line.startswith(("#", "-"))]
