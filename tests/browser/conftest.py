"""A real browser and a served app for the tests of this folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Playwright's own Chromium where it is installed, else the system's."""
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
        others = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
        path = str(own) if own.exists() else next(filter(None, others), None)
        if path is None:
            pytest.fail("no browser: run `playwright install chromium`, or install Chromium or Chrome", pytrace=False)
        opened = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Start a Streamlit app on a free port, once for the whole session; gives its address."""
    running: dict[Path, tuple[str, subprocess.Popen[bytes]]] = {}

    def start(app: Path) -> str:
        if app not in running:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            log = tmp_path_factory.mktemp("server") / "log"
            options = {
                "server.port": port,
                "server.address": "127.0.0.1",
                "server.headless": "true",
                "server.fileWatcherType": "none",
                "browser.gatherUsageStats": "false",
            }
            command = [sys.executable, "-m", "streamlit", "run", str(app)]
            command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
            path = os.pathsep.join((str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))
            process = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, stdout=log.open("wb"), stderr=subprocess.STDOUT
            )
            url = f"http://127.0.0.1:{port}"
            running[app] = url, process
            _wait_for(url, process, log)
        return running[app][0]

    yield start
    for _, process in running.values():
        process.terminate()
    for _, process in running.values():
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5):
                return
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
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
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
