"""Folder of the files that come with the project: weights, MNIST, and the pictures of the pages' head.

An installed package has them inside, a checkout beside it.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Final

_INSTALLED: Final = Path(str(resources.files("lenet"))) / "files"

ASSETS: Final = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1] / "assets"
