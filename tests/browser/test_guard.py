"""The guard's policy in a real browser: every page works with it, and asks nobody but the playground."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, WebSocket, expect

from tests.browser.rest import ended

PAGES = ("", "step", "graph", "gradients", "autograd", "filters")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_nobody_else_and_keeps_to_the_policy(
    new_page: Callable[..., Page], playground: str, path: str
) -> None:
    page = new_page()
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
    page.goto(f"{playground}/{path}")
    ended(page)
    expect(page.get_by_test_id("stMain")).to_be_visible()
    page.wait_for_timeout(500)
    page.wait_for_load_state("networkidle")
    ours = urlsplit(playground).netloc
    others = [url for url in asked if urlsplit(url).netloc != ours and urlsplit(url).scheme not in ("data", "blob")]
    assert asked
    assert others == []
    assert violations == []
    frames = [frame.url for frame in page.frames if urlsplit(frame.url).netloc not in ("", ours)]
    assert frames == []
