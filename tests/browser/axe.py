"""Rules of WCAG 2.1 A and AA that the tests ask axe for, and the violations only: a full report is megabytes."""

from __future__ import annotations

from typing import Any, Final

RULES: Final[dict[str, Any]] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "resultTypes": ["violations"],
}
