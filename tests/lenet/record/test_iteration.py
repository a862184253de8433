"""A recorded iteration is what plain PyTorch does, to the last bit, and leaves no trace."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits import batch
from lenet.digits.batch import Batch
from lenet.errors import InputError
from lenet.networks import models, resnet
from lenet.networks.torchvision_guard import torchvision
from lenet.record.arrays import Values
from lenet.record.iteration import ZERO_GRAD, Iteration, Setup, State
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.recorder import record
from tests.lenet.plain_losses import PLAIN
from tests.lenet.record import odd_models

SEVEN = batch.of_mnist([0], 32)
THREE = batch.of_mnist([0, 1, 2], 32)


def plain_target(setup: Setup, labels: Tensor) -> Tensor:
    generator = torch.Generator().manual_seed(setup.target_seed)
    count = len(labels)
    if setup.target == "count":
        return torch.tensor([[1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]] * count)
    if setup.target == "label":
        return torch.eye(10)[labels] if setup.loss == "mse" else labels
    if setup.loss not in ("mse", "none"):
        return torch.randint(10, (count,), generator=generator)
    return torch.randn(count, 10, generator=generator)


def plain_optimizer(name: str, model: nn.Module, lr: float, decay: float | None) -> torch.optim.Optimizer | None:
    p, more = model.parameters(), {} if decay is None else {"weight_decay": decay}
    return {
        "by-hand": lambda: None,
        "SGD": lambda: torch.optim.SGD(p, lr=lr, **more),
        "SGD-momentum": lambda: torch.optim.SGD(p, lr=lr, momentum=0.9, **more),
        "SGD-Nesterov": lambda: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True, **more),
        "Adagrad": lambda: torch.optim.Adagrad(p, lr=lr, **more),
        "RMSprop": lambda: torch.optim.RMSprop(p, lr=lr, **more),
        "RMSprop-momentum": lambda: torch.optim.RMSprop(p, lr=lr, momentum=0.9, **more),
        "Adadelta": lambda: torch.optim.Adadelta(p, lr=lr, **more),
        "Adam": lambda: torch.optim.Adam(p, lr=lr, **more),
        "AdamW": lambda: torch.optim.AdamW(p, lr=lr, **more),
        "RAdam": lambda: torch.optim.RAdam(p, lr=lr, **more),
    }[name]()


@dataclass
class Plain:
    """Take an iteration without a recorder."""

    cleared: dict[str, Tensor | None]
    loss: float
    gradients: dict[str, Tensor | None]
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    logits: Tensor
    optimizer: dict[str, dict[str, Tensor]]


def copies(tensors: dict[str, Any]) -> dict[str, Any]:
    return {name: None if tensor is None else tensor.detach().clone() for name, tensor in tensors.items()}


def grads(model: nn.Module) -> dict[str, Tensor | None]:
    return copies({name: p.grad for name, p in model.named_parameters()})


def plain(model: nn.Module, inputs: Batch, setup: Setup, steps: int) -> list[Plain]:
    """Steps of the ordinary loop, on a copy."""
    model = copy.deepcopy(model)
    x, labels = torch.from_numpy(inputs.inputs.copy()), torch.from_numpy(np.array(inputs.labels))
    optimizer = plain_optimizer(setup.optimizer, model, setup.lr, setup.weight_decay)
    target, found = plain_target(setup, labels), []
    for _ in range(steps):
        if setup.zero_grad != "left-out":
            model.zero_grad(set_to_none=setup.zero_grad == "none")
        cleared = grads(model)
        out = model(x)
        if setup.loss == "none":
            loss = (out * target).sum()
            out.backward(target)
        else:
            loss = PLAIN[setup.loss](out, target)
            loss.backward()
        if optimizer is None:
            with torch.no_grad():
                for p in model.parameters():
                    if p.grad is not None:
                        decay = setup.weight_decay
                        p.sub_((p.grad if decay is None else p.grad + decay * p) * setup.lr)
        else:
            optimizer.step()
        state = {} if optimizer is None else optimizer.state
        found.append(
            Plain(
                cleared,
                loss.item(),
                grads(model),
                copies(dict(model.named_parameters())),
                copies(dict(model.named_buffers())),
                out.detach().clone(),
                {
                    name: {key: torch.as_tensor(v).clone() for key, v in state[p].items() if v is not None}
                    for name, p in model.named_parameters()
                    if state.get(p)
                },
            )
        )
    return found


def recordings(model: nn.Module, inputs: Batch, setup: Setup, steps: int) -> list[Iteration]:
    found: list[Iteration] = []
    for _ in range(steps):
        found.append(record(model, inputs.inputs, inputs.labels, setup, found[-1].after if found else None))
    return found


def same(values: Values | None, tensor: Tensor | None) -> bool:
    if values is None or tensor is None:
        return values is tensor
    return values.array is not None and np.array_equal(values.array, tensor.numpy(), equal_nan=True)


def agree(recorded: Iteration, wanted: Plain) -> None:
    """Bit by bit."""
    after, outcome = recorded.after, recorded.outcome_before
    assert recorded.failure is None
    assert after is not None
    assert outcome is not None
    assert np.array_equal(outcome.logits, wanted.logits.numpy(), equal_nan=True)
    assert outcome.loss == wanted.loss or (math.isnan(outcome.loss) and math.isnan(wanted.loss))
    for name in wanted.parameters:
        assert same(recorded.cleared[name], wanted.cleared[name]), name
        assert same(after.gradients[name], wanted.gradients[name]), name
        assert same(after.parameters[name], wanted.parameters[name]), name
    assert after.buffers.keys() == wanted.buffers.keys()
    for name, buffer in wanted.buffers.items():
        assert same(after.buffers[name], buffer), name
    assert after.optimizer.keys() == wanted.optimizer.keys()
    for name, state in wanted.optimizer.items():
        assert after.optimizer[name].keys() == state.keys()
        assert all(same(after.optimizer[name][key], value) for key, value in state.items()), name


KINDS = [(loss, target) for loss in LOSSES for target in LOSSES[loss].targets]


@pytest.mark.parametrize("name", list(models.MODELS))
@pytest.mark.parametrize("zero_grad", ["none", "zeros", "left-out"])
def test_parity_of_losses_targets_and_zero_grad(name: str, zero_grad: str) -> None:
    model = models.build(name, 1).eval()
    inputs = batch.of_mnist([3, 4], models.input_size(model))
    for place, (loss, target) in enumerate(KINDS):
        setup = Setup(loss, target, place, list(OPTIMIZERS)[place], 0.01, zero_grad)
        for recorded, wanted in zip(recordings(model, inputs, setup, 2), plain(model, inputs, setup, 2), strict=True):
            agree(recorded, wanted)


@pytest.mark.parametrize("decay", [None, 0.03])
@pytest.mark.parametrize("name", list(models.MODELS))
def test_parity_of_optimizers(name: str, decay: float | None) -> None:
    model = models.build(name, 2).eval()
    inputs = batch.of_mnist([5], models.input_size(model))
    for optimizer in OPTIMIZERS:
        setup = Setup("cross_entropy", "label", 0, optimizer, 0.02, "left-out", decay)
        for recorded, wanted in zip(recordings(model, inputs, setup, 2), plain(model, inputs, setup, 2), strict=True):
            agree(recorded, wanted)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_no_weight_decay_is_pytorch_s_default(optimizer: str) -> None:
    model = models.build("LightNet", 2).eval()
    setup = Setup(optimizer=optimizer)
    own = replace(setup, weight_decay=0.01 if optimizer == "AdamW" else 0.0)
    for one, other in zip(recordings(model, SEVEN, setup, 2), recordings(model, SEVEN, own, 2), strict=True):
        assert one.after is not None
        assert other.after is not None
        for name, values in one.after.parameters.items():
            assert np.array_equal(values.array, other.after.parameters[name].array)


def test_what_the_phases_hand_to_each_other() -> None:
    first, second = recordings(models.build("LeNet5", 0).eval(), SEVEN, Setup("mse", "count", zero_grad="zeros"), 2)
    assert (first.inputs.shape, first.model, first.labels) == ((1, 1, 32, 32), "LeNet5", SEVEN.labels)
    assert np.array_equal(first.target, [np.arange(1, 11)])
    assert all(values is None for values in first.cleared.values())
    assert first.after is not None
    for name, values in second.cleared.items():
        assert values is not None
        assert not values.array.any()
        assert np.array_equal(second.before.gradients[name].array, first.after.gradients[name].array)
        assert np.array_equal(second.before.parameters[name].array, first.after.parameters[name].array)
        assert not np.array_equal(second.before.parameters[name].array, second.after.parameters[name].array)
    assert second.outcome_before.loss == first.outcome_after.loss
    assert np.array_equal(second.outcome_before.probabilities, first.outcome_after.probabilities)
    assert first.outcome_after.probabilities.sum() == pytest.approx(1)
    assert first.gradients is first.after.gradients


def test_a_state_of_another_optimizer_or_network_is_not_taken_over() -> None:
    model = models.build("LeNet5", 0).eval()
    adam = record(model, SEVEN.inputs, SEVEN.labels, Setup(optimizer="Adam"))
    switched = record(model, SEVEN.inputs, SEVEN.labels, Setup(optimizer="SGD-momentum"), adam.after)
    assert switched.before.optimizer == {}
    assert switched.after is not None
    for name, entries in switched.after.optimizer.items():
        assert np.array_equal(entries["momentum_buffer"].array, switched.after.gradients[name].array)
    with pytest.raises(InputError, match="another network"):
        record(odd_models.Shared(), SEVEN.inputs, SEVEN.labels, Setup(), adam.after)
    summaries = record(model, SEVEN.inputs, SEVEN.labels, Setup(), keep=0)
    with pytest.raises(InputError, match="only summaries"):
        record(model, SEVEN.inputs, SEVEN.labels, Setup(), summaries.after)


def frozen() -> nn.Module:
    model = models.build("LeNet5", 0)
    model.get_parameter("conv2.weight").requires_grad_(False)
    model.get_parameter("fc3.bias").requires_grad_(False)
    return model


ODD: list[Callable[[], nn.Module]] = [
    odd_models.Shared,
    odd_models.Tied,
    odd_models.InPlace,
    odd_models.Normed,
    odd_models.GivesBack,
    odd_models.Halves,
    odd_models.OwnFunction,
    odd_models.Remembers,
    odd_models.Joins,
    odd_models.Rearranges,
    odd_models.Counts,
    odd_models.Clamps,
    odd_models.Checkpointed,
    frozen,
]


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_parity_of_odd_modules(make: Callable[[], nn.Module]) -> None:
    model = make()
    models.initialize(model, torch.Generator().manual_seed(0))
    for training in (False, True):
        if training and make is odd_models.GivesBack:
            continue  # dropout
        model.train(training)
        setup = Setup(optimizer="Adam", zero_grad="left-out")
        for recorded, wanted in zip(recordings(model, THREE, setup, 2), plain(model, THREE, setup, 2), strict=True):
            agree(recorded, wanted)


@pytest.mark.parametrize("make", [models.LeNet5, odd_models.Sparse, *ODD], ids=lambda make: make.__name__)
def test_what_the_nodes_saved_is_what_pytorch_saved(make: Callable[[], nn.Module]) -> None:
    """Compared with a pass of its own, whose graph is walked here."""
    model = make().eval()
    models.initialize(model, torch.Generator().manual_seed(0))
    recorded = record(model, THREE.inputs, THREE.labels, Setup())
    assert recorded.failure is None
    assert recorded.graph is not None
    model = copy.deepcopy(model)
    functions: list[Any] = [F.cross_entropy(model(torch.from_numpy(THREE.inputs)), torch.tensor(THREE.labels)).grad_fn]
    for function in functions:
        functions += [one for one, _ in function.next_functions if one is not None and one not in functions]
    named = dict(model.named_parameters())
    compared = 0
    for node, function in zip(recorded.graph.nodes, functions, strict=True):
        assert node.name == function.name()
        for saved in node.saved:
            if saved.values is None:
                continue
            name, _, place = saved.name.partition("[")
            wanted = getattr(function, f"_saved_{name}")
            wanted = wanted[int(place[:-1])] if place else wanted
            assert same(saved.values, wanted.detach()), (node.title, saved)
            if saved.parameter:
                parameter = named[saved.parameter]
                assert torch.equal(wanted, parameter.T if saved.transposed else parameter)
            compared += 1
    assert compared > 2


def test_what_is_joined_split_and_written_into_is_followed() -> None:
    recorded = record(odd_models.Joins(), THREE.inputs, THREE.labels, Setup())
    assert [(one.name, one.sources) for one in recorded.operations] == [
        ("one", ("input",)),
        ("other", ("input",)),
        ("cat1", ("one", "other")),
        ("relu1", ("cat1",)),
        ("flatten1", ("relu1",)),
        ("fc", ("relu1",)),
        ("chunk1", ("fc",)),
        ("sigmoid1", ("chunk1",)),
        ("mul1", ("chunk1", "sigmoid1")),
        ("getitem1", ("chunk1",)),
        ("setitem1", ("mul1", "getitem1")),
    ]
    assert recorded.graph is not None
    assert all(node.operation for node in recorded.graph.nodes)
    assert recorded.outcome_before is not None
    assert same(recorded.by_name["setitem1"].output, torch.tensor(recorded.outcome_before.logits))
    assert not same(recorded.by_name["mul1"].output, torch.tensor(recorded.outcome_before.logits))


def test_sparse_gradients_are_recorded_as_ordinary_arrays() -> None:
    model = odd_models.Sparse()
    recorded = record(model, THREE.inputs, THREE.labels, Setup())
    assert recorded.failure is None
    F.cross_entropy(model(torch.from_numpy(THREE.inputs)), torch.tensor(THREE.labels)).backward()
    assert model.table.weight.grad is not None
    assert same(recorded.gradients["table.weight"], model.table.weight.grad.to_dense())


def test_a_model_that_can_not_be_copied_is_refused_and_stays_as_it_is() -> None:
    with pytest.raises(InputError, match="without a size"):
        record(nn.Sequential(nn.Flatten(), nn.LazyLinear(10)), SEVEN.inputs, SEVEN.labels, Setup())
    locked = nn.Sequential(nn.Flatten(), nn.Linear(1024, 10))
    locked.lock = threading.Lock()  # type: ignore[assignment]
    with pytest.raises(InputError, match="no copy of it"):
        record(locked, SEVEN.inputs, SEVEN.labels, Setup())


def test_complex_numbers_have_a_norm_and_a_slope() -> None:
    class Spectral(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.filter = nn.Parameter(torch.ones(10, dtype=torch.complex64) * (1 + 1j))

        def forward(self, x: Tensor) -> Tensor:
            return (torch.fft.fft(x[:, 0, 10, :10]) * self.filter).abs()

    recorded = record(Spectral(), THREE.inputs, THREE.labels, Setup(lr=1e-3))
    gradient = recorded.gradients["filter"]
    assert gradient is not None
    assert gradient.array is not None
    assert gradient.norm == pytest.approx(np.linalg.norm(gradient.array), rel=1e-6)
    assert recorded.predicted_change == pytest.approx(-1e-3 * gradient.norm**2, rel=1e-3)


def test_a_module_that_keeps_what_it_made_last() -> None:
    model = odd_models.Remembers()
    last = model(torch.from_numpy(THREE.inputs))
    recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup())
    assert recorded.failure is None
    assert model.last is last


def test_a_frozen_parameter_has_no_gradient_and_stays() -> None:
    recorded = record(frozen().eval(), SEVEN.inputs, SEVEN.labels, Setup(optimizer="Adam"))
    assert recorded.after is not None
    for name in ("conv2.weight", "fc3.bias"):
        assert recorded.gradients[name] is None
        assert name not in recorded.after.optimizer
        assert np.array_equal(recorded.before.parameters[name].array, recorded.after.parameters[name].array)
    assert recorded.graph is not None
    assert {"conv2.weight", "fc3.bias"}.isdisjoint(node.parameter for node in recorded.graph.nodes)
    assert recorded.predicted_change is not None


def test_an_operation_keeps_its_output_when_the_next_writes_into_it() -> None:
    model = odd_models.InPlace()
    models.initialize(model, torch.Generator().manual_seed(0))
    recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup())
    conv, relu = recorded.by_name["conv"].output.array, recorded.by_name["relu1"].output.array
    assert np.array_equal(conv, model.conv(torch.from_numpy(SEVEN.inputs)).detach().numpy())
    assert conv.min() < 0
    assert np.array_equal(relu, np.maximum(conv, 0))
    assert recorded.node_of("relu1").title == "ReluBackward0"


def test_the_re_evaluation_leaves_the_running_mean_alone() -> None:
    model = odd_models.Normed().train()
    recorded = record(model, THREE.inputs, THREE.labels, Setup())
    assert recorded.after is not None
    assert recorded.before.buffers["norm.num_batches_tracked"].array == 0
    assert recorded.after.buffers["norm.num_batches_tracked"].array == 1
    assert not np.array_equal(
        recorded.before.buffers["norm.running_mean"].array, recorded.after.buffers["norm.running_mean"].array
    )
    assert model.norm.num_batches_tracked == 0


def vgg11() -> nn.Module:
    """torchvision's, with a narrow classifier: its own has 124 million parameters."""
    model = torchvision().models.vgg11(weights=None, init_weights=False)
    model.classifier = nn.Sequential(nn.Linear(512 * 49, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, 10))
    models.initialize(model, torch.Generator().manual_seed(0))
    return model.eval()


@pytest.mark.parametrize("make", [lambda: resnet.resnet18(0), vgg11], ids=["resnet18", "vgg11"])
def test_networks_of_torchvision(make: Callable[[], nn.Module]) -> None:
    model = make()
    inputs = batch.of_noise(0, 32, 3)
    inputs = replace(inputs, labels=np.array([4]))
    setup = Setup("cross_entropy", "label", optimizer="SGD-momentum")
    recorded = record(model, inputs.inputs, inputs.labels, setup, keep=20_000, ask={0, 5})
    (wanted,) = plain(model, inputs, setup, 1)
    assert recorded.failure is None
    assert recorded.after is not None
    assert recorded.graph is not None
    assert recorded.outcome_before is not None
    assert recorded.outcome_before.loss == wanted.loss
    for name, gradient in wanted.gradients.items():
        kept = recorded.gradients[name]
        assert gradient is not None
        assert kept is not None
        assert kept.array is None
        assert kept.norm == pytest.approx(gradient.double().norm().item(), rel=1e-12)
        assert (kept.summary.low, kept.summary.high) == (gradient.min().item(), gradient.max().item())
        norm = wanted.parameters[name].double().norm().item()
        assert recorded.after.parameters[name].norm == pytest.approx(norm, rel=1e-12)
    assert {node.parameter for node in recorded.graph.nodes if node.is_leaf} == set(wanted.parameters)
    assert all(node.order is not None and node.arrived[0] is not None for node in recorded.graph.nodes)
    for index in (0, 5):
        assert recorded.graph.nodes[index].arrived[0].array is not None
    assert len(recorded.graph.chain()) > 20
    assert footprint(recorded) <= 2.5e6
    assert recorded.predicted_change is None


def walk(value: Any, seen: set[int]) -> Iterator[Any]:
    """Everything in a record, each object once; nothing but plain values, arrays, dataclasses, mappings and tuples."""
    if id(value) in seen:
        return
    seen.add(id(value))
    yield value
    if is_dataclass(value):
        for field in fields(value):
            yield from walk(getattr(value, field.name), seen)
    elif isinstance(value, dict):
        for key, item in value.items():
            assert type(key) is str
            yield from walk(item, seen)
    elif isinstance(value, tuple):
        for item in value:
            yield from walk(item, seen)
    else:
        assert value is None or type(value) in (bool, int, float, str, np.ndarray), type(value)


def footprint(recorded: Iteration) -> int:
    """Bytes of memory that the arrays of a record hold, shared memory once."""
    held = {}
    for value in walk(recorded, set()):
        if isinstance(value, np.ndarray):
            base = value
            while isinstance(base.base, np.ndarray):
                base = base.base
            if isinstance(base.base, Tensor):
                storage = base.base.untyped_storage()
                held[storage.data_ptr()] = storage.nbytes()
            else:
                held[base.__array_interface__["data"][0]] = base.nbytes
    return sum(held.values())


def test_a_record_is_numpy_and_plain_values_and_can_be_sent() -> None:
    model = models.build("LeNet5", 0).eval()
    for recorded in recordings(model, SEVEN, Setup(optimizer="Adam", zero_grad="zeros"), 2):
        arrays = [value for value in walk(recorded, set()) if isinstance(value, np.ndarray)]
        assert len(arrays) > 100
        assert not any(array.flags.writeable for array in arrays)
        again = pickle.loads(pickle.dumps(recorded))
        assert again.outcome_after.loss == recorded.outcome_after.loss
        assert np.array_equal(again.gradients["conv1.weight"].array, recorded.gradients["conv1.weight"].array)
        with pytest.raises(AttributeError):
            recorded.model = "other"


def test_a_record_is_small() -> None:
    model = models.build("LeNet5", 0).eval()
    for zero_grad in ZERO_GRAD:
        for recorded in recordings(model, SEVEN, Setup(optimizer="Adam", zero_grad=zero_grad), 2):
            assert 1e6 <= footprint(recorded) <= 2.5e6


def test_the_model_and_the_process_are_left_as_they_were() -> None:
    model = odd_models.Normed().train()
    model.fc.weight.grad = torch.ones_like(model.fc.weight)
    inputs = THREE.inputs.copy()
    before = copy.deepcopy(model.state_dict())
    random = torch.get_rng_state(), np.random.get_state()[1].copy()
    recorded = record(model, inputs, THREE.labels, Setup(target="random", optimizer="Adam", zero_grad="left-out"))
    assert recorded.failure is None
    assert recorded.before.gradients["fc.weight"] is not None  # a gradient that was there is part of the state
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(model.fc.weight.grad, torch.ones_like(model.fc.weight))
    assert model.fc.bias.grad is None
    assert model.training
    assert np.array_equal(inputs, THREE.inputs)
    assert torch.equal(torch.get_rng_state(), random[0])
    assert np.array_equal(np.random.get_state()[1], random[1])
    unhooked(model)


def unhooked(model: nn.Module) -> None:
    for module in model.modules():
        for kind in ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"):
            assert not getattr(module, kind)
    for p in model.parameters():
        assert not p._backward_hooks
        assert not p._post_accumulate_grad_hooks
    assert torch._C._len_torch_function_stack() == 0


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_the_callers_grad_mode_does_not_matter(mode: Callable[[], Any]) -> None:
    with mode():
        model = models.build("LeNet5", 0).eval()  # in inference mode, its parameters are inference tensors
        recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup())
        assert torch.is_grad_enabled() is (mode is torch.enable_grad)
    agree(recorded, plain(models.build("LeNet5", 0).eval(), SEVEN, Setup(), 1)[0])


class Seen(models.LeNet5):
    """Says which objects ran."""

    ran: ClassVar[list[weakref.ref[nn.Module]]] = []

    def __init__(self, fail: bool) -> None:
        super().__init__()
        self.fail = fail

    def forward(self, x: Tensor) -> Tensor:
        self.ran.append(weakref.ref(self))
        out = super().forward(x)
        return out.view(3, 7) if self.fail else out


@pytest.mark.parametrize("fail", [False, True])
def test_the_private_copy_is_gone_without_a_garbage_collection(fail: bool) -> None:
    model = Seen(fail)
    model.ran.clear()
    gc.collect()
    gc.disable()
    try:
        recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup(optimizer="Adam"))
        assert (recorded.failure is not None) is fail
        assert len(model.ran) == (1 if fail else 2)
        assert all(reference() is None for reference in model.ran)
    finally:
        gc.enable()
    unhooked(model)


def test_sixteen_recordings_in_four_threads() -> None:
    shared = models.build("LeNet5", 0).eval()

    def one(index: int) -> Iteration:
        inputs = batch.of_mnist([index], 32)
        return record(shared, inputs.inputs, inputs.labels, Setup(optimizer="Adam", lr=0.001))

    single = [one(index) for index in range(16)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(one, range(16)))
    for alone, mixed in zip(single, together, strict=True):
        assert mixed.failure is None
        assert mixed.outcome_after is not None
        assert alone.outcome_after is not None
        assert mixed.outcome_after.loss == alone.outcome_after.loss
        assert [node.name for node in mixed.graph.nodes] == [node.name for node in alone.graph.nodes]
        for one_node, other in zip(alone.graph.nodes, mixed.graph.nodes, strict=True):
            assert (one_node.operation, one_node.parameter) == (other.operation, other.parameter)
            for left, right in zip(one_node.arrived, other.arrived, strict=True):
                assert np.array_equal(left.array, right.array)
        for name, values in alone.after.parameters.items():
            assert np.array_equal(values.array, mixed.after.parameters[name].array)


def test_a_model_that_fails_on_the_way_forward() -> None:
    model = odd_models.FailsForward()
    recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup())
    failure = recorded.failure
    assert failure is not None
    assert (failure.phase, failure.error) == ("forward", "RuntimeError")
    assert "shapes cannot be multiplied" in failure.message
    assert failure.source is not None
    assert failure.source.text.startswith("return self.fc(x.flatten(1))")
    assert (failure.source.file, failure.source.function) == ("tests/lenet/record/odd_models.py", "forward")
    assert [operation.name for operation in recorded.operations] == ["conv", "relu1", "flatten1"]
    assert recorded.operations[1].output.array.min() == 0
    assert recorded.cleared == dict.fromkeys(dict(model.named_parameters()))
    assert (recorded.outcome_before, recorded.graph, recorded.after, recorded.outcome_after) == (None,) * 4
    assert recorded.gradients == {}
    assert recorded.predicted_change is None
    unhooked(model)


def test_a_model_that_fails_on_the_way_back() -> None:
    model = odd_models.FailsBackward()
    recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup())
    assert recorded.failure is not None
    assert (recorded.failure.phase, recorded.failure.error) == ("backward", "RuntimeError")
    assert "modified by an inplace operation" in recorded.failure.message
    assert recorded.outcome_before is not None
    assert recorded.graph is not None
    reached = [
        node.title for node in sorted(recorded.graph.nodes, key=lambda n: math.inf if n.order is None else n.order)
    ]
    assert reached[:3] == ["NllLossBackward0", "LogSoftmaxBackward0", "MulBackward0"]
    (stuck,) = [node for node in recorded.graph.nodes if node.title == "ExpBackward0"]
    assert (stuck.order, stuck.arrived) == (None, ())
    assert (recorded.after, recorded.outcome_after) == (None, None)
    unhooked(model)


@pytest.mark.parametrize(
    ("model", "phase", "words"),
    [
        (odd_models.WrongShape(), "forward", "(1, 2, 30, 30)"),
        (odd_models.NoParameters(), "backward", "does not require grad"),
        (models.build("LeNet5", 0).requires_grad_(False), "backward", "does not require grad"),
        (models.build("DigitCNN", 0), "forward", "cannot be multiplied"),  # 28×28 is what it takes
        (models.build("LeNet5", 0).double(), "forward", "type"),
    ],
)
def test_what_can_not_be_trained_is_said(model: nn.Module, phase: str, words: str) -> None:
    recorded = record(model, SEVEN.inputs, SEVEN.labels, Setup(optimizer="Adam"))
    assert recorded.failure is not None
    assert recorded.failure.phase == phase
    assert words in recorded.failure.message
    assert "\n" not in recorded.failure.message
    unhooked(model)


@pytest.mark.parametrize("optimizer", ["by-hand", "SGD"])
@pytest.mark.parametrize("zero_grad", ["none", "left-out"])
def test_plain_sgd_lowers_the_loss_by_lr_times_the_squared_norm(optimizer: str, zero_grad: str) -> None:
    setup = Setup(optimizer=optimizer, lr=1e-4, zero_grad=zero_grad)
    recorded = record(models.build("LeNet5", 0).eval(), THREE.inputs, THREE.labels, setup)
    squared = sum(values.norm**2 for values in recorded.gradients.values())
    change = recorded.outcome_after.loss - recorded.outcome_before.loss
    assert recorded.predicted_change == pytest.approx(-1e-4 * squared, rel=1e-3)
    assert change == pytest.approx(recorded.predicted_change, rel=0.05)


def test_gradients_that_were_left_are_not_this_losss() -> None:
    model = models.build("LeNet5", 0).eval()
    first, second = recordings(model, THREE, Setup(lr=1e-4, zero_grad="left-out"), 2)
    own = {name: values.array.astype(float) - first.gradients[name].array for name, values in second.gradients.items()}
    step = {name: values.array.astype(float) for name, values in second.gradients.items()}
    expected = -1e-4 * sum(float((own[name] * step[name]).sum()) for name in own)
    assert second.predicted_change == pytest.approx(expected, rel=1e-3)
    change = second.outcome_after.loss - second.outcome_before.loss
    assert change == pytest.approx(second.predicted_change, rel=0.05)


def test_a_learning_rate_that_breaks_everything_is_recorded_and_named() -> None:
    model = models.build("LeNet5", 0).eval()
    for optimizer in OPTIMIZERS:
        setup = Setup(optimizer=optimizer, lr=1e9)
        for recorded, wanted in zip(recordings(model, SEVEN, setup, 3), plain(model, SEVEN, setup, 3), strict=True):
            agree(recorded, wanted)
            states = {values.state for values in recorded.after.parameters.values()}
            assert states <= {"finite", "nan", "infinite"}
            assert recorded.predicted_change is not None
    setup = Setup(optimizer="SGD", lr=1e9)
    last = recordings(model, SEVEN, setup, 3)[-1]
    assert {values.state for values in last.after.parameters.values()} == {"nan"}
    assert math.isnan(last.outcome_after.loss)
    assert math.isnan(last.predicted_change)


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (Setup(loss="hinge"), "no loss named 'hinge'"),
        (Setup(target="count"), "can't have the target 'count'"),
        (Setup(loss="none", target="label"), "can't have the target 'label'"),
        (Setup(optimizer="LBFGS"), "no optimizer named 'LBFGS'"),
        (Setup(weight_decay=-1), "can't be a weight decay"),
        (Setup(lr=-1), "-1 can't be a learning rate"),
        (Setup(lr=math.nan), "nan can't be a learning rate"),
        (Setup(lr=math.inf), "inf can't be a learning rate"),
        (Setup(zero_grad="sometimes"), "no way to zero gradients named 'sometimes'"),
    ],
)
def test_a_setup_that_does_not_exist(setup: Setup, words: str) -> None:
    with pytest.raises(InputError, match=words):
        record(models.build("LeNet5", 0), SEVEN.inputs, SEVEN.labels, setup)


def test_inputs_and_labels_that_do_not_fit() -> None:
    model = models.build("LeNet5", 0)
    for inputs in (SEVEN.inputs[0], SEVEN.inputs[:0]):
        with pytest.raises(InputError, match="a batch needs"):
            record(model, inputs, SEVEN.labels, Setup())
    for labels in (np.array([10]), np.array([-1]), np.array([1, 2]), np.array([[1]])):
        with pytest.raises(InputError, match="labels don't fit"):
            record(model, SEVEN.inputs, labels, Setup())
    with pytest.raises(InputError, match="Say which digit it is"):
        record(model, SEVEN.inputs, None, Setup())
    unhooked(model)


def test_the_operations_say_who_ran_them_and_where() -> None:
    recorded = record(models.build("LeNet5", 0).eval(), SEVEN.inputs, SEVEN.labels, Setup())
    assert [operation.name for operation in recorded.operations] == [
        *("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "view1", "fc1", "relu3", "fc2", "relu4", "fc3")
    ]
    assert [operation.index for operation in recorded.operations] == list(range(12))
    conv1, relu1, view = (recorded.by_name[name] for name in ("conv1", "relu1", "view1"))
    assert (conv1.kind, conv1.module, conv1.sources) == ("conv2d", "conv1", ("input",))
    assert (relu1.kind, relu1.module, relu1.sources) == ("relu", "", ("conv1",))
    assert conv1.source.text == relu1.source.text == "x = F.max_pool2d(F.relu(self.conv1(x)), 2)"
    assert conv1.source.file == "lenet/networks/models.py"
    assert (view.layer, view.output.shape) == (None, (1, 400))
    assert conv1.layer is not None
    names = [operation.name for operation in recorded.operations if operation.layer is not None]
    assert [layer.name for layer in recorded.layers] == ["input", *names, "softmax"]
    for operation in recorded.operations:
        assert recorded.graph.nodes[operation.node].operation == operation.name
        assert recorded.gradient_of(operation.name).shape == operation.output.shape
    assert recorded.gradient_of("nowhere") is None


def test_no_array_is_kept_where_there_is_no_room() -> None:
    model = models.build("LeNet5", 0).eval()
    whole = record(model, SEVEN.inputs, SEVEN.labels, Setup())
    small = record(model, SEVEN.inputs, SEVEN.labels, Setup(), keep=0, ask={2})
    for operation, other in zip(whole.operations, small.operations, strict=True):
        assert other.output.array is None
        assert other.output.shape == operation.output.shape
        assert other.output.norm == pytest.approx(operation.output.norm)
        assert other.output.summary.high == operation.output.summary.high
    for node, other in zip(whole.graph.nodes, small.graph.nodes, strict=True):
        asked = small.graph.nodes[2]
        kept = other.index == 2 or any(other.arrived[0] is values for values in asked.left)
        assert (other.arrived[0].array is not None) is kept
        assert other.arrived[0].norm == pytest.approx(node.arrived[0].norm)
    assert np.array_equal(small.graph.nodes[2].arrived[0].array, whole.graph.nodes[2].arrived[0].array)
    assert all(values.array is None for values in small.after.parameters.values())


def test_a_state_is_a_value_object() -> None:
    recorded = record(models.build("LeNet5", 0).eval(), SEVEN.inputs, SEVEN.labels, Setup(optimizer="RAdam"))
    after = recorded.after
    assert isinstance(after, State)
    assert after.updated_by == "RAdam"
    assert recorded.before.updated_by == "RAdam"
    assert float(after.optimizer["fc1.bias"]["step"].array) == 1
