"""Tests of the links to Streamlit's modules that further pages need."""

from __future__ import annotations

import re

import pytest

from playground.server import streamlit_files


def linked() -> list[str]:
    return re.findall(r'<link rel="prefetch" href="\./([^"]+)">', streamlit_files.links())


def test_a_page_links_to_a_widget_and_to_all_that_it_imports_and_the_page_does_not_name() -> None:
    page = (streamlit_files.ROOT / "index.html").read_text("utf-8")
    names = linked()
    assert any(name.startswith("static/js/TextInput.") for name in names)
    for name in names:
        assert name not in page
        for needed in re.findall(r'from"\./([^"]+)"', (streamlit_files.ROOT / name).read_text("utf-8")):
            assert f"static/js/{needed}" in names or needed in page


def test_there_are_no_links_where_streamlit_has_other_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamlit_files, "WIDGETS", ("NoSuchWidget",))
    assert linked() == []
