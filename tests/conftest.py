"""What holds for all tests."""

from __future__ import annotations

import torch

# The order of a sum decides its last bits, and so do threads: the playground computes with one.
torch.set_num_threads(1)
