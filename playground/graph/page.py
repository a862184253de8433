"""The Graph page: the grad_fn graph of the recorded iteration, from the loss to the leaves."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.explain import recorded_layers
from lenet.networks.kinds import SPLITS
from lenet.record.experiment import NOISE, RANDOM, Experiment, Input, Weights
from lenet.record.graph import Graph
from lenet.record.iteration import Iteration
from lenet.scripts import page_scripts
from playground import heading, kept_values, location, notices, session
from playground.code_button import code_button
from playground.components.graph_view import boxes, graph_view, picked
from playground.components.graph_view.boxes import Drawn
from playground.components.network_view import Unit, network_view, opened_unit
from playground.components.walk_strip import picked_step, walk_strip
from playground.experiment import ablation, bar, link, recording, run_step, settings
from playground.experiment.step_line import step_line
from playground.graph import walk
from playground.graph.node_panel import node_panel
from playground.graph.question import question
from playground.graph.resnet_recording import SEED, SETUP, large, noise, resnet18
from playground.graph.saved_memory_panel import saved_memory_panel
from playground.markdown import literal
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("graph")
OWN: Final = "own"
RESNET: Final = "resnet18"
SOURCE: Final = "of"  # query parameter: which graph
NODE: Final = "node"  # query parameter: the selected node
VIEWED: Final = "view"  # query parameter: a box for each node, or folded
VIEWS: Final = {"folded": False, "every": True}
EVERY: Final = "graph-every"
CHOSEN: Final = "graph-source"
VIEW: Final = "graph"
STRIP: Final = "walk"
PICTURE: Final = "graph-picture"
FEW: Final = 24
"""Largest number of nodes in a chain that is written out."""


def show() -> None:
    """Show the page."""
    words = heading.show(TEXT["title"])
    with st.container(horizontal=True):
        # Streamlit's own binding would put the label into the address.
        asked = st.query_params.get(SOURCE, OWN if NODE in st.query_params else None)
        if asked not in (None, OWN, RESNET):
            notices.warn(TEXT["address"].format(choices=f"{OWN}, {RESNET}"))
        one = kept_values.among((OWN, RESNET))
        kept_values.keep(CHOSEN, OWN, one, one(asked))
        source = st.segmented_control(
            TEXT["source"],
            [OWN, RESNET],
            required=True,
            format_func=lambda name: TEXT[f"source-{name}"],
            key=CHOSEN,
            label_visibility="collapsed",
            width="content",
        )
    source = source or OWN
    if asked is not None and asked != source:
        location.put({}, (NODE,))  # a node of the other graph
    location.put({SOURCE: source} if source == RESNET else {}, (SOURCE,))
    words.markdown(TEXT[f"introduction-{source}"])
    if source == RESNET:
        settings.put_away()
        with st.sidebar:
            st.info(TEXT["sidebar-resnet18"], icon=":material/info:")
        with st.spinner(TEXT["recording"], show_time=True):
            recorded, revision = large(), 0
        experiment = Experiment(RESNET, Weights(RANDOM, SEED), Input(NOISE, noise=SEED), 0, SETUP)
        code = partial(page_scripts.graph, resnet18(), page_scripts.resnet18(SEED), noise(), experiment)
        without = ""
    else:
        recording = bar.show("graph")
        if recording is None:
            return
        st.markdown(step_line(recording))
        recorded, revision = recording.iteration, recording.revision
        network = recording.network
        without = run_step.without_script(recording)
        code = partial(page_scripts.graph, network.model, network.script, recording.batch, recording.experiment)
    if recorded.graph is None:
        st.info(TEXT["no-graph"])
        return
    explore(source, recorded, recorded.graph, revision)
    code_button(code, TEXT["code"], "graph", without)


@st.fragment
def explore(source: str, recorded: Iteration, graph: Graph, revision: int) -> None:
    """Show the graph and its panels; only this fragment runs again when a node is selected."""
    asked = st.query_params.get(VIEWED)
    if asked is not None and asked not in VIEWS:
        notices.warn(TEXT["address-view"].format(choices=", ".join(VIEWS)))
    every = kept_values.keep(EVERY, False, kept_values.flag, VIEWS.get(asked or ""))
    drawn = boxes.every_node(graph) if every else boxes.folded(graph)
    node = take_picks(source, recorded, graph, drawn)
    location.put({NODE: str(node), VIEWED: next(name for name, one in VIEWS.items() if one == every)}, (NODE, VIEWED))
    steps, at = walk.walk(graph, node)
    walk_strip(key=STRIP, steps=[step for _, step in steps], at=at)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        st.segmented_control(
            TEXT["fold"],
            [False, True],
            required=True,
            format_func=lambda every: TEXT["every-node" if every else "folded"],
            key=EVERY,
            label_visibility="collapsed",
        )
        graph_view(
            key=VIEW, boxes=drawn.boxes, arrows=drawn.arrows, selected=drawn.box_of(node), revision=revision, height=660
        )
        if len(graph.chain()) <= FEW:
            st.caption(TEXT["forwards"].format(chain=" → ".join(walk.forwards(graph))))
        question(source, graph, partial(select, source))
    with right:
        find(source, graph, node, revision)
        choose_inside(source, graph, drawn, node)
        whole = large((node,)).graph if source == RESNET else graph
        node_panel(whole or graph, node)
    saved_memory_panel(graph, source)
    if source == OWN:
        picture(recorded, graph, node, revision)


def take_picks(source: str, recorded: Iteration, graph: Graph, drawn: Drawn) -> int:
    """Apply the visitor's picks in the graph, the walk and the network's picture; return the selected node."""
    node = selected(source, graph)
    steps, _ = walk.walk(graph, node)
    box = picked(VIEW, drawn.members)
    step = picked_step(STRIP, len(steps))
    unit = opened_unit(PICTURE, recorded.layers) if source == OWN else None
    if box is not None:
        node = drawn.members[box][0]
    elif step is not None:
        node = steps[step][0]
    elif unit is not None and unit != visitor().graph.unit:
        found = recorded.node_of(unit.layer)
        node = node if found is None else found.index
    visitor().graph.unit = unit
    select(source, node)
    return node


def selected(source: str, graph: Graph) -> int:
    """Index of the selected node; before any selection, the last layer with weights."""
    chain = graph.chain()
    first = next((index for index in chain if graph.nodes[index].name in SPLITS), chain[0])
    key, last, typed = f"graph-node-{source}", len(graph.nodes) - 1, st.query_params.get(NODE)
    one = kept_values.whole(0, last)
    asked = None if typed is None else one(link.read_stop(typed))
    # No warning: the node in the address may be missing just because another network was chosen.
    if typed is not None and asked is None and (key not in visitor().memory.kept or location.went_back()):
        notices.warn(TEXT["address-node"].format(last=last))
    return kept_values.keep(key, first, one, asked, widget=False)


def select(source: str, node: int) -> None:
    """Select a node."""
    visitor().memory.kept[f"graph-node-{source}"] = node


def find(source: str, graph: Graph, node: int, revision: int) -> None:
    """Show a field for an expression that leads to a node. The text stays as long as its node is selected."""
    own, state = visitor().graph, st.session_state
    if own.found != (source, revision, node) or "graph-expression" not in state:
        state["graph-expression"], own.problem = "", None
    own.found = source, revision, node

    def go() -> None:
        own.problem = None
        expression = state["graph-expression"]
        if expression.strip():
            try:
                found = graph.find(expression)
                select(source, found)
                own.found = source, revision, found
            except InputError as problem:
                own.problem = problem

    start = f"{graph.root}.grad_fn.next_functions[0][0]"
    longest = graph.longest_expression
    st.text_input(TEXT["expression"], key="graph-expression", placeholder=start, max_chars=longest, on_change=go)
    if own.problem:
        st.error(literal(own.problem), icon=":material/error:")


def choose_inside(source: str, graph: Graph, drawn: Drawn, node: int) -> None:
    """Show a choice of the nodes in a folded box."""
    box = drawn.box_of(node)
    nodes = drawn.members[box]
    if len(nodes) == 1:
        return
    key = f"graph-inside-{source}-{box}"
    st.session_state[key] = node

    def label(index: int) -> str:
        inside = graph.nodes[index]
        return f"{inside.title} · {inside.parameter}" if inside.parameter else inside.title

    def go() -> None:
        if st.session_state[key] is not None:
            select(source, st.session_state[key])

    st.pills(TEXT["inside"], nodes, format_func=label, key=key, on_change=go)


def picture(recorded: Iteration, graph: Graph, node: int, revision: int) -> Unit | None:
    """Show the network with the selected node's layer marked; a click on a map selects that layer's node."""
    passed, shown = recorded_layers.passed(recorded), recording.current()
    if passed is None:
        return None
    if shown is not None and ablation.take(PICTURE, session.current()):
        st.rerun()
    st.caption(TEXT["picture"])
    operation = graph.nodes[node].operation
    layer = next((layer.name for layer in recorded.layers if layer.name == operation), None)
    return network_view(
        key=PICTURE,
        layers=recorded.layers,
        passed=passed,
        revision=revision,
        numbers=recorded_layers.numbers(recorded),
        marked=layer,
        off=None if shown is None else ablation.shown(shown.network, recorded.layers),
    )


show()
