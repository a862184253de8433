"""Tests of a visit that survives a killed and restarted server, reloads, quick page changes, and Back."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from torch import nn

from lenet.networks import checkpoint, forward
from lenet.networks.models import build
from playground.text import text
from tests.browser.conftest import ROOT, _wait_for
from tests.browser.digits import DIGITS
from tests.browser.rest import PATIENCE_S, choose, ended, open_settings, place_of, wait_until
from tests.browser.test_draw_page import clear, draw, expect_prediction, pad, view

DIGIT_IN_ADDRESS = re.compile(r"digit=([\w-]+)")
STEP, BAR, SIDEBAR = text("step"), text("iteration_bar"), text("sidebar")


class Server:
    """Playground on a fixed port that can be killed and restarted."""

    def __init__(self, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self.start()

    def start(self) -> None:
        path = os.pathsep.join((str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "playground", "--port", str(self.port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT,
        )
        _wait_for(self.url, self.process, self.log)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    served = Server(tmp_path_factory.mktemp("server") / "log")
    yield served
    served.kill()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Context of all visitors, whose cache holds the code once it is loaded."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    opened.set_default_timeout(PATIENCE_S * 1000)
    yield opened
    opened.close()


@pytest.fixture
def visitor(context: BrowserContext, server: Server) -> Iterator[Page]:
    """Tab of a new visitor on Draw; console errors are ignored, as the browser reports the missing server there."""
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.goto(server.url)
    expect(view(page)).to_have_attribute("data-prediction", re.compile(r"\d"))
    yield page
    context.set_offline(False)
    context.clear_cookies()
    page.evaluate("localStorage.clear()")
    page.close()
    assert not broken, broken


def restart(server: Server, page: Page) -> None:
    """Kill and restart the server; wait until the page has reconnected and shows its own visit again."""
    server.kill()
    expect(page.locator('[data-testid="stApp"]:not([data-test-connection-state="CONNECTED"])')).to_be_attached()
    server.start()
    expect(page.locator('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')).to_be_attached()
    rest(page)


def rest(page: Page) -> None:
    """Wait until no script run is in progress and the server has received every drawing."""
    quiet = """() => {
      const app = document.querySelector('[data-testid="stApp"]');
      const busy = app.dataset.testScriptState !== "notRunning"
        || document.documentElement.hasAttribute("data-coming-back");
      window.quiet = busy ? 0 : (window.quiet ?? 0) + 1;
      return window.quiet > 5;
    }"""
    page.evaluate("window.quiet = 0")
    page.wait_for_function(quiet, polling=100)


def go(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    arrived = {"Draw": pad(page), "Step": page.get_by_test_id("step-view"), "Graph": page.get_by_test_id("graph-view")}
    expect(arrived.get(name, page.get_by_role("heading", name=name).first)).to_be_visible()
    rest(page)


def box(page: Page, label: str) -> Locator:
    if label in (BAR["input"], BAR["label"], BAR["optimizer"]):
        open_settings(page)
    return page.get_by_role("combobox", name=re.compile(rf"\b{label}\b")).first


def choose_option(page: Page, label: str, option: str) -> None:
    choose(box(page, label), option)
    rest(page)


def shown_digit(page: Page) -> NDArray[np.uint8]:
    """Digit in the page's address, which is the recorded one."""
    found = DIGIT_IN_ADDRESS.search(page.url)
    assert found, page.url
    packed = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(32, 32)


def expect_step_of(page: Page, digit: int) -> None:
    """Expect input, label and loss to be those of the digit on the pad."""
    expect(box(page, "Input")).to_have_value(BAR["input-pad"])
    expect(box(page, "Label")).to_have_value(str(digit))
    expect(page).to_have_url(DIGIT_IN_ADDRESS)
    wait_until(page, lambda: shows_step_of(page, digit), f"the step of the drawn {digit}")


def shows_step_of(page: Page, digit: int) -> bool:
    """True if the network predicts this digit for the address's picture and the loss shown is that picture's."""
    picture = shown_digit(page)
    inputs = picture[None].astype(np.float32) / np.float32(255)
    passed = forward.run(checkpoint.load("LeNet5"), inputs)
    loss = -float(np.log(passed.probabilities[digit]))
    line = page.get_by_text(re.compile(r"^Step \d+: loss")).inner_text()
    said = re.findall(r"[\d.]+(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", line)[1]
    mantissa, _, power = said.partition("·10")
    powers = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    shown = float(f"{mantissa}e{power.translate(powers) or 0}")
    return bool(passed.prediction == digit and shown == pytest.approx(loss, rel=1e-2))


def test_a_server_that_does_not_answer_is_said(server: Server, visitor: Page) -> None:
    words = text("drawing_pad")["no_answer"]
    place = place_of(pad(visitor))  # before the kill: a page may never come to rest without its server
    server.process.send_signal(signal.SIGSTOP)
    try:
        draw(visitor, DIGITS[1], place)
        expect(visitor.get_by_text(words)).to_be_visible()
    finally:
        server.process.send_signal(signal.SIGCONT)
    expect(visitor.get_by_text(words)).to_have_count(0)
    expect(view(visitor)).to_have_attribute("data-prediction", "1")


def test_a_killed_server_costs_a_visitor_on_draw_nothing(server: Server, visitor: Page) -> None:
    page = visitor
    clear(page)
    draw(page, DIGITS[1])
    expect_prediction(page, "1")
    restart(server, page)
    expect_prediction(page, "1")
    clear(page)
    draw(page, DIGITS[3])
    expect_prediction(page, "3")


def test_the_page_is_not_dead_after_a_choice_and_a_restart(server: Server, visitor: Page, tmp_path: Path) -> None:
    page = visitor
    clear(page)
    draw(page, DIGITS[6])
    expect_prediction(page, "6")
    checkpoint.save(always(2), tmp_path / "mine.safetensors", {})
    choose_option(page, "Weights", SIDEBAR["weights-file"])
    uploader = page.get_by_test_id("stFileUploader")
    uploader.locator('input[type="file"]').set_input_files(tmp_path / "mine.safetensors")
    expect(uploader.get_by_text("mine.safetensors")).to_be_visible()
    rest(page)
    expect_prediction(page, "2")
    restart(server, page)
    expect(page.get_by_text(SIDEBAR["lost"].format(file="mine.safetensors"))).to_be_visible()
    expect(uploader.get_by_text("mine.safetensors")).to_have_count(0)
    accuracy = 100 * checkpoint.card("LeNet5")["accuracy"]["mnist-test"]["0"]
    expect(page.get_by_text(f"Their test accuracy on MNIST is {accuracy:.2f} %")).to_be_visible()
    expect_prediction(page, "6")
    clear(page)
    draw(page, DIGITS[4])
    expect_prediction(page, "4")
    uploader.locator('input[type="file"]').set_input_files(tmp_path / "mine.safetensors")
    expect(page.get_by_text(re.compile("no longer here"))).to_have_count(0)
    rest(page)
    page.reload()
    expect(page.get_by_text(SIDEBAR["lost"].format(file="mine.safetensors"))).to_be_visible()


def always(*digits: int) -> nn.Module:
    """Network that gives these digits the same probability for any input."""
    model = build("LeNet5", seed=0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        list(model.parameters())[-1][list(digits)] = 9.0
    return model


def test_a_visitor_on_step_is_brought_back_by_reload_and_restart(server: Server, visitor: Page) -> None:
    page = visitor
    clear(page)
    draw(page, DIGITS[4])
    expect_prediction(page, "4")
    go(page, "Step")
    expect_step_of(page, 4)
    page.reload()
    expect(page.get_by_test_id("step-view")).to_be_visible()
    rest(page)
    expect_step_of(page, 4)
    choose_option(page, "Input", BAR["input-mnist"])
    choose_option(page, "Optimizer", "Adam")
    choose_option(page, "Input", BAR["input-pad"])
    expect_step_of(page, 4)
    restart(server, page)
    expect_step_of(page, 4)
    expect(box(page, "Optimizer")).to_have_value("Adam")
    go(page, "Draw")
    expect_prediction(page, "4")
    page.reload()
    expect(view(page)).to_have_attribute("data-prediction", "4")
    rest(page)
    go(page, "Step")
    expect_step_of(page, 4)
    expect(box(page, "Optimizer")).to_have_value("Adam")


@pytest.mark.parametrize("name", ["Step", "Graph", "Gradients"])
def test_a_stroke_arrives_though_its_visitor_leaves_at_once(visitor: Page, name: str) -> None:
    page = visitor
    clear(page)
    rest(page)
    draw(page, DIGITS[6])
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("button", name=BAR["settings"])).to_be_visible()
    rest(page)
    if name == "Step":
        expect_step_of(page, 6)
    expect(box(page, "Label")).to_have_value("6")
    expect(page.get_by_text("The pad is empty")).to_have_count(0)


def test_offline_and_back(visitor: Page) -> None:
    page = visitor
    clear(page)
    draw(page, DIGITS[1])
    expect_prediction(page, "1")
    place = place_of(pad(page))
    page.context.set_offline(True)
    draw(page, DIGITS[1], place)
    page.context.set_offline(False)
    rest(page)
    clear(page)
    draw(page, DIGITS[3])
    expect_prediction(page, "3")


@pytest.mark.parametrize("between", [[], ["Step"]])
@pytest.mark.parametrize("last", ["Gradients", "Graph", "Autograd"])
def test_back_goes_back_a_page_at_a_time(visitor: Page, between: list[str], last: str) -> None:
    page = visitor
    before = page.evaluate("history.length")
    way = [*between, last]
    for name in way:
        go(page, name)
    assert page.evaluate("history.length") == before + len(way)
    for name in reversed(way[:-1]):
        page.go_back()
        expect(page).to_have_url(re.compile(rf"/{name.lower()}\b"))
        rest(page)
    page.go_back()
    expect(pad(page)).to_be_visible()
    rest(page)
    expect_prediction(page, "7")


def test_back_and_the_button_undo_a_preset(visitor: Page) -> None:
    page = visitor
    go(page, "Step")
    choose_option(page, "Optimizer", "RMSprop")
    expect(page).to_have_url(re.compile("optimizer=RMSprop"))
    rest(page)
    line = page.get_by_text(re.compile(r"^Step \d+: loss")).inner_text()
    before = page.evaluate("history.length")
    for undo in (page.go_back, page.get_by_role("button", name=BAR["preset-undo"]).click):
        page.get_by_role("button", name=BAR["preset-net-3x3"], exact=True).click()
        expect(box(page, "Network")).to_have_value("LightNet")
        rest(page)
        undo()
        expect(box(page, "Network")).to_have_value("LeNet5")
        rest(page)
        expect(box(page, "Optimizer")).to_have_value("RMSprop")
        expect(page.get_by_text(re.compile(r"^Step \d+: loss"))).to_have_text(line)
    assert before < page.evaluate("history.length") <= before + 2


def test_weights_that_say_nothing_give_no_answer(visitor: Page, tmp_path: Path) -> None:
    page = visitor
    checkpoint.save(always(*range(10)), tmp_path / "zero.safetensors", {})
    choose_option(page, "Weights", SIDEBAR["weights-file"])
    page.get_by_test_id("stFileUploader").locator('input[type="file"]').set_input_files(tmp_path / "zero.safetensors")
    said = text("network_view")["tie_all"].format(percent="10.0")
    expect(page.get_by_role("status").filter(has_text=said)).to_be_attached()
    expect(view(page)).to_have_attribute("data-prediction", "")
    checkpoint.save(always(2, 5), tmp_path / "two.safetensors", {})
    page.get_by_test_id("stFileUploader").locator('input[type="file"]').set_input_files(tmp_path / "two.safetensors")
    tie = text("network_view")["tie"].format(digits="2, 5", percent="50.0")
    expect(page.get_by_role("status").filter(has_text=tie)).to_be_attached()
    ended(page)


def test_stages_come_back_after_a_reload(visitor: Page) -> None:
    page = visitor
    stages = page.get_by_test_id("ink-stages")
    before = view(page).get_attribute("data-probability") or ""
    stages.get_by_role("switch", name="Centre of mass").click()
    expect(view(page)).not_to_have_attribute("data-probability", before)
    rest(page)
    said = view(page).get_attribute("data-probability") or ""
    page.reload()
    expect(stages.get_by_role("switch", name="Centre of mass")).not_to_be_checked()
    rest(page)
    expect(view(page)).to_have_attribute("data-probability", said)


def test_two_visitors_share_nothing(visitor: Page, new_page: Callable[..., Page], server: Server) -> None:
    clear(visitor)
    draw(visitor, DIGITS[4])
    expect_prediction(visitor, "4")
    other = new_page()
    other.goto(f"{server.url}/step?input=pad")
    expect(other.get_by_test_id("step-view")).to_be_visible()
    rest(other)
    expect(box(other, "Label")).to_have_value("7")
