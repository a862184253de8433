"""The notes' own iterations, each ready to be recorded: which network, which weights, which input, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from torch import nn

from lenet.digits import batch
from lenet.digits.batch import Batch
from lenet.networks import checkpoint, models
from lenet.record.iteration import Setup


@dataclass(frozen=True)
class Preset:
    """An iteration with all that it starts from.

    Attributes:
        model: one of `models.MODELS`.
        weights_seed: of PyTorch's default initialisation, or None for the shipped weights.
        noise: seed of an input of `torch.randn(1, 1, size, size)`, or None for MNIST.
        digits: which of MNIST's test digits make the batch, where the input isn't noise.
        setup: how the iteration is run.
    """

    model: str = "LeNet5"
    weights_seed: int | None = None
    noise: int | None = None
    digits: tuple[int, ...] = (0,)
    setup: Setup = field(default_factory=Setup)

    def network(self) -> nn.Module:
        """A new network with these weights, on the CPU, in evaluation mode.

        Raises:
            InputError: there is no such network, or the shipped weights are missing or broken.
        """
        if self.weights_seed is None:
            return checkpoint.load(self.model)
        return models.build(self.model, self.weights_seed).eval()

    def batch(self, size: int) -> Batch:
        """The input, of `size` × `size` pixels.

        Raises:
            InputError: there are too many digits, there is no such digit, or MNIST can't be read.
        """
        return batch.of_mnist(self.digits, size) if self.noise is None else batch.of_noise(self.noise, size)


PRESETS: Final[dict[str, Preset]] = {
    "net-5x5": Preset("LeNet5", 0, 0, setup=Setup("mse", "count", optimizer="Adam", lr=0.01)),
    "net-3x3": Preset("LightNet", 0, 0, setup=Setup("mse", "random", optimizer="SGD", lr=0.01)),
    "net-3x3-by-hand": Preset("LightNet", 0, 0, setup=Setup("mse", "random", optimizer="by-hand", lr=0.01)),
    "mnist-cnn": Preset("DigitCNN", 0, digits=tuple(range(batch.MOST)), setup=Setup(optimizer="Adam", lr=0.0002)),
}
"""The notes: the 5×5 net with MSE against 1..10 and Adam; the 3×3 nets with MSE against a random target, one of them
updated by SGD and one by hand; the MNIST CNN with cross-entropy and Adam.
"""
