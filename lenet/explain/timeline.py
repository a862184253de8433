"""Stops of a walk through an iteration: each phase, operation of the forward pass and node of the backward pass."""

from __future__ import annotations

from dataclasses import dataclass

from lenet.networks.kinds import INPUT, SOFTMAX
from lenet.record.iteration import PHASES, Iteration
from lenet.record.losses import LOSSES


@dataclass(frozen=True)
class Stop:
    """One moment of an iteration.

    Attributes:
        phase: one of `iteration.PHASES`.
        operation: index of the operation that runs, in the phase `forward`.
        node: index of the node that runs, in the phase `backward`.
        activations: names of the layers whose output is known now.
        gradients: names of the layers whose gradient is known now.
        layer: the layer that this moment is about, None where it is about none.
    """

    phase: str
    operation: int | None = None
    node: int | None = None
    activations: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    layer: str | None = None


def stops(iteration: Iteration) -> tuple[Stop, ...]:
    """All moments of an iteration, in order; after a failure, those until then, the phase that failed among them."""
    found = [Stop(PHASES[0], activations=(INPUT,), layer=INPUT), Stop("zero_grad", activations=(INPUT,))]
    known: tuple[str, ...] = (INPUT,)
    for operation in iteration.operations:
        if operation.layer is not None:
            known = (*known, operation.name)
        found.append(Stop("forward", operation.index, None, known, (), operation.name if operation.layer else None))
    if iteration.outcome_before is not None:
        read = LOSSES[iteration.setup.loss].layer(known[-1])
        known = (*known, SOFTMAX)
        found.append(Stop("loss", None, None, known, (), read))
    gradients: tuple[str, ...] = ()
    graph = iteration.graph
    outputs: dict[int, list[str]] = {}  # an operation that passes its input on unchanged shares its node
    for operation in iteration.operations:
        if operation.layer is not None and operation.node is not None:
            outputs.setdefault(operation.node, []).append(operation.name)
    for node in sorted(graph.nodes if graph else (), key=lambda node: -1 if node.order is None else node.order):
        if node.order is None:
            continue
        made = outputs.get(node.index, [])
        if made and node.arrived and node.arrived[0] is not None:
            gradients = (*gradients, *made)
        found.append(Stop("backward", None, node.index, known, gradients, made[0] if made else None))
    if iteration.after is not None:
        found.append(Stop("step", None, None, known, gradients))
    if iteration.outcome_after is not None:
        found.append(Stop("re-evaluate", None, None, known, gradients))
    failure = iteration.failure
    if failure is not None and found[-1].phase != failure.phase:
        found.append(Stop(failure.phase, None, None, known, gradients))
    return tuple(found)
