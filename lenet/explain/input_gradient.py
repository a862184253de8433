"""Gradient of a recorded loss with respect to the input, the sensitivity of the loss to each pixel.

The recorded graph has no leaf for the input, because the input of a training step needs no gradient. So the forward
pass is run once more, apart from the record, with the recorded parameters and an input that asks for its gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.errors import InputError
from lenet.record import modes, random_state
from lenet.record.arrays import freeze
from lenet.record.iteration import Iteration
from lenet.record.losses import LOSSES
from lenet.record.model_copy import private_copy
from lenet.record.recorder import load_state


def of(model: nn.Module, iteration: Iteration) -> NDArray[Any]:
    """Gradient of the recorded loss with respect to the recorded input, (N, C, H, W), read-only.

    It is what plain PyTorch leaves in `x.grad` where `x.requires_grad_()` comes before the forward pass.

    Args:
        model: the one that was recorded. It is not changed.
        iteration: gives the parameters before the step, the input, the target and the loss.

    Raises:
        InputError: the iteration ended before its loss, its parameters were not kept, the loss does not depend on the
            input, or the network gives other outputs than the recorded ones when it runs again.
    """
    recorded, target = iteration.outcome_before, iteration.target
    if recorded is None or target is None:
        raise InputError("input-gradient-loss")
    if any(values.array is None for values in iteration.before.parameters.values()):
        raise InputError("input-gradient-large")
    device = next((p.device for p in model.parameters()), torch.device("cpu"))
    # Independent of the caller's modes.
    with torch.inference_mode(False), torch.enable_grad(), random_state.restored(device):
        setup = iteration.setup
        own = modes.put(private_copy(model), setup.mode)
        load_state(own, iteration.before)
        x = torch.from_numpy(iteration.inputs.copy()).to(device).requires_grad_()
        compared = torch.from_numpy(np.array(target)).to(device)
        try:
            with modes.seeded(model, setup.mode, setup.mask_seed, device):
                out = own(x)
            same = np.allclose(out.detach().cpu().numpy(), recorded.logits, rtol=1e-4, atol=1e-5, equal_nan=True)
            loss = LOSSES[iteration.setup.loss].compute(out, compared)
            gradient = torch.autograd.grad(loss, x, allow_unused=True)[0] if loss.requires_grad else None
        except Exception as error:  # a model may raise anything
            raise InputError("input-gradient-model", reason=str(error).strip().partition("\n")[0]) from error
    if not same:
        raise InputError("input-gradient-random")
    if gradient is None:
        raise InputError("input-gradient-none")
    return freeze(gradient, copy=True)
