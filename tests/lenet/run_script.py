"""Runs the scripts that the project hands out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNSET = ("PYTHONPATH", "COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START")
"""Variables that the scripts don't get: they run none of the project's lines, and tracing PyTorch takes long."""

RUN = """
import runpy, sys
for file in sys.argv[1:]:
    runpy.run_path(file)
    print("end of script")
"""


RAISE = """
import runpy, sys
for file in sys.argv[1:]:
    try:
        runpy.run_path(file)
    except Exception as error:
        print(str(error), end="")
    print("end of script")
"""


def run_all(sources: list[str], folder: Path) -> list[list[str]]:
    """Run each script in a process without the project on Python's path, and return the lines that it prints."""
    return [part.strip().splitlines() for part in _output(RUN, sources, folder)]


def run_to_errors(sources: list[str], folder: Path) -> list[str]:
    """Run each script likewise, and return what it prints and the message of the error that it raises behind it."""
    return _output(RAISE, sources, folder)


def _output(runner: str, sources: list[str], folder: Path) -> list[str]:
    files = [folder / f"script{number}.py" for number in range(len(sources))]
    for file, source in zip(files, sources, strict=True):
        file.write_text(source, "utf-8")
    environment = {key: value for key, value in os.environ.items() if key not in UNSET}
    done = subprocess.run(
        [sys.executable, "-I", "-c", runner, *map(str, files)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("end of script\n")[:-1]


def run(source: str, folder: Path) -> list[str]:
    (lines,) = run_all([source], folder)
    return lines
