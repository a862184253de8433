"""Tests in a real browser of a link to the step that a training run took next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from lenet.train import run_folder
from lenet.train.events import Step
from lenet.train.settings import Training
from playground.number_words import distinct
from playground.text import text
from tests.browser.rest import ended, open_settings
from tests.playground.runs.kept_run import keep_run

ID = "a-run-of-16-char"
SETTINGS = Training(optimizer="Adam", lr=0.004, weight_decay=0.02, batch=24, digits=72, hold_out=0, epochs=1)
SAME = text("run_step")["same"].replace("**", "")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with one finished run."""
    found = tmp_path_factory.mktemp("runs")
    keep_run(found, ID, SETTINGS)
    return found


@pytest.fixture(scope="module")
def server(start: Callable[..., str], root: Path) -> str:
    """Address of a playground with this run."""
    return start("playground", "--runs", str(root), port_option="--port")


def test_a_link_opens_the_run_s_step_with_its_loss_on_each_page_and_after_a_reload(
    page: Page, server: str, root: Path
) -> None:
    events = [event for event in run_folder.events(root / ID) if event["event"] == Step.kind]
    losses = distinct([events[1]["loss"], events[2]["loss"]], 5)
    setup = {"optimizer": "Adam", "lr": repr(SETTINGS.rate(2)), "weight_decay": "0.02"}
    address = {"weights": "run", "run": ID, "moment": "1", "input": "run", **setup}
    page.goto(f"{server}/step?{urlencode(address)}")
    said = page.get_by_text(SAME.format(step=2))
    expect(said).to_be_visible()
    expect(page.get_by_text(losses[0])).to_be_visible()
    expect(page.get_by_text("the first 8 of 24 shown")).to_be_visible()
    expect(page.locator(".st-key-step-digit-8").get_by_role("radio")).to_have_count(8)
    page.reload()
    expect(said).to_be_visible()
    expect(page.get_by_text(losses[0])).to_be_visible()
    ended(page)
    page.get_by_role("link", name="Gradients").click()
    expect(page.get_by_role("heading", name=text("gradients")["weights"])).to_be_visible()
    expect(said).to_be_visible()
    expect(page.get_by_text("for the first 8 of the 24 digits")).to_be_visible()
    open_settings(page)
    rate = page.get_by_label(text("iteration_bar")["lr"], exact=True)
    rate.fill("0,5")
    rate.press("Enter")
    expect(page.get_by_text("these numbers are not the run's own")).to_be_visible()
