"""The pages: what `lenet` computes, shown in a browser."""

import os
from typing import Final

# Before PyTorch is imported, because `torch.set_num_threads` counts for the thread that calls it alone: each run of a
# script is a new thread and would start OpenMP threads of its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")

DEVICE: Final = "CNN_PLAYGROUND_DEVICE"
"""The environment variable through which the command tells the pages where the networks run."""
