"""Fixtures with a real browser and served apps for the tests in this folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from playground import RUNS
from tests.browser import chromium
from tests.browser.rest import PATIENCE_S

ROOT = Path(__file__).parents[2]
Open = Callable[..., Page]

expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_xdist_auto_num_workers() -> int:
    """Number of processes: one more than there are processors, as a test waits for its browser half of the time."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Playwright's own Chromium if it is installed, else the system's."""
    try:
        options = chromium.launch_options()
    except chromium.NoBrowserError as problem:
        pytest.fail(str(problem), pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(**options)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the servers' training runs."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory, runs_folder: Path) -> Iterator[Callable[..., str]]:
    """Function that starts a server, once per session, from its command line and port option; returns its address."""
    running: dict[tuple[str, ...], tuple[str, subprocess.Popen[bytes]]] = {}

    def run(*command: str, port_option: str) -> str:
        if command not in running:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            log = tmp_path_factory.mktemp("server") / "log"
            path = os.pathsep.join((str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))
            process = subprocess.Popen(
                [sys.executable, "-m", *command, port_option, str(port)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": path, RUNS: str(runs_folder)},
                stdout=log.open("wb"),
                stderr=subprocess.STDOUT,
            )
            url = f"http://127.0.0.1:{port}"
            running[command] = url, process
            _wait_for(url, process, log)
        return running[command][0]

    yield run
    for _, process in running.values():
        process.terminate()
    for _, process in running.values():
        process.wait()


@pytest.fixture(scope="session")
def serve(start: Callable[..., str]) -> Callable[[Path], str]:
    """Function that serves a test's Streamlit app and returns its address."""
    options = (
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
        "--runner.postScriptGC=false",  # as the playground has it: a collection walks through all of PyTorch
    )
    return lambda app: start("streamlit", "run", str(app), *options, port_option="--server.port")


@pytest.fixture(scope="session")
def playground(start: Callable[..., str]) -> str:
    """Address of the playground, served as described in the README."""
    return start("playground", port_option="--port")


def _is_error(message: ConsoleMessage) -> bool:
    return message.type == "error"


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
        except urllib.error.HTTPError:
            return  # an error status is an answer, too: the server runs
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the app doesn't answer at {url}:\n{log.read_text('utf-8', 'replace')}", pytrace=False)


class Tab:
    """Page in a browser context of its own, with the errors from its console."""

    def __init__(self, browser: Browser, options: dict[str, Any]) -> None:
        self.errors: list[str] = []
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE_S * 1000)
        self.page = context.new_page()
        self.page.on("console", lambda message: self.errors.append(message.text) if _is_error(message) else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def heard(self) -> list[str]:
        """Errors that the console has shown until now."""
        self.page.evaluate("null")  # once this is answered, all earlier messages have arrived
        return self.errors

    def close(self) -> None:
        """Close the page and its context."""
        self.page.context.close()

    def clean(self) -> None:
        """Remove all traces of a test: storage, cookies, position of the mouse."""
        if self.page.url.startswith("http"):
            # A page without scripts that could write to the storage, on the same origin and so with the same storage.
            self.page.goto(urlsplit(self.page.url)._replace(path="/_stcore/health", query="", fragment="").geturl())
            self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self.page.context.clear_cookies()
        self.page.mouse.move(0, 0)
        self.errors.clear()


VIEWPORT: ViewportSize = {"width": 1280, "height": 900}
MEDIA: dict[str, Any] = {"color_scheme": "light", "reduced_motion": "reduce", "forced_colors": "none"}
"""Options that an open page can change."""


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Iterator[dict[str, list[Tab]]]:
    """Tabs by the options that an open page can't change, reused by one test after the other, because a new tab would
    load and compile all code again.
    """
    free: dict[str, list[Tab]] = {}
    yield free
    for tab in chain.from_iterable(free.values()):
        tab.close()


@pytest.fixture
def new_page(browser: Browser, tabs: dict[str, list[Tab]], request: pytest.FixtureRequest) -> Iterator[Open]:
    """Function that opens a page isolated from the test's other pages, with the options of Playwright's `new_context`;
    an error on the console of any of them fails the test.

    Another test may have used the tab before. Use `fresh_page` for a test whose effects on the tab can't be undone:
    scripts that run in every document, routes, a clock, the tab's history.
    """
    taken: list[tuple[str, Tab]] = []
    failed = request.session.testsfailed

    def open_page(**options: Any) -> Page:
        media = {name: options.pop(name, value) for name, value in MEDIA.items()}
        viewport = options.pop("viewport", VIEWPORT)
        free = tabs.setdefault(repr(options), [])
        tab = free.pop() if free else Tab(browser, {"viewport": viewport, **options})
        tab.page.set_viewport_size(viewport)
        tab.page.emulate_media(**media)
        taken.append((repr(options), tab))
        return tab.page

    yield open_page
    errors = [error for _, tab in taken for error in tab.heard()]
    for options, tab in taken:
        if errors or request.session.testsfailed > failed:
            tab.close()
        else:
            tab.clean()
            tabs[options].append(tab)
    assert not errors, "\n".join(errors)


@pytest.fixture
def page(new_page: Open) -> Page:
    """Single page, see `new_page`."""
    return new_page()


@pytest.fixture
def fresh_page(browser: Browser) -> Iterator[Page]:
    """Page in a tab that no other test uses; an error on its console fails the test."""
    tab = Tab(browser, {"viewport": VIEWPORT, "reduced_motion": "reduce"})
    yield tab.page
    errors = tab.heard()
    tab.close()
    assert not errors, "\n".join(errors)
