"""The pins: every distribution that the requirements lead to is pinned once, at the version that is installed."""

from __future__ import annotations

import json
from collections import Counter
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FILES = ("requirements.txt", "requirements-test.txt")


def lines(name: str) -> list[str]:
    return [line for line in (ROOT / name).read_text("utf-8").splitlines() if line and not line.startswith("#")]


def pins(name: str) -> list[Requirement]:
    return [Requirement(line) for line in lines(name) if not line.startswith("-")]


def of_a_build(name: str) -> bool:
    """True for a CUDA package, which one build of torch needs and another doesn't."""
    return name.startswith(("nvidia-", "cuda-")) or name in ("triton", "pytorch-triton-rocm", "intel-openmp", "mkl")


def needed() -> dict[str, str]:
    """Versions of all installed distributions that the direct pins lead to, those themselves among them."""
    found: dict[str, str] = {}
    asked: set[tuple[str, tuple[str, ...]]] = set()
    waiting = [pin for file in FILES for pin in pins(file)]
    while waiting:
        asking = waiting.pop()
        name = canonicalize_name(asking.name)
        if (name, tuple(sorted(asking.extras))) in asked or of_a_build(name):
            continue
        asked.add((name, tuple(sorted(asking.extras))))
        installed = distribution(name)
        found[name] = installed.version
        for text in installed.requires or []:
            wanted = Requirement(text)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": e}) for e in asking.extras or {""}):
                waiting.append(wanted)
    return found


def test_every_distribution_that_is_needed_is_pinned_as_installed() -> None:
    direct = {canonicalize_name(pin.name): pin for file in FILES for pin in pins(file)}
    further = {canonicalize_name(pin.name): pin for pin in pins("constraints.txt")}
    assert not direct.keys() & further.keys()
    pinned = direct | further
    for name, version in needed().items():
        assert name in pinned, f"{name}=={version} is in no file"
        assert pinned[name].specifier.contains(Version(version).public, prereleases=True), f"{name} is {version}"


@pytest.mark.parametrize("name", [*FILES, "constraints.txt"])
def test_a_pin_is_one_exact_version_for_every_platform(name: str) -> None:
    found = pins(name)
    assert max(Counter(canonicalize_name(pin.name) for pin in found).values()) == 1
    for pin in found:
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert "*" not in specifier.version
        assert pin.marker is None
        assert not pin.url
        assert not Version(specifier.version).local  # +cpu, which is in one index only
        assert not of_a_build(canonicalize_name(pin.name))


def test_nothing_is_pinned_that_nothing_needs() -> None:
    elsewhere = {"colorama"}  # on Windows alone, by click and pytest
    assert {canonicalize_name(pin.name) for pin in pins("constraints.txt")} <= needed().keys() | elsewhere


@pytest.mark.parametrize("name", FILES)
def test_the_direct_pins_use_the_constraints(name: str) -> None:
    assert "-c constraints.txt" in lines(name)


def test_the_lock_file_has_every_npm_package_as_it_is_pinned_and_names_no_registry() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    text = (ROOT / "package-lock.json").read_text("utf-8")
    locked = json.loads(text)["packages"]
    assert package["private"]
    assert "dependencies" not in package  # the playground itself needs none
    for name, version in package["devDependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in entry for path, entry in locked.items() if path)
    assert '"resolved"' not in text
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text("utf-8").splitlines()


def test_the_licence_is_there() -> None:
    words = (ROOT / "LICENSE").read_text("utf-8")
    assert words.startswith("MIT License\n\nCopyright (c) ")
    assert "The CNN Playground authors" in words
    assert "CC BY-SA 3.0" in (ROOT / "assets" / "mnist" / "README.md").read_text("utf-8")
