"""A network with channels switched off is the network whose layers' outputs are multiplied by a mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits import batch, mnist
from lenet.errors import InputError
from lenet.explain import recorded_layers
from lenet.networks import ablation, checkpoint, forward, models
from lenet.networks.ablation import Channel
from lenet.record import recorder
from lenet.record.iteration import Setup
from lenet.record.optimizers import OPTIMIZERS
from lenet.scripts import page_scripts
from lenet.train import evaluate
from tests.lenet.run_script import run_all

OFF = {
    "LeNet5": (Channel("conv1", 3), Channel("conv2", 0), Channel("conv2", 15), Channel("fc1", 7), Channel("fc3", 2)),
    "LightNet": (Channel("conv1", 0), Channel("fc2", 83)),
    "DigitCNN": (Channel("conv3", 63), Channel("conv3", 1)),
}


def masked(model: nn.Module, off: tuple[Channel, ...], x: Tensor) -> Tensor:
    """A network with the channels switched off by a hook that writes zeros."""

    def hook(index: int) -> Callable[..., Tensor]:
        def write(module: nn.Module, args: object, output: Tensor) -> Tensor:
            zeros = torch.ones_like(output)
            zeros[:, index] = 0
            return output * zeros

        return write

    hooks = [model.get_submodule(layer).register_forward_hook(hook(index)) for layer, index in off]
    try:
        out: Tensor = model(x)
        return out
    finally:
        for one in hooks:
            one.remove()


@pytest.mark.parametrize("name", models.MODELS)
def test_it_computes_what_plain_pytorch_computes_with_the_same_masks(name: str) -> None:
    model = checkpoint.load(name)
    given = batch.of_mnist([0, 1], models.input_size(model))
    x = torch.from_numpy(given.inputs)
    made = ablation.ablated(model, OFF[name])
    with torch.no_grad():
        assert torch.equal(made(x), masked(model, OFF[name], x))
        assert not torch.equal(made(x), model(x))
    assert [id(p) for p in made.parameters()] == [id(p) for p in model.parameters()]
    assert made.state_dict().keys() == model.state_dict().keys()
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("name", models.MODELS)
def test_every_map_that_comes_of_the_channel_is_0(name: str) -> None:
    model = checkpoint.load(name)
    given = batch.of_mnist([0], models.input_size(model))
    whole, left = (forward.run(one, given.inputs[0]) for one in (model, ablation.ablated(model, OFF[name])))
    assert left.layers == whole.layers
    for layer, index in OFF[name]:
        assert (left.outputs[layer][index] == 0).all()
    first = OFF[name][0]
    if first.layer == "conv1":
        for reader in ("relu1", "pool1"):
            assert (left.outputs[reader][first.index] == 0).all()
        others = [channel for channel in range(len(left.outputs["conv1"])) if channel != first.index]
        assert np.array_equal(left.outputs["conv1"][others], whole.outputs["conv1"][others])
    logits = masked(model, OFF[name], torch.from_numpy(given.inputs))
    assert np.array_equal(left.probabilities, torch.softmax(logits, 1)[0].detach().numpy())


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_the_recorded_iteration_is_that_of_the_ablated_network(optimizer: str) -> None:
    model, off = checkpoint.load("LeNet5"), OFF["LeNet5"]
    given = batch.of_mnist([0, 3], 32)
    setup = Setup(optimizer=optimizer)
    done = recorder.record(ablation.ablated(model, off), given.inputs, given.labels, setup)
    done = recorder.record(ablation.ablated(model, off), given.inputs, given.labels, setup, done.after)
    own = checkpoint.load("LeNet5")
    step = OPTIMIZERS[optimizer].make(own.parameters(), setup.lr)
    assert step is not None
    x, labels = torch.from_numpy(given.inputs), torch.from_numpy(given.labels)
    for _ in range(2):
        step.zero_grad()
        out = masked(own, off, x)
        loss = F.cross_entropy(out, labels)
        loss.backward()
        step.step()
    assert done.after is not None
    assert done.outcome_before is not None
    assert done.outcome_after is not None
    assert done.outcome_before.loss == float(loss.detach())
    assert np.array_equal(done.outcome_before.logits, out.detach().numpy())
    for name, p in own.named_parameters():
        gradient = done.gradients[name]
        assert gradient is not None
        assert p.grad is not None
        assert np.array_equal(np.asarray(gradient.array), p.grad.numpy())
        assert np.array_equal(np.asarray(done.after.parameters[name].array), p.detach().numpy())
    after = F.cross_entropy(masked(own, off, x), labels)
    assert done.outcome_after.loss == float(after.detach())


def test_the_graph_has_the_multiplication_and_the_picture_what_is_left() -> None:
    given = batch.of_mnist([0], 32)
    made = ablation.ablated(checkpoint.load("LeNet5"), [Channel("conv1", 3)])
    done = recorder.record(made, given.inputs, given.labels, Setup())
    assert done.graph is not None
    (mul,) = [node for node in done.graph.nodes if node.name == "MulBackward0"]
    assert mul.operation == "conv1 off"
    readers = {done.graph.nodes[edge.source].name for edge in done.graph.edges if edge.target == mul.index}
    assert readers == {"ReluBackward0"}
    passed = recorded_layers.passed(done)
    assert passed is not None
    direct = forward.run(made, given.inputs[0])
    assert passed.layers == direct.layers
    for layer in direct.layers[:-1]:
        assert np.array_equal(passed.outputs[layer.name], direct.outputs[layer.name]), layer.name
    gradients = recorded_layers.gradients(done)
    assert gradients["conv1"] is not None
    assert (gradients["conv1"][3] == 0).all()
    assert (gradients["conv1"][2] != 0).any()


def test_accuracy_is_that_of_the_ablated_network() -> None:
    model = checkpoint.load("LeNet5")
    digits = mnist.load("test")
    few = mnist.Digits(digits.images[:200], digits.labels[:200])
    off = tuple(Channel("conv1", index) for index in range(6))
    found = evaluate.evaluate(ablation.ablated(model, off), few)
    assert len(set(found.predictions.tolist())) == 1  # nothing of the digit comes through
    assert evaluate.evaluate(model, few).accuracy > 0.95


def test_the_script_switches_the_same_channels_off(tmp_path: Path) -> None:
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist([0], 32)
    assert given.pictures is not None
    made = ablation.ablated(model, OFF["LeNet5"])
    lines = page_scripts.shipped("LeNet5") + ablation.script(OFF["LeNet5"])
    (printed,) = run_all([page_scripts.forward(made, lines, given.pictures[0])], tmp_path)
    expected = forward.run(made, given.inputs[0])
    assert printed[-10:] == [f"{digit}  {share:.6g}" for digit, share in enumerate(expected.probabilities.tolist())]
    assert ablation.script(()) == ""


def test_the_text_of_an_address_is_read_back_and_checked() -> None:
    model = checkpoint.load("LeNet5")
    off = ablation.read("fc1.7,conv1.3, conv1.0,conv1.3", model)
    assert off == (Channel("conv1", 0), Channel("conv1", 3), Channel("fc1", 7))
    assert ablation.read(ablation.write(off), model) == off
    assert ablation.read("", model) == ()
    assert ablation.ablated(model, ()) is model
    everything = [Channel(name, index) for name, count in ablation.counts(model).items() for index in range(count)]
    assert len(ablation.read(ablation.write(everything), model)) == 6 + 16 + 120 + 84 + 10


@pytest.mark.parametrize(
    "text",
    [
        *("conv1", "conv1.6", "conv1.-1", "conv9.0", ".3", "conv1.", ",", "conv1.3;fc1.7", "conv1.1e1", "conv1.²"),
        *("__class__.0", "conv1.weight.0", "conv1.99999999999999", "x" * 5000, "relu1.0", "conv1.3,,fc1.7"),
    ],
)
def test_what_is_no_channel_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError) as problem:
        ablation.read(text, checkpoint.load("LeNet5"))
    assert problem.value.key.startswith("ablation-")
