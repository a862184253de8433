"""Contents of the file: what each part of its page shows, from the recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Final

import numpy as np

from lenet.explain import recorded_layers
from lenet.record import modes
from lenet.record.arrays import Values
from lenet.record.graph import Graph, Node
from lenet.record.iteration import Iteration
from lenet.record.losses import LOSSES
from playground.components.graph_view import boxes, graph_data
from playground.components.graph_view.boxes import Drawn
from playground.components.graph_view.node_words import work_of
from playground.components.network_view import Unit, network_data, unit_data
from playground.components.network_view.step_data import RecordedStep
from playground.components.packing import pack
from playground.components.step_view import step_data
from playground.experiment import loss_table, missing_gradients, stop_words
from playground.experiment.recording import Recording
from playground.experiment.step_line import loss_name
from playground.export.unit_cuts import cut_units
from playground.network_title import weights_title
from playground.number_words import distinct, grouped, number, shape
from playground.text import text

TEXT: Final = text("export")
BAR: Final = text("iteration_bar")
SIDEBAR: Final = text("sidebar")
SPARE: Final = 84
"""Pixels to leave free under the network's picture, for its legend."""
HEIGHT: Final = 560
"""Height of the graph in pixels."""

Part = dict[str, object]


def page(made: Recording) -> Part:
    """Settings, tables and all other parts of the page, see `Contents` in host.js."""
    done = made.iteration
    return {
        "title": TEXT["title"].format(step=made.steps, network=made.network.title),
        "settings": [list(pair) for pair in settings(made)],
        "digits": [_digit(made, place) for place in range(done.shown)],
        "losses": [_loss(done, place) for place in range(done.shown)],
        "outcome": _outcome(done),
        "remarks": [*filter(None, [_failure(done), *missing_gradients.sentences(done)])],
        **_player(made),
        **_graph(done),
        **(parameters := _parameters(done)),
        **_networks(made, parameters),
    }


def settings(made: Recording) -> Iterator[tuple[str, str]]:
    """Names and values of the iteration's settings."""
    setup, experiment, network = made.setup, made.experiment, made.network
    targets = LOSSES[setup.loss].targets
    weights = weights_title(network.own, network.weights)
    yield SIDEBAR["network"], network.title
    seeded = TEXT["random"].format(weights=weights, seed=network.seed)
    yield SIDEBAR["weights"], seeded if network.weights == "random" else weights
    if network.off:
        yield TEXT["off"], ", ".join(f"{one.layer}.{one.index}" for one in network.off)
    detail = ", ".join(map(str, experiment.input.digits)) if experiment.input.source == "mnist" else ""
    yield BAR["input"], f"{BAR[f'input-{_shown_source(experiment.input.source)}']} {detail}".strip()
    if made.batch.labels is not None:
        yield BAR["label"], ", ".join(map(str, made.batch.labels.tolist()))
    yield BAR["loss"], BAR[f"loss-{setup.loss}"]
    yield BAR["target"], BAR[f"target-{targets[setup.target].form}"]
    yield BAR["optimizer"], BAR.get(f"optimizer-{setup.optimizer}", setup.optimizer)
    yield BAR["lr"], f"{setup.lr:g}"
    if setup.weight_decay is not None:
        yield BAR["weight-decay"], f"{setup.weight_decay:g}"
    yield BAR["zero-grad"], BAR[f"zero-grad-{setup.zero_grad}"]
    yield TEXT["mode"], f"{made.experiment.mode}()"
    if modes.differences(network.model).draws:
        yield BAR["mask-seed"], str(setup.mask_seed)
    yield "PyTorch", version("torch")


def _shown_source(source: str) -> str:
    """Key of an input's name in the bar's texts; a picture is a digit from the pad or a link."""
    return source if f"input-{source}" in BAR else "pad"


def _digit(made: Recording, place: int) -> str:
    labels = made.batch.labels
    return str(place) if labels is None else f"{place}: {labels[place]}"


def _failure(done: Iteration) -> str:
    failure = done.failure
    if failure is None:
        return ""
    phase = text("step_view")[f"phase_{failure.phase}"]
    return BAR["failed"].format(phase=phase, message=f"{failure.error}: {failure.message}")


def _loss(done: Iteration, digit: int) -> Part | None:
    """Computation of the loss for a digit; None where there is none."""
    outcome, target = done.outcome_before, done.target
    if outcome is None or target is None:
        return None
    rows = loss_table.rows(done, outcome, target, digit)
    return {
        "words": loss_table.sentence(done, outcome, digit),
        "rows": [[name, *cells] for name, cells in rows.items()],
    }


def _outcome(done: Iteration) -> Part | None:
    """Loss before and after the step; None where there is none."""
    before, after = done.outcome_before, done.outcome_after
    if before is None or after is None:
        return None
    words = text("step")
    return {
        "head": [words[name] for name in ("what", "value", "new", "change")],
        "rows": [
            [loss_name(done.setup), *distinct([before.loss, after.loss], 5), number(after.loss - before.loss)],
            [words["predicted"], "", "", number(done.predicted_change)],
        ],
    }


def _player(made: Recording) -> Part:
    frames = stop_words.frames(made.iteration, made.stops, made.listing)
    frames = [replace(frame, numbers=False) for frame in frames]  # the file has no panels of single stops
    return {"player": pack(step_data(frames=frames, listing=made.listing.lines, at=0, revision=made.revision))}


def _networks(made: Recording, parameters: Part) -> Part:
    """Picture of each digit, and what an opened map or unit shows; nothing where the layers aren't known."""
    done = made.iteration
    found: Part = {}
    # What an opened unit shows is in the file once for all digits, and each digit has masks of its own.
    masks = 0 if done.shown == 1 else None
    numbers = recorded_layers.numbers(done, masks)
    graded, step = False, None
    for digit in range(done.shown):
        passed = recorded_layers.passed(done, digit)
        if passed is None:
            return {}
        after, target = made.after(digit), recorded_layers.target(done, digit)
        step = RecordedStep(made.weights, after, recorded_layers.numbers_after(done, after, masks), target)
        data = network_data(
            layers=done.layers,
            passed=passed,
            revision=made.revision,
            numbers=numbers,
            gradients=recorded_layers.gradients(done, digit),
            follow="step",
            spare=SPARE,
            step=step,
        )
        graded = bool(data["graded"])
        found[f"network-{digit}"] = pack({**data, **unit_data(None, done.layers, numbers, graded=graded)})
    units = {
        f"{layer.name}-{channel}": (
            layer,
            channel,
            unit_data(Unit(layer.name, channel), done.layers, numbers, graded=graded, step=step),
        )
        for layer in done.layers
        for channel in range(layer.shape[0])
    }
    return found | cut_units(units, done.layers, list(done.before.parameters), parameters)


def _graph(done: Iteration) -> Part:
    graph = done.graph
    if graph is None:
        return {"nodes": []}
    views = {"folded": boxes.folded(graph), "every": boxes.every_node(graph)}
    found: Part = {f"graph-{name}": pack(_drawn(drawn)) for name, drawn in views.items()}
    return {
        **found,
        "members": {name: drawn.members for name, drawn in views.items()},
        "nodes": [_node(graph, node) for node in graph.nodes],
    }


def _drawn(drawn: Drawn) -> Part:
    return graph_data(boxes=drawn.boxes, arrows=drawn.arrows, selected=drawn.boxes[0].id, height=HEIGHT)


def _node(graph: Graph, node: Node) -> Part:
    """Facts about a node: pairs of name and value, the values as Markdown."""
    facts = [(TEXT["expression"], f"`{graph.expression(node.index)}`"), (TEXT["work"], work_of(node))]
    if node.source is not None:
        facts.append((TEXT["line"], f"`{node.source.text}`"))
    facts += [(TEXT["arrived"], _described(values)) for values in node.arrived or (None,)]
    for edge in graph.by_source[node.index]:
        left = node.left[edge.slot] if edge.slot < len(node.left) else None
        target = graph.nodes[edge.target]
        name = TEXT["left"].format(slot=edge.slot, name=target.parameter or target.title)
        facts.append((name, _described(left)))
    saved = [
        f"`{one.name}` {one.parameter or one.operation or ''} {shape(one.values.shape)}"
        for one in node.saved
        if one.values
    ]
    facts.append((TEXT["saved-tensors"], ", ".join(saved) or TEXT["nothing"]))
    return {"title": node.title, "facts": [list(fact) for fact in facts]}


def _described(values: Values | None) -> str:
    return (
        TEXT["none"] if values is None else TEXT["norm"].format(shape=shape(values.shape), norm=number(values.norm, 6))
    )


def _parameters(done: Iteration) -> Part:
    """Numbers of each parameter before the step, its gradient and after the step."""
    found: Part = {}
    described: list[Part] = []
    after: Mapping[str, Values] = done.after.parameters if done.after else {}
    for place, (name, before) in enumerate(done.before.parameters.items()):
        parts = {"before": before, "gradient": done.gradients.get(name), "after": after.get(name)}
        for part, values in parts.items():
            array = None if values is None else values.array
            if array is not None:
                found[f"parameter-{place}-{part}"] = np.ascontiguousarray(array, "<f4").tobytes()
        described.append(
            {
                "name": name,
                "shape": list(before.shape),
                "words": TEXT["parameter"].format(shape=shape(before.shape), count=grouped(_count(before))),
                "missing": missing_gradients.sentence(done, name),
            }
        )
    return {**found, "parameters": described}


def _count(values: Values) -> int:
    return int(np.prod(values.shape, dtype=np.int64))
