"""Tests of two replicas behind nginx with `deploy/nginx.conf`: visitors of a dead replica continue on the other."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from lenet.networks import checkpoint
from lenet.networks.models import build
from tests.browser.digits import DIGITS
from tests.browser.rest import PATIENCE_S, choose, ended, wait_until
from tests.browser.test_draw_page import draw
from tests.deploy import nginx
from tests.deploy.replicas import COOKIE, Replicas, serving

PIXELS = "canvas => canvas.toDataURL()"

Visit = Callable[[str], Page]


@pytest.fixture(scope="module")
def replicas() -> Iterator[Replicas]:
    try:
        nginx.find()
    except nginx.NoNginxError as problem:
        pytest.fail(str(problem), pytrace=False)
    with serving() as both:
        yield both


@pytest.fixture
def visit(browser: Browser, replicas: Replicas) -> Iterator[Visit]:
    """Function that opens a page in a new context; its console errors are ignored, as a killed replica causes some."""
    contexts = []

    def go(path: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_S * 1000)
        contexts.append(context)
        page = context.new_page()
        page.goto(replicas.url + path)
        expect(view(page)).to_be_attached()
        ended(page)
        return page

    yield go
    for context in contexts:
        context.close()


def view(page: Page) -> Locator:
    return page.get_by_test_id("network-view")


def pad(page: Page) -> Locator:
    return page.locator('canvas[aria-label="Drawing pad"]')


def network_input(page: Page) -> Locator:
    """Picture of the network's input."""
    return page.get_by_role("img", name=re.compile("^Network input"))


def choose_option(page: Page, box: str, option: str) -> None:
    choose(page.get_by_test_id("stSelectbox").filter(has_text=box).locator("input"), option)


def chosen(page: Page, box: str) -> Locator:
    return page.get_by_role("combobox", name=box)


def draw_digit(page: Page, digit: int) -> None:
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(view(page)).to_have_attribute("data-prediction", "")
    draw(page, DIGITS[digit])
    expect(view(page)).to_have_attribute("data-prediction", str(digit))
    # Wait until Streamlit has the drawing, too.
    wait_until(
        page,
        lambda: view(page).get_attribute("data-seq") == pad(page).get_attribute("data-seq"),
        "an answer to the last drawing",
    )


def replica_of(page: Page) -> int:
    (cookie,) = [cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE]
    assert cookie["httpOnly"]
    return int(cookie["value"])


def on(replica: int, path: str, visit: Visit) -> Page:
    """Page on this replica; nginx sends new visitors to each in turn."""
    for _ in range(4):
        page = visit(path)
        if replica_of(page) == replica:
            return page
    pytest.fail("new visitors all go to one replica")


def until_back(page: Page) -> float:
    """Wait until the visitor has been answered by the other replica; return the seconds that this took."""
    start = time.monotonic()
    expect(page.locator('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')).to_be_attached()
    ended(page)
    return time.monotonic() - start


def watch_streamlit(page: Page) -> list[WebSocket]:
    """List to which the page's future connections to Streamlit are added."""
    opened: list[WebSocket] = []
    page.on("websocket", lambda socket: opened.append(socket) if "_stcore/stream" in socket.url else None)
    return opened


def test_who_loses_a_replica_goes_on_with_the_other(replicas: Replicas, visit: Visit, tmp_path: Path) -> None:
    drawing = on(1, "/", visit)
    choose_option(drawing, "Network", "LightNet")
    expect(view(drawing)).to_have_attribute("data-prediction", "7")
    ended(drawing)
    draw_digit(drawing, 4)
    ink = network_input(drawing).evaluate(PIXELS)

    stepping = on(1, "/step?network=DigitCNN&stop=9&optimizer=Adam", visit)
    expect(stepping.get_by_test_id("step-view")).to_have_attribute("data-stop", "8")
    ended(stepping)

    checkpoint.save(build("LeNet5", 5), tmp_path / "mine.safetensors", {})
    own = on(1, "/?weights=file", visit)
    own.get_by_test_id("stFileUploader").locator('input[type="file"]').set_input_files(tmp_path / "mine.safetensors")
    expect(own.get_by_test_id("stFileUploader")).to_contain_text("mine")
    ended(own)
    expect(own.get_by_role("alert")).to_have_count(0)
    expect(own.get_by_test_id("stSidebar")).not_to_contain_text("accuracy")  # of the shipped weights
    kept = "Object.values(sessionStorage).some((one) => one.includes('mine.safetensors'))"
    wait_until(own, lambda: bool(own.evaluate(kept)), "the file's name in the tab's memory")

    other = on(2, "/", visit)
    draw_digit(other, 3)
    connected = [watch_streamlit(page) for page in (drawing, stepping, own)]
    undisturbed = watch_streamlit(other)

    replicas.kill(1)
    for page, sockets in zip((drawing, stepping, own), connected, strict=True):
        wait_until(page, lambda sockets=sockets: bool(sockets), "another connection")  # type: ignore[misc]
        until_back(page)
        assert replica_of(page) == 2

    # The drawing, the network, and an answer to the next stroke.
    expect(chosen(drawing, "Network")).to_have_value("LightNet")
    expect(view(drawing)).to_have_attribute("data-prediction", "4")
    wait_until(drawing, lambda: network_input(drawing).evaluate(PIXELS) == ink, "the same input of the network")
    draw_digit(drawing, 1)
    # The settings and the stop.
    expect(chosen(stepping, "Network")).to_have_value("DigitCNN")
    expect(stepping.get_by_test_id("step-view")).to_have_attribute("data-stop", "8")
    expect(stepping).to_have_url(re.compile(r"optimizer=Adam"))
    # A file of weights is lost with its replica. The page says so, and the other replica accepts it again.
    expect(own.get_by_test_id("stSidebar").get_by_role("alert")).to_contain_text("mine.safetensors")
    own.get_by_test_id("stFileUploader").locator('input[type="file"]').set_input_files(tmp_path / "mine.safetensors")
    expect(own.get_by_test_id("stSidebar").get_by_role("alert")).to_have_count(0)
    assert not undisturbed

    # The first replica is back: nobody moves again, and new visitors go to both.
    replicas.start(1)
    time.sleep(6)  # the example's fail_timeout, after which nginx tries it again
    drawing.reload()
    expect(view(drawing)).to_have_attribute("data-prediction", "1")
    assert replica_of(drawing) == 2
    for number in (1, 2):
        on(number, "/", visit)
