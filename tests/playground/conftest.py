"""Settings that hold for the tests of the app without a browser: an AppTest runs a page as the server does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from playground import RUNS
from playground.runs import server_runs
from tests.playground.runs.stand_in import Server

OFF = ("runner.magicEnabled", "runner.postScriptGC", "browser.gatherUsageStats")
"""Settings that `playground/.streamlit/config.toml` switches off; an AppTest doesn't read that file."""


@pytest.fixture(scope="session", autouse=True)
def _as_the_server_does() -> Iterator[None]:
    """Search the installed packages for components once and compile each page once, not for every AppTest."""
    scan, scripts = cache(manifest_scanner.scan_component_manifests), ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        for option in OFF:
            patch.setitem(config.get_config_options(), option, config.ConfigOption(option, default_val=False))
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        for module in (app_test, local_script_runner):
            patch.setattr(module, "ScriptCache", lambda: scripts)
        yield


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Runs of the server, whose processes a test stands in for."""
    found = Server(tmp_path)
    monkeypatch.setenv(RUNS, str(tmp_path))
    monkeypatch.setattr(server_runs, "_runs", found.runs)
    return found
