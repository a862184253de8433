"""Training in a real browser: a run from its start to its end, its moments, and what can happen to it."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from lenet.digits import batch
from lenet.train import run_folder
from lenet.train.settings import Training
from playground.owner import COOKIE
from playground.runs.runs import Runs
from playground.text import text
from tests.browser.axe import RULES
from tests.browser.digits import DIGITS
from tests.browser.rest import choose, ended, in_theme, place_of, wait_until
from tests.playground.runs.stand_in import Process

TEXT, VIEW, KEEP = text("train"), text("training_view"), text("keep_panel")
SMALL = "train_digits=2000&train_hold_out=256&train_batch=16&train_epochs=4"
STEPS = 500
Open = Callable[..., Page]


def training(page: Page) -> Locator:
    """The run's view; the newer one while Streamlit replaces it and has both."""
    return page.get_by_test_id("training-view").last


def timeline(page: Page) -> Locator:
    return page.get_by_test_id("run-timeline")


def network(page: Page) -> Locator:
    return page.get_by_test_id("network-view")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def step(page: Page) -> int:
    return int(training(page).get_attribute("data-step") or 0)


def in_state(page: Page, state: str) -> None:
    expect(training(page)).to_have_attribute("data-state", state)


def with_result(page: Page) -> None:
    """Wait until the result of a run is there with its pictures, which the server forgets when the page changes."""
    expect(page.get_by_text(TEXT["result"])).to_be_visible()
    ended(page)
    complete = "[...document.images].every((image) => image.complete)"
    wait_until(page, lambda: bool(page.evaluate(complete)), "all pictures")


def run_of(page: Page) -> str:
    expect(page).to_have_url(re.compile(r"[?&]show="))
    found = re.search(r"[?&]show=([\w-]+)", page.url)
    assert found
    return found[1]


def start(page: Page, playground: str, query: str = SMALL) -> str:
    """Start a run, and return its id."""
    page.goto(f"{playground}/train?{query}")
    button(page, TEXT["start-button"]).click()
    expect(training(page)).to_be_visible()
    return run_of(page)


def paint_of(canvas: Locator) -> str:
    found: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return found


def probability(model: torch.nn.Module) -> float:
    """Largest probability of the digit that a new visitor finds on the pad."""
    with torch.no_grad():
        return float(model(torch.from_numpy(batch.of_mnist([0], 32).inputs[0])[None]).softmax(1).max())


def expect_moment(page: Page, folder: Path, moment: int, shown: Locator | None = None) -> None:
    """Expect the network's picture to be that of a checkpoint, computed plainly with the weights in its file."""
    expected = probability(run_folder.load_model(folder, moment))
    shown = shown or network(page)
    wait_until(
        page,
        lambda: float(shown.get_attribute("data-probability") or "nan") == pytest.approx(expected, abs=1e-6),
        f"the picture of step {moment}",
    )


@pytest.fixture(scope="session")
def trained(runs_folder: Path) -> Callable[..., Path]:
    """Function that returns the folder of a run of 8 steps, trained here and found by every server: of a visitor whose
    secret is given, with a seed.
    """

    @cache
    def train(owner: str = "x" * 32, seed: int = 0) -> Path:
        made: list[Process] = []

        def begin(*arguments: object) -> Process:
            made.append(Process(*arguments))  # type: ignore[arg-type]
            return made[-1]

        runs = Runs(runs_folder, start=begin)  # type: ignore[arg-type]
        run = runs.start(owner, Training(digits=64, hold_out=32, batch=8, epochs=1, seed=seed))
        made[0].train()
        return run.folder

    return train


def test_a_run_is_watched_paused_reloaded_and_ends(page: Page, playground: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    run = start(page, playground)
    wait_until(page, lambda: step(page) > 0, "the first step")
    button(page, VIEW["pause"]).click()
    in_state(page, "paused")
    paused = step(page)
    assert paused < STEPS
    picture = page.locator("canvas.plot").first
    kernel = page.locator(".kernels canvas").first
    answer = page.locator(".answer")
    for part in (picture, kernel, answer, page.locator(".layers")):
        expect(part).to_be_in_viewport()
    ended(page)
    before = paint_of(picture), paint_of(kernel), answer.inner_text()

    page.reload()
    in_state(page, "paused")
    assert (run_of(page), step(page)) == (run, paused)

    button(page, VIEW["go_on"]).click()
    in_state(page, "ended")
    assert step(page) == STEPS
    with_result(page)
    after = paint_of(picture), paint_of(kernel), answer.inner_text()
    for old, new in zip(before, after, strict=True):
        assert old != new
    expect(timeline(page).locator("input")).to_have_attribute("aria-valuetext", re.compile(rf"\b{STEPS}\b"))

    page.goto(f"{playground}/filters")
    page.goto(f"{playground}/train")
    in_state(page, "ended")
    assert run_of(page) == run, "a run is found again without its address"
    with_result(page)


def test_a_killed_process_is_said_and_its_run_goes_on_and_stops(page: Page, playground: str, runs_folder: Path) -> None:
    run = start(page, playground, f"{SMALL}&train_lr=0.001")
    wait_until(page, lambda: step(page) > 0, "the first step")
    workers = [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdecimal() and str(runs_folder / run).encode() in command_of(folder)
    ]
    assert len(workers) == 1
    os.kill(workers[0], signal.SIGKILL)
    in_state(page, "failed")
    expect(training(page).get_by_role("status")).to_contain_text(TEXT["reason-worker-killed"].split("{")[0].strip())
    with_result(page)
    button(page, VIEW["go_on"]).click()
    in_state(page, "running")
    button(page, VIEW["stop"]).click()
    in_state(page, "interrupted")
    expect(training(page).get_by_role("status")).to_contain_text(TEXT["reason-stopped"])
    expect(button(page, VIEW["go_on"])).to_be_enabled()
    with_result(page)


def command_of(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has ended
        return b""


def test_scrubbing_moves_the_network_and_a_moment_opens_elsewhere(
    page: Page, playground: str, trained: Callable[[], Path]
) -> None:
    folder = trained()
    page.goto(f"{playground}/train?show={folder.name}")
    slider = timeline(page).locator("input")
    expect(slider).to_be_visible()
    expect_moment(page, folder, 8)
    with_result(page)
    assert not button(page, VIEW["go_on"]).is_visible()
    slider.focus()
    page.keyboard.press("Home")
    expect(timeline(page)).to_have_attribute("data-painted", "0")
    expect_moment(page, folder, 0)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    expect(timeline(page)).to_have_attribute("data-painted", "2")
    expect_moment(page, folder, 2)
    ended(page)
    button(page, TEXT["open-draw"]).click()
    expect(page).to_have_url(re.compile(rf"run={folder.name}&moment=2\b"))
    expect_moment(page, folder, 2)
    ended(page)
    page.go_back()
    in_state(page, "ended")
    with_result(page)
    button(page, text("run_timeline")["play"]).click()
    expect(timeline(page)).to_have_attribute("data-painted", "8")
    expect_moment(page, folder, 8)


def test_two_runs_are_beside_each_other_each_with_its_moment(
    new_page: Open, playground: str, trained: Callable[..., Path]
) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    mine = "two-runs-" + "y" * 23
    page.context.add_cookies([{"name": COOKIE, "value": mine, "url": playground}])
    first, second = trained(mine, 1), trained(mine, 2)
    page.goto(f"{playground}/train?show={first.name}")
    expect_moment(page, first, 8)
    choose(page.get_by_role("combobox", name=TEXT["compare"]))
    expect(network(page)).to_have_count(2)
    one, two = network(page).first, network(page).last
    expect_moment(page, first, 8, one)
    expect_moment(page, second, 8, two)
    slider = timeline(page).last.locator("input")
    slider.focus()
    page.keyboard.press("Home")
    expect_moment(page, second, 0, two)
    expect_moment(page, first, 8, one)
    ended(page)
    before = [paint_of(canvas) for canvas in two.locator("canvas").all()]
    one.get_by_text(text("network_view")["range_network"]).click()
    expect(two.locator('.ranges input[value="network"]')).to_be_checked()
    assert [paint_of(canvas) for canvas in two.locator("canvas").all()] != before
    left, right = place_of(one), place_of(two)
    assert left["x"] + left["width"] <= right["x"]
    page.set_viewport_size({"width": 390, "height": 844})
    upper, lower = place_of(one), place_of(two)
    assert upper["y"] + upper["height"] <= lower["y"]
    assert lower["x"] + lower["width"] <= 390


def test_a_downloaded_run_is_uploaded_again(
    new_page: Open, playground: str, trained: Callable[..., Path], tmp_path: Path
) -> None:
    page = new_page()
    mine = "download-" + "y" * 23
    page.context.add_cookies([{"name": COOKIE, "value": mine, "url": playground}])
    folder = trained(mine)
    page.goto(f"{playground}/train?show={folder.name}")
    with_result(page)
    page.get_by_text(TEXT["manage"], exact=True).click()
    with page.expect_download() as download:
        button(page, TEXT["download-run"]).click()
    download.value.save_as(tmp_path / "mine.zip")
    field = page.get_by_test_id("stFileUploader").locator('input[type="file"]')
    button(page, TEXT["upload"]).click()
    (tmp_path / "broken.zip").write_bytes((tmp_path / "mine.zip").read_bytes()[:-100])
    field.set_input_files(tmp_path / "broken.zip")
    expect(page.get_by_text("broken.zip can't be read as a run")).to_be_visible()
    ended(page)
    assert run_of(page) == folder.name
    button(page, TEXT["upload"]).click()
    field.set_input_files(tmp_path / "mine.zip")
    expect(page).not_to_have_url(re.compile(rf"show={folder.name}"))
    back = folder.parent / run_of(page)
    expect_moment(page, back, 8)
    with_result(page)
    slider = timeline(page).locator("input")
    slider.focus()
    page.keyboard.press("Home")
    expect_moment(page, folder, 0)
    ended(page)


def test_a_moment_that_is_gone_is_said(page: Page, playground: str, trained: Callable[..., Path]) -> None:
    folder = trained("gone-" + "y" * 27)
    page.goto(f"{playground}/train?show={folder.name}")
    expect_moment(page, folder, 8)
    with_result(page)
    shutil.rmtree(run_folder.weights_file(folder, 0).parent)
    # As while it is dragged: at rest, the page itself says what is missing.
    timeline(page).locator("input").evaluate(
        "slider => { slider.value = 0; slider.dispatchEvent(new Event('input')); }"
    )
    expect(timeline(page).get_by_text(text("run_timeline")["lost"])).to_be_visible()
    ended(page)


def test_a_network_learns_the_drawings_that_were_kept(page: Page, playground: str) -> None:
    page.goto(playground)
    expect(network(page)).to_have_attribute("data-prediction", "7")
    page.get_by_text(KEEP["title"].format(count=0)).click()
    for count in range(1, 5):
        button(page, "Clear").click()
        expect(network(page)).to_have_attribute("data-prediction", "")
        pad = page.locator('canvas[aria-label="Drawing pad"]')
        pad.scroll_into_view_if_needed()
        box = place_of(pad)
        (x, y), *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in DIGITS[1][0]]
        page.mouse.move(x, y)
        page.mouse.down()
        for place in rest:
            page.mouse.move(*place)
        page.mouse.up()
        expect(network(page)).to_have_attribute("data-prediction", "1")
        page.evaluate("new Promise((done) => setTimeout(done, 600))")  # longer than until the drawing is sent
        ended(page)
        if count == 1:
            page.get_by_role("radiogroup", name=KEEP["label"]).get_by_role("radio", name="1").click()
        expect(button(page, KEEP["keep"])).to_be_enabled()
        button(page, KEEP["keep"]).click()
        expect(page.get_by_text(KEEP["title"].format(count=count))).to_be_visible()
        ended(page)
    page.get_by_role("link", name=KEEP["train"]).click()
    button(page, TEXT["preset-own"]).click()
    ended(page)
    button(page, TEXT["start-button"]).click()
    in_state(page, "ended")
    expect(page.get_by_text(re.compile("^Of your own drawings"))).to_contain_text("of 1")
    expect(page.get_by_text(re.compile("^Of MNIST's test digits"))).to_be_visible()
    with_result(page)


def test_everybody_can_use_the_page(new_page: Open, playground: str, trained: Callable[[], Path]) -> None:
    page = new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{playground}/train?show={trained().name}")
    with_result(page)
    page.locator('[class*="st-key-train-open"] summary').click()
    ended(page)
    for theme in ("light", "dark"):
        in_theme(page, theme)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{theme}: {found.generate_report()}"
    page.set_viewport_size({"width": 390, "height": 844})
    place_of(training(page))
    wider = page.evaluate(
        "document.querySelector('[data-testid=\"stMain\"]').scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0
