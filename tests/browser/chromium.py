"""Chromium for the tests and benchmarks: `python -m tests.browser.chromium [--install]`.

The exit code is 0 if one is found, or was installed with `--install`, else 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import sync_playwright

_FEATURES: Final = (
    # Two pages of the address bar, with a process for every tab that is opened, though nobody sees an address bar.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # What Playwright switches off itself, for all that matters here: the last such switch is the one that counts.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "MediaRouter"),
    *("NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch"),
    *("AimEnabled", "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "ThirdPartyStoragePartitioning"),
)
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(_FEATURES)}",
)


class NoBrowserError(RuntimeError):
    """Error for a computer without Chromium, with instructions to install it."""

    def __init__(self) -> None:
        super().__init__("no Chromium found: run `python -m tests.browser.chromium --install`, or install Chrome")


def find() -> str | None:
    """Path of Playwright's own Chromium if it has been downloaded, else of the system's, else None."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else next(filter(None, map(shutil.which, NAMES)), None)


def launch_options() -> dict[str, Any]:
    """Arguments of Playwright's `chromium.launch`.

    Raises:
        NoBrowserError: there is no Chromium.
    """
    path = find()
    if path is None:
        raise NoBrowserError
    return {"executable_path": path, "args": list(ARGUMENTS)}


def install() -> None:
    """Try to install the system's package if permitted, else Playwright's own download."""
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if _succeeds(["apt-get", "update"], apt) and _succeeds(["apt-get", "install", "-y", "chromium"], apt):
            return
        playwright.append("--with-deps")
    _succeeds(playwright, dict(os.environ))


def main() -> int:
    """Find Chromium, after installing it if requested; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.chromium")
    parser.add_argument("--install", action="store_true", help="install one where none is found")
    chosen = parser.parse_args()
    if chosen.install and find() is None:
        install()
    path = find()
    print(path or NoBrowserError(), file=sys.stdout if path else sys.stderr)
    return 0 if path else 1


def _succeeds(command: list[str], environment: dict[str, str]) -> bool:
    print(" ".join(command), flush=True)
    try:
        return subprocess.run(command, env=environment, check=False).returncode == 0
    except OSError as error:
        print(error, file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(main())
