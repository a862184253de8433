"""Training towards the answers of another network, besides the labels (distillation).

Source: Hinton, Vinyals, Dean, "Distilling the knowledge in a neural network", 2015.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.networks import checkpoint
from lenet.networks.models import input_size

SHARE: Final = 0.7
"""Share of the loss that compares with the teacher's answers; the labels have the rest."""
TEMPERATURE: Final = 2.0
"""Divisor of the logits on both sides; a larger one shows more of what is not the largest."""


class Teacher:
    """A network with its shipped weights, whose answers are a target of the training.

    Args:
        network: one of `models.MODELS`.
        device: of the training.

    Raises:
        InputError: its weights are missing or broken.
    """

    def __init__(self, network: str, device: torch.device) -> None:
        self._model: nn.Module = checkpoint.load(network, None).to(device).eval()

    def mixed(self, loss: Tensor, output: Tensor, inputs: Tensor) -> Tensor:
        """Mix a loss with the divergence of the teacher's probabilities from the output's.

        Args:
            loss: of the labels, a mean over the inputs.
            output: (n, classes) logits of the trained network.
            inputs: (n, 1, size, size) float32; a border is cut off or added where the teacher's input is smaller or
                larger.
        """
        border = (input_size(self._model) - inputs.shape[-1]) // 2
        with torch.no_grad(), torch.autocast(inputs.device.type, torch.bfloat16):
            logits = self._model(F.pad(inputs, [border] * 4)).float()
        target = F.log_softmax(logits / TEMPERATURE, 1)
        answer = F.log_softmax(output / TEMPERATURE, 1)
        divergence = F.kl_div(answer, target, reduction="batchmean", log_target=True)
        # Gradients of softened probabilities are smaller by the temperature's square.
        return (1 - SHARE) * loss + SHARE * TEMPERATURE**2 * divergence
