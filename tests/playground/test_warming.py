"""Tests of the order of the warm-up and the first visitors' pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from playground import session, warming
from tests.playground.pages import clean, open_app


@pytest.fixture
def waiting() -> Iterator[Callable[[], threading.Event]]:
    """Function that has a warm-up wait in a thread; the event that it returns is set when the wait has ended."""
    threads: list[threading.Thread] = []

    def start() -> threading.Event:
        ended = threading.Event()

        def wait() -> None:
            warming.wait_for_pages()
            ended.set()

        threads.append(threading.Thread(target=wait))
        threads[-1].start()
        return ended

    yield start
    for one in threads:
        one.join(60)


def test_the_warm_up_waits_for_nobody() -> None:
    warming.wait_for_pages()


def test_the_warm_up_waits_for_a_page_that_runs(waiting: Callable[[], threading.Event]) -> None:
    with warming.page():
        ended = waiting()
        assert not ended.wait(0.2)
    assert ended.wait(60)


def test_the_warm_up_waits_for_a_page_whose_code_is_loading(waiting: Callable[[], threading.Event]) -> None:
    warming.requested()
    ended = waiting()
    assert not ended.wait(0.2)
    clean(open_app())
    assert ended.wait(60)


def test_a_browser_that_never_shows_its_page_does_not_stop_the_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "PATIENCE_S", 0.05)
    warming.requested()
    warming.wait_for_pages()
    with warming.page():
        warming.wait_for_pages()


def test_every_part_of_the_warm_up_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(warming, "wait_for_pages", lambda: order.append("wait"))
    monkeypatch.setattr(session, "import_module", order.append)
    session.warm_up()
    assert {before for before, name in pairwise(order) if name != "wait"} == {"wait"}
    assert {"pygraphviz", "pandas"} <= set(order)
