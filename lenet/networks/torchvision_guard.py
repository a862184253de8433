"""Import torchvision even if its C++ operators were built for another version of torch."""

from __future__ import annotations

import sys
import threading
from types import ModuleType

import torch

_LOCK = threading.Lock()


def torchvision() -> ModuleType:
    """The module `torchvision`, imported on first use because it takes a second."""
    with _LOCK:
        try:
            import torchvision as module
        except RuntimeError:
            # torch from one index and torchvision from another (CPU and CUDA builds): torchvision's operators don't
            # load, and its import fails because it describes `nms` to torch.compile. Declaring the two names first is
            # enough for datasets and transforms, which call neither.
            for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
                del sys.modules[name]
            for operator in ("nms", "qnms"):
                torch.library.define(
                    f"torchvision::{operator}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
                )
            import torchvision as module
        found: ModuleType = module
        return found
