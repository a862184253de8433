"""Settings that hold for all tests."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import settings

# The order of a sum decides its last bits, and so do threads: the playground computes with one.
torch.set_num_threads(1)

# The same examples each time: a failure is found by everybody, or by nobody.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")


TRACER = pytest.StashKey[Any]()
"""Tracer of coverage.py under which a test runs; None where there is none."""

LONGEST = (
    "tests/lenet/train/test_distributed.py",
    "tests/playground/test_visit_model.py",
    "tests/lenet/record/test_torchvision_networks.py",
    "tests/lenet/digits/test_picture.py",
    "tests/playground/test_visit.py",
    "tests/browser/test_draw_page.py",
    "tests/browser/test_drawing_pad.py",
    "tests/browser/test_train_page.py",
    "tests/browser/test_visit.py",
    "tests/browser/test_iteration_pages.py",
    "tests/browser/test_network_view.py",
    "tests/browser/test_replicas.py",
    "tests/browser/test_step_view.py",
    "tests/browser/test_guard.py",
)
"""Files that take longest, in the order in which they begin, so that none is left alone at the end."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Collect without a search for garbage, and leave what is imported out of later ones, as the server does.

    The loggers of PyTorch hand their records on: to each one that doesn't, pytest adds a handler six times per test.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        for name, logger in logging.root.manager.loggerDict.items():
            if name.startswith("torch.") and isinstance(logger, logging.Logger):
                logger.propagate = True
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files where processes share the tests."""
    if config.getoption("dist", "no") != "no" or hasattr(config, "workerinput"):
        place = {file: number for number, file in enumerate(LONGEST)}
        items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONGEST)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Trace tests and their fixtures for coverage.py, and not what pytest does between them: that takes three times as
    long when it is traced. An `uncovered` test and the processes that it starts aren't traced either (pytest-cov's own
    `no_cover` fails under xdist).
    """
    tracer, of_threads = sys.gettrace(), threading.gettrace()
    covered = item.get_closest_marker("uncovered") is None
    item.stash[TRACER] = tracer if covered else None
    sys.settrace(None)
    try:
        with pytest.MonkeyPatch.context() as patch:
            if not covered:
                threading.settrace(None)  # type: ignore[arg-type]
                patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
            return (yield)
    finally:
        sys.settrace(tracer)
        threading.settrace(of_threads)  # type: ignore[arg-type]


def _traced(item: pytest.Item) -> Iterator[None]:
    if item.stash[TRACER]:
        sys.settrace(item.stash[TRACER])
    try:
        return (yield)
    finally:
        sys.settrace(None)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Trace the fixtures."""
    return (yield from _traced(item))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Trace the test."""
    return (yield from _traced(item))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Trace the ends of fixtures."""
    return (yield from _traced(item))
