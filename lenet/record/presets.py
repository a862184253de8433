"""The notes' own iterations, each a ready-made experiment."""

from __future__ import annotations

from typing import Final

from lenet.digits import batch
from lenet.record.experiment import MNIST, NOISE, RANDOM, Experiment, Input, Weights
from lenet.record.iteration import Setup

_INITIAL: Final = Weights(RANDOM)
_NOISE: Final = Input(NOISE, (0,))

PRESETS: Final[dict[str, Experiment]] = {
    "net-5x5": Experiment("LeNet5", _INITIAL, _NOISE, setup=Setup("mse", "count", optimizer="Adam", lr=0.01)),
    "net-3x3": Experiment("LightNet", _INITIAL, _NOISE, setup=Setup("mse", "random", optimizer="SGD", lr=0.01)),
    "net-3x3-by-hand": Experiment(
        "LightNet", _INITIAL, _NOISE, setup=Setup("mse", "random", optimizer="by-hand", lr=0.01)
    ),
    "mnist-cnn": Experiment(
        "DigitCNN", _INITIAL, Input(MNIST, tuple(range(batch.MOST))), setup=Setup(optimizer="Adam", lr=0.0002)
    ),
}
"""The notes: the 5×5 net with MSE against 1..10 and Adam; the 3×3 nets with MSE against a random target, one of them
updated by SGD and one by hand; the MNIST CNN with cross-entropy and Adam.
"""

BOTH_MODES: Final = Experiment(
    "stack-28~conv-8-5~batch_norm~relu~max_pool~conv-16-5~batch_norm~relu~max_pool~dropout-0.5~flatten~linear",
    _INITIAL,
    Input(MNIST, tuple(range(batch.MOST))),
    setup=Setup(lr=0.1),
    steps=10,
)
"""A network with batch norm and dropout after ten steps, whose answers in the two modes are far apart."""
