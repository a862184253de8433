"""Real browser and served apps for the tests of this folder."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.rest import PATIENCE_S

ROOT = Path(__file__).parents[2]

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Playwright's own Chromium where it is installed, else the system's."""
    try:
        options = chromium.launch_options()
    except chromium.NoBrowserError as problem:
        pytest.fail(str(problem), pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(**options)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Start a server by a command line and a way to name its port, once for the whole session; gives its address."""
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
                env={**os.environ, "PYTHONPATH": path},
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
    """Start a Streamlit app of its own for a test; gives its address."""
    options = (
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--browser.gatherUsageStats=false",
    )
    return lambda app: start("streamlit", "run", str(app), *options, port_option="--server.port")


@pytest.fixture(scope="session")
def playground(start: Callable[..., str]) -> str:
    """Address of the playground, served as the README says."""
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
            return  # it answers, if under another path
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the app doesn't answer at {url}:\n{log.read_text('utf-8', 'replace')}", pytrace=False)


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own, with the options of Playwright's `new_context`; an error on the console of
    any of them fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(**options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_S * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors, "\n".join(errors)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page, see `new_page`."""
    return new_page()
