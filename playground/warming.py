"""Order of the server's warm-up and its first visitors: the warm-up waits for them.

Python runs one thread at a time, and hands over from one to the other only every few milliseconds: a page that runs
beside an import takes several times as long, and so does the import.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

PATIENCE_S: Final = 5.0
"""Longest wait before a part of the warm-up, in seconds, so that it comes to its end among many visitors; also the
longest time from the request for a page to the run of its script, in which the browser loads the page's code.
"""
_running: Final[set[int]] = set()
_requested: list[float] = []


def requested() -> None:
    """Note that a browser has asked for a page, whose script will run."""
    _requested[:] = [time.monotonic()]


@contextmanager
def page() -> Iterator[None]:
    """Run a page's script."""
    thread = threading.get_ident()
    _running.add(thread)
    try:
        yield
    finally:
        _requested.clear()
        _running.discard(thread)


def wait_for_pages() -> None:
    """Wait until no page is running or about to run."""
    end = time.monotonic() + PATIENCE_S
    while (_running or _is_coming()) and time.monotonic() < end:
        time.sleep(0.01)


def _is_coming() -> bool:
    return any(time.monotonic() - at < PATIENCE_S for at in _requested)
