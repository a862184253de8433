"""Web pages that show what `lenet` computes."""

import os
from typing import Final

# Set before PyTorch is imported: `torch.set_num_threads` affects only the thread that calls it, and Streamlit runs each
# script in a new thread, which would start OpenMP threads of its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")

RUNS: Final = "CNN_PLAYGROUND_RUNS"
"""Environment variable with the folder of the training runs."""

DEVICE: Final = "CNN_PLAYGROUND_DEVICE"
"""Environment variable with which the command tells the pages on which device the networks run."""
