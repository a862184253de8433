"""The pages in a second language in a real browser: every text of the components, and the change to another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from playground.text import text
from tests.browser.rest import PATIENCE_S, choose
from tests.playground import languages
from tests.playground.languages import MARKED, PROSE, unmarked

TEXTS = """() => {
  const found = [];
  const visit = (root, inside) => {
    for (const element of root.querySelectorAll("*")) {
      if (inside && !["STYLE", "SCRIPT"].includes(element.tagName)) {
        for (const name of ["aria-label", "title", "placeholder"]) found.push(element.getAttribute(name) ?? "");
        if (!element.childElementCount && !element.closest("code")) found.push(element.textContent);
      }
      if (element.shadowRoot) visit(element.shadowRoot, true);
    }
  };
  visit(document, false);
  return found.filter((one) => one.trim());
}"""
"""Script that collects the texts of the components: those of their elements, and labels."""
PARTS = {
    "": "ink-stages",
    "step": "step-view",
    "graph": "graph-view",
    "autograd": "number-tables",
    "convolution": "convolution-bench",
}
"""A component of each page."""


@pytest.fixture
def translated(start: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a playground with a second language."""
    languages.write(tmp_path / "text")
    custom = f"from pathlib import Path\nfrom playground import text\ntext.FOLDER = Path({str(tmp_path / 'text')!r})\n"
    (tmp_path / "sitecustomize.py").write_text(custom, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return start("playground", "--device", "cpu", port_option="--port")


def test_components_speak_the_visitors_language_and_change_it(page: Page, translated: str) -> None:
    for path, part in PARTS.items():
        page.goto(f"{translated}/{path}?lang={MARKED}")
        page.get_by_test_id(part).first.wait_for()
        expect(page.locator("html")).to_have_attribute("lang", MARKED)
        said = page.evaluate(TEXTS)
        assert sum("«" in one for one in said) > 5
        assert [one for one in said if PROSE.search(unmarked(one))] == []
    page.goto(f"{translated}/?lang={MARKED}")
    words = text("drawing_pad")["random"]
    expect(page.get_by_role("button", name=f"«{words}»", exact=True)).to_be_visible()
    choose(page.get_by_role("combobox", name="«Language»"), "English")
    expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).not_to_have_url(f"**lang={MARKED}**")


def test_texts_of_another_language_that_are_lost_are_fetched_again(browser: Browser, translated: str) -> None:
    context = browser.new_context(reduced_motion="reduce")  # its console may show errors
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    page.goto(f"{translated}/?lang={MARKED}")
    words = text("drawing_pad")["random"]
    page.get_by_role("button", name=f"«{words}»", exact=True).wait_for()
    page.route("**/constants/en.json", lambda route: route.abort())
    choose(page.get_by_role("combobox", name="«Language»"), "English")
    missing = text("app")["missing"]
    expect(page.get_by_role("alert").filter(has_text=f"{missing} «{missing}»")).to_have_count(3)
    expect(page.get_by_role("button", name=f"«{words}»", exact=True)).to_have_count(0)
    page.unroute_all()
    expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
    expect(page.get_by_text(missing)).to_have_count(0)
    context.close()
