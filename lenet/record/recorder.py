"""Recorder of one training iteration of any module: PyTorch runs it, once, on a private copy, and it is watched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node as GradFn
from torch.nn.parameter import is_lazy
from torch.utils.hooks import RemovableHandle

from lenet.errors import InputError
from lenet.messages import Message
from lenet.networks.forward import Layer
from lenet.networks.kinds import SOFTMAX
from lenet.record import attributes, losses, modes, optimizers, random_state
from lenet.record.arrays import Values, dtype_of, freeze, unwrapped
from lenet.record.attributes import Kept
from lenet.record.dependence import depending
from lenet.record.graph import LOSS, UNKNOWN, Graph, NodeSource, Saved
from lenet.record.graph_walk import LEAF, Walk
from lenet.record.iteration import (
    CUT_OFF,
    FROZEN,
    KEEP,
    LEFT_OUT,
    PHASES,
    TO_NONE,
    UNDEFINED,
    UNSEEN,
    UNUSED,
    ZERO_GRAD,
    Array,
    Failure,
    Iteration,
    Operation,
    Outcome,
    Setup,
    State,
)
from lenet.record.memory import Memories
from lenet.record.model_copy import Copying
from lenet.record.tensor_store import Rows, TensorStore, holds, pointer_of, version_of
from lenet.record.trace import Trace, line_of_error

Gradients = tuple[Tensor | None, ...]
Flows = tuple[Values | None, ...]


def record(
    model: nn.Module,
    inputs: Array,
    labels: Array | None,
    setup: Setup,
    start: State | None = None,
    keep: int = KEEP,
    ask: Collection[int] = (),
    shown: int | None = None,
) -> Iteration:
    """Run one iteration on a private copy of a model and record it.

    Args:
        model: any module that makes (N, classes) of (N, C, H, W), in the mode of the setup, or without one in that in
            which it is. It is not changed, and may be shared between threads.
        inputs: (N, C, H, W) float32.
        labels: (N,) int64; needed for the target `label`.
        setup: how.
        start: go on from this state, such as `Iteration.after`, instead of the model's own.
        keep: how many numbers of operations and nodes are kept in all; of the arrays after that, only shape and
            summary, so that the record of a large network fits into a visitor's session. Likewise for the parameters,
            which are kept all or none.
        ask: nodes of the graph whose arrays are kept in any case.
        shown: for how many inputs of the batch, from the first on, activations and their gradients are kept, None for
            all. Whatever it is, the iteration is that of the whole batch: so are its loss, the summaries, the
            parameters and their gradients. Tensors with few numbers for each input, such as the logits, are kept whole.

    Raises:
        InputError: the setup, the inputs or the labels don't fit, or no private copy of the model can be made. An error
            of the model itself is `Iteration.failure`.
    """
    if inputs.ndim != 4 or 0 in inputs.shape:
        raise InputError("inputs-shape", shape=inputs.shape)
    if setup.zero_grad not in ZERO_GRAD:
        raise InputError("zero-grad-unknown", name=setup.zero_grad, names=", ".join(ZERO_GRAD))
    if setup.mode not in (None, *modes.MODES):
        raise InputError("mode-unknown", name=setup.mode, names=", ".join(modes.MODES))
    with torch.inference_mode(False), torch.enable_grad():  # whatever the caller's modes are
        rows = Rows(len(inputs), shown) if shown is not None and shown < len(inputs) else None
        return _Recorder(model, setup, keep, frozenset(ask), rows).run(inputs, labels, start)


@dataclass
class _Draft:
    """Fields of an `Iteration` that the phases fill in, see there."""

    target: Array | None = None
    cleared: Mapping[str, Values | None] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    outcome_before: Outcome | None = None
    graph: Graph | None = None
    after: State | None = None
    outcome_after: Outcome | None = None
    failure: Failure | None = None
    remark: Message | None = None
    missing: Mapping[str, str] = field(default_factory=dict)


class _Recorder:
    """Recorder of a single iteration."""

    def __init__(self, model: nn.Module, setup: Setup, keep: int, ask: Collection[int], rows: Rows | None) -> None:
        self.setup = setup
        self.ask = ask
        self.rows = rows
        self.original = model
        self.copying = _copied(model)
        self.model = modes.put(self.copying.copied, setup.mode)
        self.named = dict(self.model.named_parameters())
        self.names = {id(p): name for name, p in self.named.items()}
        if any(is_lazy(p) or not p.is_leaf for p in self.named.values()):
            raise InputError("model-parameters", name=type(model).__name__)
        if not self.copying.memo.keys().isdisjoint(self.names):
            raise InputError("model-tied", name=type(model).__name__)
        self.modules = dict(self.model.named_modules())
        self.places = {id(module): name for name, module in self.modules.items()}
        self.versions: dict[str, int] = {}
        self.loss = losses.find(setup.loss)
        self.optimizer = optimizers.find(setup.optimizer, setup.weight_decay).make(self.named.values(), setup.lr)
        self.store = TensorStore(keep, rows)
        self.whole = sum(p.numel() for p in self.named.values()) <= keep // 2
        self.phase = PHASES[0]
        self.before: State | None = None
        self.draft = _Draft()
        self.trace: Trace | None = None
        self.walk: Walk | None = None
        self.hooks: list[RemovableHandle] = []
        self.pointers: dict[int, str] = {}
        self.memories = Memories({})
        self.careful = False  # whether code of the model's own runs within backward, and may write into gradients
        self.ran: list[tuple[int, Flows, Flows]] = []
        self.batches: list[bool] | None = None  # for each node, whether its output depends on the input

    def run(self, inputs: Array, labels: Array | None, start: State | None) -> Iteration:
        if start is not None:
            self.go_on(start)
        inputs, labels = _read_only(inputs), None if labels is None else _read_only(labels)
        before = self.before = self.state(self.gradients({}))
        self.versions = {name: version_of(p) for name, p in self.named.items()}
        made = self.draft
        try:
            self.iterate(inputs, labels)
        except InputError:
            raise
        except Exception as error:  # whatever a model raises is part of the record
            if type(error).__module__.startswith("torch._dynamo"):  # a compiled function meets the watch
                raise InputError("model-compiled", name=type(self.model).__name__) from error
            source = line_of_error(error, _Recorder.forward.__code__)
            message = str(error).strip().partition("\n")[0]
            made.failure = Failure(self.phase, type(error).__name__, message, source)
        finally:
            for hook in self.hooks:
                hook.remove()
        if self.walk is not None and made.graph is None:
            made.graph = self.graph(self.walk)
        return Iteration(
            self.setup,
            _name(self.model),
            inputs,
            labels,
            before,
            made.target,
            made.cleared,
            () if self.trace is None else self.operations(self.trace),
            made.layers,
            made.outcome_before,
            made.graph,
            made.after,
            made.outcome_after,
            made.failure,
            made.remark,
            made.missing,
            None if self.rows is None else self.rows.kept,
        )

    def iterate(self, inputs: Array, labels: Array | None) -> None:
        """Run the phases, and note what each of them gives."""
        setup, made = self.setup, self.draft
        device = next((p.device for p in self.named.values()), torch.device("cpu"))
        x = torch.from_numpy(inputs.copy()).to(device)

        self.phase = "zero_grad"
        self.clear()
        made.cleared = self.gradients_cleared()

        self.phase = "forward"
        out, trace = self.forward(x)

        self.phase = "loss"
        target = self.loss.make_target(setup.target, setup.target_seed, labels, out)
        made.target = freeze(target, copy=True)
        loss = self.loss.compute(out, target)
        made.outcome_before = _outcome(out, loss)

        self.phase = "backward"
        root, put_in = self.loss.start(out, loss, target)
        if root.grad_fn is not None:
            self.listen(root.grad_fn, trace)
        root.backward(put_in)  # type: ignore[no-untyped-call]
        # Now, because on a GPU Nesterov's step writes into the gradients; copied, because the re-evaluation may.
        gradients = self.gradients(self.arrived())
        made.missing = self.missing(trace)
        if self.walk is not None:
            made.graph = self.graph(self.walk)

        self.phase = "step"
        if self.optimizer is not None:
            self.optimizer.step()
        made.after = self.state(gradients)

        self.phase = "re-evaluate"
        # Afterwards as if there had been no re-evaluation, for the next step.
        with random_state.restored(device), self.seeded(device):
            made.outcome_after = self.evaluate(inputs, device, target)

    def seeded(self, device: torch.device) -> AbstractContextManager[None]:
        """Random numbers of a forward pass: the same ones in each pass of the iteration, where it has a mode."""
        return modes.seeded(self.original, self.setup.mode, self.setup.mask_seed, device)

    def evaluate(self, inputs: Array, device: torch.device, target: Tensor) -> Outcome:
        """Forward pass and loss with the updated parameters."""

        def run() -> Outcome:
            out = self.model(torch.from_numpy(inputs.copy()).to(device))
            return _outcome(out, self.loss.compute(out, target))

        try:
            with torch.no_grad():
                return run()
        except RuntimeError:  # a model that takes gradients within its forward pass needs a graph
            return run()

    def clear(self) -> None:
        """Call zero_grad according to the setup."""
        if self.setup.zero_grad != LEFT_OUT:
            self.model.zero_grad(set_to_none=self.setup.zero_grad == TO_NONE)

    def forward(self, x: Tensor) -> tuple[Tensor, Trace]:
        """Forward pass under a `Trace`."""
        modules = self.modules
        parts = _parts(modules)
        buffers = self.buffers()
        places = {id(buffer): name for name, buffer in buffers.items()}
        self.trace = trace = Trace(modules, self.names, places, x, self.store, _Recorder.forward.__code__)
        trace.alive += buffers.values()  # which the pass may replace
        trace.originals = self.copying.memo
        with self.seeded(x.device), trace:
            out = self.model(x)
        if _parts(modules) != parts:
            names = [name for name, p in self.model.named_parameters() if id(p) not in self.names]
            raise InputError(
                "model-made", name=type(self.model).__name__, parameters=", ".join(names) or Message("parameters-other")
            )
        if not isinstance(out, Tensor) or out.dim() != 2:
            raise TypeError(f"the model gives {_shape(out)}, and logits have the shape (N, classes)")
        last = [name for name in trace.sources([out]) if name not in trace.apart]
        softmax = Layer(SOFTMAX, SOFTMAX, tuple(out.shape[1:]), tuple(last[:1]))
        self.draft.layers = (*trace.layers, softmax)
        if not last:
            self.draft.remark = Message("chain-ends", {"name": trace.layers[-1].name})
        elif isinstance(self.model, torch.jit.ScriptModule):
            self.draft.remark = Message("model-scripted", {"name": _name(self.model)})
        return out, trace

    def listen(self, root: GradFn, trace: Trace) -> None:
        """Walk the graph, read what its nodes have saved, and hook each to record its gradients."""
        self.walk = walk = Walk(root, self.names)
        if self.rows is not None:
            self.batches = depending(walk, trace)
        name = type(self.model).__name__
        for leaf in walk.leaves():
            if id(leaf) in self.copying.memo:
                raise InputError("model-tied", name=name)
            if any(leaf is one for one in self.copying.cut):
                raise InputError("model-cut", name=name)
        self.pointers = {pointer_of(p): name for name, p in self.named.items() if p.numel()}
        self.memories = Memories(self.named | self.buffers())
        own = [p._backward_hooks or p._post_accumulate_grad_hooks for p in self.named.values()]
        kinds = set(map(type, walk.functions))
        self.careful = any(issubclass(kind, BackwardCFunction) for kind in kinds) or trace.hooked or any(own)
        self.store.trusts = not (self.copying.shares or trace.uncounted or self.careful)
        if self.careful or trace.calls_back:
            for index, (function, number) in enumerate(zip(walk.functions, walk.sequences, strict=True)):
                if number < LEAF:
                    self.hooks.append(function.register_prehook(partial(self.reads, walk, index)))
        else:  # nothing can write into a saved tensor before backward reads it
            know = self.know
            for index in range(len(walk.functions)):
                walk.read(index, know)
        passed = self.passed
        # A hook that returns None leaves the gradients as they are.
        self.hooks += [f.register_hook(partial(passed, walk, index)) for index, f in enumerate(walk.functions)]

    def reads(self, walk: Walk, index: int, arrived: Gradients) -> None:
        """Read a node before backward runs it."""
        walk.read(index, self.know)

    def passed(self, walk: Walk, index: int, left: Gradients, arrived: Gradients) -> None:
        """Record a node's gradients as soon as backward has run it.

        Held on to, all of them would stay in memory, and those of the parameters twice, because AccumulateGrad copies a
        gradient that somebody else holds.
        """
        if index in walk.packed:
            walk.settle(index, self.know)
        whole = True if index in self.ask else None
        read = self.store.changing_gradient if self.careful else self.store.gradient
        if self.batches is None:
            came = tuple([None if gradient is None else read(gradient, whole) for gradient in arrived])
            went = tuple([None if gradient is None else read(gradient, whole) for gradient in left])
        else:
            own, onward = self.batches[index], self.onward(walk, index, len(left))
            came = tuple([None if gradient is None else read(gradient, whole, own) for gradient in arrived])
            pairs = zip(left, onward, strict=True)
            went = tuple([None if gradient is None else read(gradient, whole, batch) for gradient, batch in pairs])
        self.ran.append((index, came, went))

    def onward(self, walk: Walk, index: int, count: int) -> list[bool]:
        """For each gradient that a node passes on, True if it is that of an output that depends on the input."""
        found = [False] * count
        for slot, target in walk.targets(index):
            if self.batches is not None and slot < count:
                found[slot] = self.batches[target]
        return found

    def know(self, label: str, tensor: Tensor) -> Saved:
        """Describe a saved tensor: its source, and the memory in which it lies."""
        tensor = unwrapped(tensor)
        memory = self.memories.of(tensor)
        pointer = pointer_of(tensor)
        name = self.pointers.get(pointer)
        if name is not None and self.before is not None and version_of(tensor) == self.versions[name]:
            whole, own = self.before.parameters[name], self.named[name]
            if self.store.trusts or holds(whole, own):
                shape, stride = tensor.shape, tensor.stride()
                if shape == whole.shape and stride == own.stride():
                    return Saved(label, whole, None, name, False, None, memory)
                if shape == whole.shape[::-1] and stride == own.stride()[::-1]:
                    array = None if whole.array is None else whole.array.T
                    return Saved(label, whole.view(array, whole.shape[::-1]), None, name, True, None, memory)
        operation, values = self.store.find(tensor, pointer)
        if values is not None:
            return Saved(label, values, None, None, False, operation, memory)
        owned = name is not None or (memory is not None and memory.owner is not None)
        return Saved(label, self.store.values(tensor, True, batch=not owned), None, name, False, None, memory)

    def graph(self, walk: Walk) -> Graph:
        """Graph with the gradients of backward."""
        walk.read_the_rest(self.know)
        flows = {index: (order, came, went) for order, (index, came, went) in enumerate(self.ran)}
        trace = self.trace

        def made(sequence: int) -> NodeSource:
            if trace is None or sequence < trace.start:
                return UNKNOWN
            return trace.made_by(sequence) if sequence < trace.end else NodeSource(operation=LOSS)

        return walk.describe(self.loss.root, made, flows)

    def operations(self, trace: Trace) -> tuple[Operation, ...]:
        """Operations of the pass, each with the node of its output."""
        if self.walk is not None:
            for operation, function in zip(trace.operations, trace.results, strict=True):
                operation.node = None if function is None else self.walk.index.get(function)
        return tuple(trace.operations)

    def buffers(self) -> dict[str, Tensor]:
        """Buffers of the private copy by name."""
        has_some = any(module._buffers for module in self.modules.values())
        return dict(self.model.named_buffers()) if has_some else {}

    def gradients_cleared(self) -> Mapping[str, Values | None]:
        """`.grad` after zero_grad, as the arrays from before or as one broadcast zero, which take no memory."""
        if self.setup.zero_grad == LEFT_OUT:
            return self.before.gradients if self.before else {}
        return {
            name: None if p.grad is None else Values(tuple(p.shape), dtype_of(p.grad), _zeros(p.grad))
            for name, p in self.named.items()
        }

    def arrived(self) -> Mapping[str, Values]:
        """Gradients that arrived at parameters whose `.grad` was None, and so became it, by name."""
        found: dict[str, Values] = {}
        if self.walk is not None and not self.careful:
            cleared = self.draft.cleared
            for index, arrived, _ in self.ran:
                if self.walk.sequences[index] >= LEAF and arrived[0] is not None:
                    leaf: Any = self.walk.functions[index]
                    name = self.names.get(id(leaf.variable))
                    if name is not None and cleared[name] is None and (arrived[0].array is not None) == self.whole:
                        found[name] = arrived[0]
        return found

    def missing(self, trace: Trace) -> Mapping[str, str]:
        """Reason why there is no gradient, by the names of the parameters without."""
        found = {name: p for name, p in self.named.items() if p.grad is None}
        if not found:
            return {}
        reached = {id(leaf) for leaf in self.walk.leaves()} if self.walk is not None else set()
        scripted = [module for module in self.modules.values() if isinstance(module, torch.jit.ScriptModule)]
        hidden = {id(p) for module in scripted for p in module.parameters()}

        def reason(p: Tensor) -> str:
            if not p.requires_grad:
                return FROZEN
            if id(p) in reached:
                return UNDEFINED
            if id(p) in trace.used:
                return CUT_OFF
            return UNSEEN if id(p) in hidden else UNUSED

        return {name: reason(p) for name, p in found.items()}

    def gradients(self, known: Mapping[str, Values]) -> Mapping[str, Values | None]:
        """`.grad` of each parameter, some of them already known."""
        make = self.store.make
        return {
            name: None if p.grad is None else known.get(name) or make(p.grad, True, self.whole)
            for name, p in self.named.items()
        }

    def state(self, gradients: Mapping[str, Values | None]) -> State:
        """Present state of the model and the optimizer, with these gradients."""

        def keep(tensor: Tensor) -> Values:
            return self.store.make(tensor, True, self.whole)

        remembered: dict[str, dict[str, Values]] = {}
        if self.optimizer is not None:
            for p, entries in self.optimizer.state.items():
                remembered[self.names[id(p)]] = {
                    key: keep(torch.as_tensor(value)) for key, value in entries.items() if value is not None
                }
        kept: dict[str, Kept] = {}
        unheld = ""
        if self.before is not None:
            pairs = [(self.places.get(id(copied), ""), original, copied) for original, copied in self.copying.pairs]
            training = None if self.setup.mode is None else self.setup.mode == modes.TRAIN
            kept, unheld = attributes.changed(pairs, self.copying.memo, keep, training)
        return State(
            {name: keep(p) for name, p in self.named.items()},
            gradients,
            remembered,
            {name: keep(b) for name, b in self.buffers().items()},
            self.setup.optimizer,
            kept,
            unheld,
        )

    @torch.no_grad()
    def go_on(self, start: State) -> None:
        """Put the private copy into a recorded state."""
        load_state(self.model, start, self.copying.cut, self.copying.shares)
        for name, p in self.named.items():
            gradient = start.gradients.get(name)
            p.grad = None if gradient is None else _thaw(gradient).to(p)
            if self.optimizer is not None and start.updated_by == self.setup.optimizer and name in start.optimizer:
                entries = start.optimizer[name]
                # PyTorch keeps the count of steps on the CPU.
                self.optimizer.state[p] = {
                    key: _thaw(value) if key == "step" else _thaw(value).to(p) for key, value in entries.items()
                }


@torch.no_grad()
def load_state(model: nn.Module, state: State, cut: list[Tensor] | None = None, shares: bool = False) -> None:
    """Give a model the parameters, buffers and attributes of a recorded state.

    Args:
        model: that is changed.
        state: of the same network.
        cut: takes leaves that stand for what had a grad_fn when it was recorded.
        shares: whether several of the model's tensors lie in the same memory.

    Raises:
        InputError: only summaries were kept of the state, something of it could not be kept, or it is of another
            network.
    """
    parameters = dict(model.named_parameters())
    if state.parameters.keys() != parameters.keys():
        raise InputError("state-names")
    if state.unheld:
        raise InputError("state-attribute", name=state.unheld)
    for name, p in parameters.items():
        p.copy_(_thaw(state.parameters[name]))
    for path, values in state.buffers.items():
        owner, _, name = path.rpartition(".")
        module = model.get_submodule(owner)
        old = getattr(module, name, None)
        if isinstance(old, Tensor) and holds(values, old):
            continue  # which may be one that can't be made of an array
        buffer = _thaw(values)
        if isinstance(old, Tensor) and old.layout is not torch.strided:
            buffer = buffer.to_sparse(layout=old.layout)
        if type(old) is Tensor and (old.layout, old.shape, old.dtype) == (torch.strided, buffer.shape, buffer.dtype):
            old.copy_(buffer)  # in place: another module may share it
        elif name in module._buffers:
            setattr(module, name, buffer.to(old.device) if isinstance(old, Tensor) else buffer)
        else:
            module.register_buffer(name, buffer)
    gone = [path for path, _ in model.named_buffers() if path not in state.buffers]
    for path in gone:
        owner, _, name = path.rpartition(".")
        setattr(model.get_submodule(owner), name, None)
    attributes.restore(model, state.attributes, [] if cut is None else cut, shares)


def _copied(model: nn.Module) -> Copying:
    name = type(model).__name__
    try:
        found = Copying(model)
    except Exception as error:  # whatever a model's own way of being copied raises
        if "_orig_mod" in model._modules:
            raise InputError("model-compiled", name=name) from error
        raise InputError("model-copy", name=name, reason=error) from error
    if found.compiled:
        raise InputError("model-compiled", name=name)
    return found


def _name(model: nn.Module) -> str:
    """Name of a model's class, of a TorchScript model that of the class it was made of."""
    if isinstance(model, torch.jit.ScriptModule):
        return str(getattr(model, "original_name", type(model).__name__))
    return type(model).__name__


def _parts(modules: Mapping[str, nn.Module]) -> list[list[int]]:
    """Ids of the modules' parameters and children."""
    return [[*map(id, m._parameters.values()), *map(id, m._modules.values())] for m in modules.values()]


def _zeros(tensor: Tensor) -> Array:
    return np.broadcast_to(freeze(tensor.new_zeros(())), tuple(tensor.shape))


def _thaw(values: Values) -> Tensor:
    if values.array is None:
        raise InputError("state-small")
    return torch.from_numpy(values.array.copy()).to(getattr(torch, values.dtype))


def _read_only(array: Array) -> Array:
    if array.flags.owndata and not array.flags.writeable:
        return array  # a batch of hundreds of inputs is kept once
    array = array.copy()
    array.flags.writeable = False
    return array


def _outcome(out: Tensor, loss: Tensor) -> Outcome:
    return Outcome(freeze(out, copy=True), float(loss.item()))


def _shape(out: object) -> str:
    return f"the shape {tuple(out.shape)}" if isinstance(out, Tensor) else type(out).__name__
