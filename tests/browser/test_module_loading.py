"""Tests of loading the components' modules in a real browser: failed requests, caching, and two releases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from playground.components import modules
from playground.text import text
from tests.browser.conftest import PATIENCE_S

MOUNT = f"modules/{modules.digest()}/shared/mount.js"
OTHER = MOUNT.replace(modules.digest(), "0123456789abcdef")


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Page whose console may show errors."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_S * 1000)
    yield context.new_page()
    context.close()


def picture(page: Page) -> None:
    page.locator('[data-testid="network-view"][data-prediction="7"]').wait_for()


@pytest.mark.parametrize("lost", ["network_view.js", "paint.js", "network_view.css"])
def test_a_part_that_is_lost_says_so_and_the_others_are_there(visitor: Page, playground: str, lost: str) -> None:
    visitor.route(f"**/network_view/{lost}", lambda route: route.abort())
    visitor.goto(playground)
    expect(visitor.get_by_text(text("app")["missing"])).to_have_count(1)
    expect(visitor.get_by_test_id("drawing-pad")).to_be_visible()
    expect(visitor.get_by_test_id("ink-stages")).to_be_visible()
    visitor.unroute_all()
    visitor.reload()
    picture(visitor)


def test_texts_that_are_lost_are_said_and_fetched_again(visitor: Page, playground: str) -> None:
    visitor.route("**/constants/en.json", lambda route: route.abort())
    visitor.goto(playground)
    said = visitor.get_by_role("alert").filter(has_text=text("app")["missing"])
    expect(said).to_have_count(3)
    expect(visitor.get_by_test_id("drawing-pad")).to_have_count(0)
    visitor.unroute_all()
    picture(visitor)
    expect(visitor.get_by_test_id("drawing-pad")).to_be_visible()
    expect(visitor.get_by_test_id("ink-stages")).to_be_visible()
    expect(said).to_have_count(0)


def test_a_module_is_fetched_once_for_all_visits(fresh_page: Page, playground: str) -> None:
    page = fresh_page  # its cache is empty
    fetched: list[str] = []
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    client.on("Network.responseReceived", lambda event: note(event))
    cached: set[str] = set()

    def note(event: dict[str, dict[str, object]]) -> None:
        response = event["response"]
        if "/modules/" in str(response["url"]) and not response["fromDiskCache"] and event["requestId"] not in cached:
            fetched.append(str(response["url"]))

    for path in ("", "step", ""):
        page.goto(f"{playground}/{path}")
        page.get_by_test_id("network-view").wait_for()
    assert len(fetched) > 40
    assert len(fetched) == len(set(fetched))
    assert {url.partition("?")[0].rpartition("/modules/")[2] for url in fetched} <= {
        f"{modules.digest()}/{path}" for path in modules.files()
    }


def test_a_page_that_was_open_during_an_update_begins_anew(fresh_page: Page, playground: str) -> None:
    page = fresh_page

    def serve_another_release(route: Route) -> None:
        route.fulfill(response=route.fetch(url=route.request.url.replace("0123456789abcdef", modules.digest())))

    page.route("**/modules/0123456789abcdef/**", serve_another_release)
    page.goto(playground)
    picture(page)
    page.evaluate("globalThis.before = true")
    page.evaluate("(path) => void import(new URL(path, document.baseURI))", MOUNT)
    page.wait_for_timeout(500)
    assert page.evaluate("globalThis.before"), "the same release is no reason"
    with page.expect_event("framenavigated"):
        page.evaluate("(path) => void import(new URL(path, document.baseURI))", OTHER)
    picture(page)
    assert page.evaluate("globalThis.before") is None
