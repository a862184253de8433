"""Lock for PyTorch's global random generator, which all threads of a process share."""

from __future__ import annotations

import threading
from typing import Final

LOCK: Final = threading.RLock()
"""Held while something draws from the global generator: a new module, which draws its weights, or a seeded pass, whose
numbers would otherwise depend on other visitors.
"""
