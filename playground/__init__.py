"""The pages: what `lenet` computes, shown in a browser."""

import os

# Before PyTorch is imported, because `torch.set_num_threads` counts for the thread that calls it alone: each run of a
# script is a new thread and would start OpenMP threads of its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")
