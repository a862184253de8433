"""Settings for all tests of `lenet`."""

from __future__ import annotations

import torch

# As in the server. On a busy machine two threads that wait for each other at every layer take many times as long.
torch.set_num_threads(1)
