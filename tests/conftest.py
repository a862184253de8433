"""Settings that hold for all tests."""

from __future__ import annotations

import torch
from hypothesis import settings

# The order of a sum decides its last bits, and so do threads: the playground computes with one.
torch.set_num_threads(1)

# The same examples each time: a failure is found by everybody, or by nobody.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")
