"""Tests of the guard's policy in a real browser: every page works under it and sends requests only to the server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, WebSocket, expect

from tests.browser.conftest import ROOT
from tests.browser.rest import PATIENCE_S, ended, place_of, place_without_server, point
from tests.playground.test_main import free_port

APPS = Path(__file__).parent / "apps"
PAGES = ("", "step", "graph", "gradients", "autograd", "filters", "convolution", "initialisation", "build")


@pytest.fixture
def watched(fresh_page: Page, playground: str) -> Iterator[Page]:
    """Page that is checked at the test's end: requests only to the playground, and no violation of the policy."""
    page = fresh_page
    asked: list[str] = []
    violations: list[str] = []

    def note(request: Request | WebSocket) -> None:
        asked.append(request.url)

    page.context.on("request", note)
    page.on("websocket", note)
    page.on("console", lambda message: violations.append(message.text) if "Policy" in message.text else None)
    page.add_init_script(
        "addEventListener('securitypolicyviolation', (event) => console.warn('Policy', event.violatedDirective,"
        " event.blockedURI))"
    )
    yield page
    page.wait_for_timeout(500)
    page.wait_for_load_state("networkidle")
    ours = urlsplit(playground).netloc
    others = [url for url in asked if urlsplit(url).netloc != ours and urlsplit(url).scheme not in ("data", "blob")]
    assert asked
    assert others == []
    assert violations == []
    assert [frame.url for frame in page.frames if urlsplit(frame.url).netloc != ours] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_else_and_keeps_to_the_policy(watched: Page, playground: str, path: str) -> None:
    watched.goto(f"{playground}/{path}")
    ended(watched)
    expect(watched.get_by_test_id("stMain")).to_be_visible()


def test_drawing_recording_and_charts_keep_to_the_policy(watched: Page, playground: str) -> None:
    page = watched
    page.goto(playground)
    page.locator('[data-testid="network-view"][data-prediction="7"]').wait_for()
    place = place_of(page.locator('canvas[aria-label="Drawing pad"]'))
    page.mouse.move(place["x"] + 140, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + 140, place["y"] + 220, steps=10)
    page.mouse.up()
    page.locator('[data-testid="network-view"]:not([data-prediction="7"])').wait_for()
    page.get_by_role("button", name="Show the PyTorch code").click()
    expect(page.get_by_role("dialog").get_by_test_id("code-block")).to_be_visible()
    with page.expect_download():
        page.get_by_role("dialog").get_by_role("button", name="Download").click()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Filters").click()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    point(page.locator(".js-plotly-plot").first)
    page.wait_for_timeout(300)


def test_files_go_up_and_keep_to_the_policy(watched: Page, playground: str) -> None:
    watched.goto(f"{playground}/?weights=file")
    ended(watched)
    sidebar = watched.get_by_test_id("stSidebar")
    # One directly after the other: the weights' run of the page may overtake the one that reads the picture.
    watched.locator(".pad input[type=file]").set_input_files(ROOT / "assets" / "icon.png")
    sidebar.locator("input[type=file]").set_input_files(ROOT / "assets" / "weights" / "LeNet5.safetensors")
    expect(sidebar.get_by_text("LeNet5.safetensors").first).to_be_visible()
    expect(watched.locator(".pad-caption")).to_have_text("Your picture")


def test_a_page_of_another_site_gets_no_answer(
    start: Callable[..., str], serve: Callable[[Path], str], browser: Browser
) -> None:
    """A page on the same computer, at another port, gets neither a WebSocket nor a file."""
    playground = start("playground", port_option="--port")
    page = browser.new_page()  # one whose console may complain
    page.goto(f"{serve(APPS / 'pad.py')}/_stcore/health")
    closed = page.evaluate(
        """async (address) => Promise.all(["_stcore/stream", "live"].map((path) => new Promise((done) => {
          const socket = new WebSocket(`${address.replace("http", "ws")}/${path}`);
          socket.onopen = () => done("open");
          socket.onerror = () => done("refused");
        })).concat(fetch(`${address}/_stcore/health`).then(() => "read", () => "refused")))""",
        playground,
    )
    page.close()
    assert closed == ["refused", "refused", "refused"]


@pytest.mark.parametrize("path", ["", "step"])
def test_under_a_base_path_the_pages_and_the_fast_path_work(
    start: Callable[..., str], fresh_page: Page, path: str
) -> None:
    page = fresh_page
    playground = start("playground", "--base-path", "/cnn/lab", port_option="--port")
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).path))
    page.goto(f"{playground}/cnn/lab/{path}" if path else f"{playground}/cnn/lab")
    page.locator('[data-testid="network-view"]').wait_for()
    ended(page)
    assert "/cnn/lab/_stcore/stream" in sockets
    if not path:
        expect(page.locator(".pad-slow")).to_be_hidden()
        assert "/cnn/lab/live" in sockets


def test_streamlit_run_says_that_drawings_are_slow(start: Callable[..., str], page: Page) -> None:
    page.goto(start("streamlit", "run", "playground/app.py", port_option="--server.port"))
    page.locator('[data-testid="network-view"][data-prediction="7"]').wait_for()
    expect(page.locator(".pad-slow")).to_be_visible()


def _serve(port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "playground", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    return process


def test_one_can_go_on_drawing_while_the_server_is_away(browser: Browser) -> None:
    port = free_port()
    process = _serve(port)
    page = browser.new_page()  # one whose console may complain
    page.set_default_timeout(PATIENCE_S * 1000)
    page.goto(f"http://127.0.0.1:{port}")
    page.locator('[data-testid="network-view"][data-prediction="7"]').wait_for()
    ended(page)
    process.kill()
    process.wait()
    notice = page.locator(".away")
    expect(notice).to_be_visible()
    pad = page.locator('canvas[aria-label="Drawing pad"]')
    place, said = place_without_server(pad), place_without_server(notice)
    assert said["y"] >= place["y"] + place["height"] or said["x"] >= place["x"] + place["width"]
    before = pad.evaluate("(canvas) => canvas.toDataURL()")
    page.mouse.move(place["x"] + 60, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + 200, place["y"] + 220, steps=8)
    page.mouse.up()
    assert pad.evaluate("(canvas) => canvas.toDataURL()") != before
    expect(page.get_by_role("dialog")).to_have_count(0)
    again = _serve(port)
    expect(notice).to_be_hidden()
    page.locator('[data-testid="network-view"]:not([data-prediction="7"])').wait_for()
    again.kill()
    again.wait()
    page.close()
