"""Tests of the blocks of code in a browser: copying by mouse and keyboard, with and without a clipboard, scrolling."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.rest import ended, place_of, wait_until

EXPRESSION = "loss.grad_fn.next_functions[0][0].next_functions[0][0]"
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"  # as on a server without https
REFUSED = f"{NO_CLIPBOARD}; document.execCommand = () => false"


def block(page: Page, code: str) -> Locator:
    """Block with exactly this code."""
    return page.get_by_test_id("code-block").filter(has=page.locator("code").get_by_text(code, exact=True))


def opened(page: Page, playground: str) -> Locator:
    """Block with the expression of the node that the Graph page has selected at first."""
    page.goto(f"{playground}/graph?view=every&node=2")
    ended(page)
    found = block(page, EXPRESSION)
    expect(found).to_be_visible()
    return found


def pasted(page: Page) -> str:
    """Text that the browser pastes."""
    field = page.get_by_role("textbox", name="Go to an expression")
    field.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+v")
    return field.input_value()


@pytest.mark.parametrize("script", ["", NO_CLIPBOARD], ids=["clipboard", "none"])
def test_one_click_copies_the_code(script: str, fresh_page: Page, playground: str) -> None:
    page = fresh_page
    page.add_init_script(script)
    code = opened(page, playground)
    code.get_by_role("button", name="Copy").click()
    expect(code.get_by_role("status")).to_have_text("Copied")
    assert pasted(page) == EXPRESSION
    expect(code.get_by_role("status")).to_be_empty()


def test_the_keyboard_copies_the_code(page: Page, playground: str) -> None:
    code = opened(page, playground)
    code.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")
    expect(code.get_by_role("status")).to_have_text("Copied")
    assert pasted(page) == EXPRESSION


def test_a_browser_that_refuses_leaves_the_code_selected(fresh_page: Page, playground: str) -> None:
    page = fresh_page
    page.add_init_script(REFUSED)
    code = opened(page, playground)
    code.get_by_role("button", name="Copy").click()
    expect(code.get_by_role("status")).to_contain_text("The code is selected")
    page.keyboard.press("ControlOrMeta+c")
    assert pasted(page) == EXPRESSION


def test_code_is_selected_with_the_mouse(page: Page, playground: str) -> None:
    code = opened(page, playground)
    code.locator("code").click(click_count=3)
    page.keyboard.press("ControlOrMeta+c")
    assert pasted(page) == EXPRESSION


def test_a_script_is_copied_whole_and_scrolled_with_the_keyboard(page: Page, playground: str) -> None:
    opened(page, playground)
    page.get_by_role("button", name="Show the PyTorch code").click()
    dialog = page.get_by_role("dialog")
    lines = dialog.get_by_role("region", name="Python code")
    expect(lines.locator(".keyword").first).to_have_text("import")
    shown = lines.locator("code").text_content()
    lines.focus()
    page.keyboard.press("End")
    expect(lines).not_to_have_js_property("scrollTop", 0)
    dialog.get_by_role("button", name="Copy").click()
    expect(dialog.get_by_role("status")).to_have_text("Copied")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.goto(f"{playground}/autograd?exercise=own")
    field = page.get_by_role("textbox", name="Expression")
    field.fill("")
    page.keyboard.press("ControlOrMeta+v")
    assert field.input_value() == shown


def test_a_script_lies_beside_the_page(new_page: Callable[..., Page], playground: str) -> None:
    page = new_page(viewport={"width": 1920, "height": 1080})
    page.goto(f"{playground}/step?input=mnist&digits=659&stop=20")
    picture = page.get_by_test_id("network-view").locator(".picture")
    expect(picture).to_be_visible()
    width = place_of(picture)["width"]
    page.get_by_role("button", name="Show the PyTorch code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".keyword").first).to_be_visible()
    wait_until(page, lambda: place_of(picture)["width"] < width, "the page makes room")
    network = place_of(picture)
    assert network["x"] + network["width"] <= place_of(dialog)["x"]
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    wait_until(page, lambda: place_of(picture)["width"] == width, "the page takes its room back")


def test_the_pages_do_without_streamlits_highlighter(fresh_page: Page, playground: str) -> None:
    loaded: list[str] = []
    fresh_page.on("request", lambda request: loaded.append(request.url))
    for path in ("graph", "autograd"):
        fresh_page.goto(f"{playground}/{path}")
        expect(fresh_page.get_by_test_id("code-block").first).to_be_visible()
        ended(fresh_page)
        fresh_page.get_by_role("button", name="Show the PyTorch code").click()
        expect(fresh_page.get_by_role("dialog").locator(".keyword").first).to_be_visible()
    assert any("StreamlitMarkdown" in url for url in loaded)
    assert not [url for url in loaded if re.search("highlight", url, re.IGNORECASE)]
