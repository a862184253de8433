"""Titles and descriptions of a recorded iteration's stops, for the player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from lenet.explain import batch_statistics, dropout_masks, update_table
from lenet.explain.timeline import Stop
from lenet.networks import kinds
from lenet.networks.ablation import SUFFIX
from lenet.record import optimizers
from lenet.record.graph import LOSS, Node
from lenet.record.iteration import Iteration, Operation, Setup
from lenet.record.losses import LOSSES
from lenet.scripts.code_listing import Listing
from playground.components.step_view import Frame
from playground.number_words import grouped, number, shape
from playground.text import text

TEXT: Final = text("step_words")
PHASES: Final = text("step_view")


def frames(iteration: Iteration, stops: Sequence[Stop], listing: Listing) -> list[Frame]:
    """Create a frame for each stop."""
    return [_frame(iteration, stop, listing) for stop in stops]


def _frame(iteration: Iteration, stop: Stop, listing: Listing) -> Frame:
    name, title, detail = _words(iteration, stop)
    failure = iteration.failure
    if failure is not None and stop.phase == failure.phase and stop.operation is None and stop.node is None:
        title = TEXT["failed"].format(phase=PHASES[f"phase_{stop.phase}"])
        detail = f"{failure.error}: {failure.message}"
    return Frame(
        stop.phase,
        name,
        title,
        detail,
        listing.at(stop, iteration),
        stop.activations,
        stop.gradients,
        stop.layer,
        _parameter(iteration, stop),
        stop.phase == "forward" and stop.layer in batch_statistics.layers(iteration),
    )


def _parameter(iteration: Iteration, stop: Stop) -> str | None:
    """Name of the parameter to whose `.grad` a stop adds, None if it doesn't."""
    return iteration.graph.nodes[stop.node].parameter if iteration.graph and stop.node is not None else None


def _words(iteration: Iteration, stop: Stop) -> tuple[str, str, str]:
    if stop.operation is not None:
        return _operation(iteration, stop.operation)
    if stop.node is not None and iteration.graph is not None:
        return _node(iteration, iteration.graph.nodes[stop.node])
    setup, before, after = iteration.setup, iteration.outcome_before, iteration.outcome_after
    key, title = stop.phase, ""
    values: dict[str, object] = {"shape": shape(iteration.inputs.shape), "lr": f"{setup.lr:g}"}
    if setup.weight_decay is not None:
        values["decay"] = f"{setup.weight_decay:g}"
    if stop.phase == "batch" and iteration.shown < len(iteration.inputs):
        title, key = key, "batch-first"
        values |= {"count": grouped(len(iteration.inputs)), "shown": iteration.shown}
    elif stop.phase == "zero_grad":
        nothing = all(gradient is None for gradient in iteration.before.gradients.values())
        key = f"zero_grad-{setup.zero_grad}"
        if nothing:
            return "", TEXT[f"{key}-title"], TEXT["zero_grad-nothing"]
    elif stop.phase == "loss":
        key = f"loss-{setup.loss}"
        values["loss"] = number(before.loss if before else None, 5)
    elif stop.phase == "backward":  # without a node: there is no graph
        key = "backward-nothing"
    elif stop.phase == "step":
        title = key = f"step-{setup.optimizer}" if f"step-{setup.optimizer}" in TEXT else "step"
        if setup.weight_decay is not None:
            key += "-decay"
        values["optimizer"] = _optimizer(setup)
        values["counts"] = _counts(iteration)
    elif stop.phase == "re-evaluate" and before and after:
        key = f"re-evaluate-{LOSSES[setup.loss].root}"
        values |= {"before": number(before.loss, 5), "after": number(after.loss, 5)}
    detail = TEXT[key].format_map(values)
    if stop.phase == "batch":
        detail = " ".join(filter(None, (detail, _mistake(iteration))))
    return "", TEXT[f"{title or key}-title"].format_map(values), detail


def _mistake(iteration: Iteration) -> str:
    """Sentence on a single digit that the network takes for another; "" for any other batch."""
    labels, before = iteration.labels, iteration.outcome_before
    if labels is None or before is None or len(labels) != 1:
        return ""
    label, probabilities = int(labels[0]), before.probabilities[0]
    answer = int(probabilities.argmax())
    if answer == label or not np.isfinite(probabilities).all():
        return ""
    return TEXT["batch-misread"].format(label=label, answer=answer)


def _optimizer(setup: Setup) -> str:
    """Name of the optimizer in a sentence."""
    return TEXT.get(f"optimizer-{setup.optimizer}", setup.optimizer)


def _counts(iteration: Iteration) -> str:
    """Sentences on how many parameters the step changed, counted in the record."""
    counted = update_table.changes(iteration)
    if counted is None:
        return TEXT["step-uncounted"]
    used = optimizers.find(iteration.setup.optimizer, iteration.setup.weight_decay)
    why = "decay" if used.decays else "memory"
    if used.couples:
        why = "coupled" if used.state else "coupled-alone"
    sentences = [
        (TEXT["step-changed"], True, counted.changed),
        (TEXT["step-without"], counted.without, counted.without),
        (TEXT["step-zero" if counted.zero else "step-no-zero"], True, counted.zero),
        (TEXT[f"step-zero-changed-{why}"], counted.zero_changed, counted.zero_changed),
        (TEXT["step-kept" if iteration.setup.lr else "step-rate-0"], counted.kept, counted.kept),
    ]
    return " ".join(
        sentence.format(count=grouped(count), total=grouped(counted.total), optimizer=_optimizer(iteration.setup))
        for sentence, said, count in sentences
        if said
    )


def _operation(iteration: Iteration, index: int) -> tuple[str, str, str]:
    operation = iteration.operations[index]
    layer = operation.layer
    values = {
        "name": operation.name,
        "kind": operation.kind,
        "sources": ", ".join(operation.sources),
        "shape": shape(operation.output.shape[1:]),
        "kernel": shape(layer.kernel) if layer and layer.kernel else "",
        "count": operation.output.shape[1] if len(operation.output.shape) > 1 else 1,
    }
    known = kinds.of(layer) if layer else kinds.KINDS.get(operation.kind)
    if operation.name.endswith(SUFFIX):
        words = TEXT["forward-off"]
    elif layer is not None and kinds.in_training(layer) and known:
        words = text(f"kind_{known.name}")["forward-training"]
        values |= _in_training(iteration, operation)
    else:
        words = (
            text(f"kind_{known.name}")["forward"] if known else TEXT.get(f"forward-{operation.kind}", TEXT["forward"])
        )
    detail = words.format_map(values)
    if operation.output.state != "finite":
        detail += " " + TEXT[operation.output.state]
    return operation.name, TEXT["forward-title"].format_map(values), detail


def _in_training(iteration: Iteration, operation: Operation) -> dict[str, object]:
    """Numbers of a batch norm or a dropout in training mode, for its sentence."""
    settings = dict(operation.layer.settings) if operation.layer else {}
    found: dict[str, object] = {"momentum": number(settings.get("momentum")), "p": number(settings.get("p"))}
    if "momentum" in settings:
        return found | {"numbers": grouped(operation.output.size // operation.output.shape[1])}
    mask = dropout_masks.of(iteration, operation.name)
    size = 0 if mask is None else mask.size
    seen = np.empty(0) if mask is None else mask[~np.isnan(mask)]
    factor = 1 / (1 - settings["p"]) if settings["p"] < 1 else 0.0
    return found | {
        "factor": number(factor),
        "dropped": grouped(int((seen == 0).sum())),
        "numbers": grouped(seen.size) if seen.size == size else TEXT["numbers-seen"].format(count=grouped(seen.size)),
    }


def _is_trained(iteration: Iteration, node: Node) -> bool:
    """True if a node was made by a layer in training mode."""
    operation = iteration.by_name.get(node.operation or "")
    return operation is not None and operation.layer is not None and kinds.in_training(operation.layer)


def _node(iteration: Iteration, node: Node) -> tuple[str, str, str]:
    arrived = node.arrived[0] if node.arrived else None
    values = {
        "title": node.title,
        "operation": node.operation or "",
        "parameter": node.parameter or TEXT["leaf"],
        "norm": number(arrived.norm if arrived else None),
        "shape": shape(arrived.shape if arrived else ()),
        "order": (node.order or 0) + 1,
    }
    known, title = kinds.of_node(node.name), node.title.rstrip("0123456789")
    if node.operation == LOSS:  # its gradient depends on the loss that it is a part of
        words = TEXT.get(f"backward-{iteration.setup.loss}-{title}", TEXT["backward"])
    elif known:
        own = text(f"kind_{known.name}")
        words = own.get("backward-training", own["backward"]) if _is_trained(iteration, node) else own["backward"]
    elif _is_trained(iteration, node):  # on the CPU, dropout is a product with its mask
        words = text(f"kind_{dropout_masks.KIND}")["backward"]
    else:
        words = TEXT.get(f"backward-{title}", TEXT["backward"])
    detail = words.format_map(values)
    if arrived is None:
        detail = TEXT["backward-none"].format_map(values)
    elif arrived.state != "finite":
        detail += " " + TEXT[arrived.state]
    return node.title, TEXT["backward-title-leaf" if node.is_leaf else "backward-title"].format_map(values), detail
