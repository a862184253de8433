"""The recorded graph is PyTorch's own: nodes, edges, expressions, what was saved, and the gradients that flowed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.digits import batch
from lenet.errors import InputError
from lenet.networks import models, resnet
from lenet.record import graph
from lenet.record.graph import Graph, Node
from lenet.record.graph_walk import walk
from lenet.record.iteration import Iteration, Setup
from lenet.record.presets import PRESETS
from lenet.record.recorder import record
from tests.lenet.record import odd_models

TWO = batch.of_mnist([0, 1], 32)
NAMES = [
    *("MseLossBackward0", "AddmmBackward0", "ReluBackward0", "AddmmBackward0", "ReluBackward0", "AddmmBackward0"),
    *("ViewBackward0", "MaxPool2DWithIndicesBackward0", "ReluBackward0", "ConvolutionBackward0"),
    *("MaxPool2DWithIndicesBackward0", "ReluBackward0", "ConvolutionBackward0"),
]
"""The chain of the notes, from the loss on."""


def recorded(model: nn.Module, setup: Setup | None = None) -> Iteration:
    models.initialize(model, torch.Generator().manual_seed(0))
    found = record(model.eval(), TWO.inputs, TWO.labels, setup or Setup())
    assert found.failure is None
    return found


def graph_of(found: Iteration) -> Graph:
    assert found.graph is not None
    return found.graph


LENET = recorded(models.LeNet5())
MSE = recorded(models.LeNet5(), Setup("mse", "count"))
ALL = {
    "LeNet5": LENET,
    "MSE": MSE,
    "out": recorded(models.LeNet5(), Setup("none", "random")),
    "LightNet": recorded(models.LightNet()),
    **{
        kind.__name__: recorded(kind())
        for kind in (
            odd_models.Shared,
            odd_models.Tied,
            odd_models.InPlace,
            odd_models.Normed,
            odd_models.GivesBack,
            odd_models.Halves,
            odd_models.OwnFunction,
        )
    },
}
every = pytest.mark.parametrize("found", ALL.values(), ids=ALL.keys())


class Meeting(nn.Module):
    """Two paths that meet in a sum; the sigmoid's is the one that runs last."""

    input_size = 32

    def __init__(self, swapped: bool) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(32 * 32, 10), nn.Linear(32 * 32, 10)
        self.swapped = swapped

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tanh = self.first(x.flatten(1)).tanh()
        sigmoid = self.last(x.flatten(1)).sigmoid()
        return sigmoid + tanh if self.swapped else tanh + sigmoid


def array(values: Any) -> np.ndarray[Any, Any]:
    assert values is not None
    assert values.array is not None
    found: np.ndarray[Any, Any] = values.array
    return found


def test_the_nodes_of_lenet_with_mse() -> None:
    found = graph_of(MSE)
    assert Counter(node.name for node in found.nodes) == Counter(
        [*NAMES, *["torch::autograd::AccumulateGrad"] * 10, *["TBackward0"] * 3]
    )
    assert len(found.edges) == 25  # a tree: every node but the root is reached once
    assert [found.nodes[index].name for index in found.chain()] == NAMES
    assert {node.parameter for node in found.nodes if node.is_leaf} == dict(models.LeNet5().named_parameters()).keys()


def test_the_nodes_of_lenet_with_cross_entropy_and_without_a_loss() -> None:
    chain = [graph_of(LENET).nodes[index] for index in graph_of(LENET).chain()]
    assert [node.name for node in chain] == ["NllLossBackward0", "LogSoftmaxBackward0", *NAMES[1:]]
    assert [node.operation for node in chain[:3]] == ["loss", "loss", "fc3"]
    out = graph_of(ALL["out"])
    assert [out.nodes[index].name for index in out.chain()] == NAMES[1:]
    assert out.expression(0) == "out.grad_fn"
    assert np.array_equal(array(out.nodes[0].arrived[0]), ALL["out"].target)


@pytest.mark.parametrize("swapped", [False, True])
def test_where_paths_meet_the_chain_follows_the_one_that_ran_last(swapped: bool) -> None:
    found = graph_of(recorded(Meeting(swapped)))
    chain = [found.nodes[index].name for index in found.chain()]
    assert chain[-3:] == ["AddBackward0", "SigmoidBackward0", "AddmmBackward0"]


def test_what_the_notes_take_for_relu_is_the_biass_accumulate_grad() -> None:
    found = graph_of(MSE)
    bias = found.nodes[found.find("loss.grad_fn.next_functions[0][0].next_functions[0][0]")]
    assert (bias.title, bias.parameter) == ("AccumulateGrad", "fc3.bias")
    relu = found.nodes[found.find("loss.grad_fn.next_functions[0][0].next_functions[1][0]")]
    assert (relu.title, relu.operation) == ("ReluBackward0", "relu4")


@every
def test_an_expression_leads_back_to_its_node(found: Iteration) -> None:
    whole = graph_of(found)
    for node in whole.nodes:
        assert whole.find(whole.expression(node.index)) == node.index
        assert whole.find(whole.expression(node.index).replace(".", " .\n ")) == node.index
    for edge in whole.edges:
        assert whole.find(f"{whole.expression(edge.source)}.next_functions[{edge.slot}][0]") == edge.target


def test_the_expressions_of_a_deep_graph_and_of_a_wide_one_lead_back() -> None:
    deep = start = torch.ones(2, requires_grad=True)
    for _ in range(2000):
        deep = deep * 1.001
    found = walk(deep)
    expression = found.expression(len(found.nodes) - 1)
    assert len(expression) > 40_000
    assert found.find(expression) == len(found.nodes) - 1
    assert found.find(expression.replace(".", " .\n")) == len(found.nodes) - 1
    with pytest.raises(InputError, match="leads to no node"):
        found.find(expression + ".next_functions[0][0]")
    wide = walk(torch.cat([start * number for number in range(10_001)]))
    for index in (0, 1, 5000, len(wide.nodes) - 1):
        assert wide.find(wide.expression(index)) == index
    assert wide.find("out.grad_fn.next_functions[10000][0]") == 10_001


def test_pytorch_evaluates_the_expressions_to_the_same_nodes() -> None:
    for model, setup in (
        (models.LeNet5(), Setup("mse", "count")),
        (odd_models.Normed(), Setup("cross_entropy", "label")),
        (resnet.resnet18(0), Setup("cross_entropy", "label")),
    ):
        inputs = batch.of_noise(0, 32, 3 if hasattr(model, "layer1") else 1).inputs
        found = graph_of(record(model.eval(), inputs, np.array([3]), setup, keep=0))
        out = model(torch.from_numpy(inputs))
        target = torch.arange(1.0, 11.0)[None]
        loss = F.mse_loss(out, target) if setup.loss == "mse" else F.cross_entropy(out, torch.tensor([3]))
        names = {id(p): name for name, p in model.named_parameters()}
        reached = set()
        for node in found.nodes:
            function = eval(found.expression(node.index), {"loss": loss})
            reached.add(function)
            assert function.name() == node.name
            assert len(function.next_functions) >= len(found.by_source[node.index])
            assert names.get(id(getattr(function, "variable", None))) == node.parameter
            assert node.shapes == tuple(tuple(data.shape) for data in function._input_metadata)
            for edge in found.by_source[node.index]:
                assert function.next_functions[edge.slot][1] == edge.output
        assert len(reached) == len(found.nodes)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "loss",
        "loss.grad_fn.",
        "out.grad_fn",
        "loss.grad_fn.next_functions[0]",
        "loss.grad_fn.next_functions[0][1]",
        "loss.grad_fn.next_functions[-1][0]",
        "loss.grad_fn.next_functions[1234567890][0]",
        "loss.grad_fn.next_functions[0][0].name()",
        "__import__('os')",
        "loss.grad_fn" + ".next_functions[0][0]" * 100_000,
        "loss.grad_fn" + " " * 1_000_000 + ".next_functions[0][0]",  # not cut off where the spaces end
    ],
)
def test_an_expression_that_is_none_is_refused(expression: str) -> None:
    with pytest.raises(InputError, match=r"does not reach a node\. Write loss\.grad_fn"):
        graph_of(MSE).find(expression)


@pytest.mark.parametrize(
    "steps", [".next_functions[7][0]", ".next_functions[99999][0]", *[".next_functions[0][0]" * n for n in (4, 500)]]
)
def test_an_expression_that_leads_nowhere_says_from_where(steps: str) -> None:
    with pytest.raises(InputError, match="leads to no node") as caught:
        graph_of(MSE).find("loss.grad_fn" + steps)
    assert str(caught.value).startswith("loss.grad_fn")


@every
def test_backward_ran_every_node_after_all_that_lead_to_it(found: Iteration) -> None:
    nodes = graph_of(found).nodes
    assert sorted(node.order for node in nodes) == list(range(len(nodes)))
    assert nodes[0].order == 0
    for edge in graph_of(found).edges:
        assert nodes[edge.source].order < nodes[edge.target].order


@every
def test_what_arrives_is_the_sum_of_what_left(found: Iteration) -> None:
    whole = graph_of(found)
    for node in whole.nodes[1:]:
        for output, arrived in enumerate(node.arrived):
            sent = [
                array(whole.nodes[edge.source].left[edge.slot]).astype(float)
                for edge in whole.edges
                if (edge.target, edge.output) == (node.index, output)
                and whole.nodes[edge.source].left[edge.slot] is not None
            ]
            if arrived is None:
                assert not sent
                continue
            assert arrived.shape == node.shapes[output]
            total = sum(sent)
            # The engine reduces what it hands over to the receiver's shape, as a bias needs it.
            total = (
                total.sum(axis=tuple(range(total.ndim - len(arrived.shape)))) if total.shape != arrived.shape else total
            )
            np.testing.assert_allclose(array(arrived), total, rtol=1e-5, atol=1e-7)


@every
def test_edges_say_what_flows_along_them(found: Iteration) -> None:
    whole = graph_of(found)
    assert [(e.source, e.slot) for e in whole.edges] == sorted((e.source, e.slot) for e in whole.edges)
    for edge in whole.edges:
        assert edge.shape == whole.nodes[edge.target].shapes[edge.output]
    assert sum(map(len, whole.by_source.values())) == len(whole.edges)
    assert {node.index for node in whole.nodes} == {0} | {edge.target for edge in whole.edges}


@every
def test_the_gradient_of_a_parameter_is_what_arrived_at_its_leaf(found: Iteration) -> None:
    leaves = [node for node in graph_of(found).nodes if node.is_leaf]
    assert {node.parameter for node in leaves} == found.gradients.keys()
    for node in leaves:
        assert node.parameter is not None
        assert np.array_equal(array(node.arrived[0]), array(found.gradients[node.parameter]))
        assert node.sequence is None


def test_the_identities_of_the_notes() -> None:
    for found in (LENET, MSE, ALL["LightNet"]):
        for name in ("conv1", "conv2"):
            arrived = array(found.gradient_of(name))
            np.testing.assert_allclose(
                array(found.gradients[f"{name}.bias"]), arrived.sum((0, 2, 3)), rtol=1e-4, atol=1e-7
            )
        for name in ("fc1", "fc2", "fc3"):
            arrived = array(found.gradient_of(name))
            np.testing.assert_allclose(array(found.gradients[f"{name}.bias"]), arrived.sum(0), rtol=1e-5, atol=1e-7)
        for name, operation in found.by_name.items():
            if name.startswith("relu"):  # a dead unit passes nothing on
                before = array(found.by_name[operation.sources[0]].output)
                passed = array(found.gradient_of(operation.sources[0]))
                assert not passed[before <= 0].any()
                assert np.array_equal(passed[before > 0], array(found.gradient_of(name))[before > 0])
    before = LENET.outcome_before
    assert before is not None
    logits = (before.probabilities - np.eye(10)[TWO.labels]) / 2
    np.testing.assert_allclose(array(LENET.gradient_of("fc3")), logits, rtol=1e-5, atol=1e-7)
    assert MSE.outcome_before is not None
    difference = 2 * (MSE.outcome_before.logits - np.arange(1, 11)) / 20
    np.testing.assert_allclose(array(MSE.gradient_of("fc3")), difference, rtol=1e-5)


def one(found: Iteration, title: str, operation: str) -> Node:
    (node,) = [n for n in graph_of(found).nodes if n.title == title and n.operation == operation]
    return node


def test_saved_tensors_are_recognised() -> None:
    saved = {s.name: s for s in one(LENET, "AddmmBackward0", "fc1").saved}
    weight = saved["mat2"]
    assert (weight.parameter, weight.transposed) == ("fc1.weight", True)
    assert np.array_equal(array(weight.values), array(LENET.before.parameters["fc1.weight"]).T)
    assert (saved["mat1"].operation, saved["mat1"].parameter) == ("pool2", None)  # seen through a view
    assert array(saved["mat1"].values).shape == (2, 400)
    assert saved["mat1_sym_sizes"].value == (2, 400)
    conv = {s.name: s for s in one(LENET, "ConvolutionBackward0", "conv1").saved}
    assert (conv["weight"].parameter, conv["weight"].transposed) == ("conv1.weight", False)
    assert conv["input"].operation == "input"
    assert np.array_equal(array(conv["input"].values), TWO.inputs)
    assert (conv["stride"].value, conv["transposed"].value) == ((1, 1), False)
    relu = {s.name: s for s in one(LENET, "ReluBackward0", "relu1").saved}
    assert relu["result"].operation == "relu1"
    assert relu["result"].values is LENET.by_name["relu1"].output
    pool = {s.name: s for s in one(LENET, "MaxPool2DWithIndicesBackward0", "pool1").saved}
    assert pool["self"].operation == "relu1"
    assert pool["result1"].values is not None
    assert pool["result1"].values.dtype == "int64"
    loss = {s.name: s for s in one(LENET, "NllLossBackward0", "loss").saved}
    assert loss["ignore_index"].value == -100
    assert np.array_equal(array(loss["target"].values), TWO.labels)


def test_saved_tensors_are_those_from_before_the_step() -> None:
    for found in ALL.values():
        for node in graph_of(found).nodes:
            for saved in node.saved:
                if saved.parameter is not None and saved.values is not None:
                    old = array(found.before.parameters[saved.parameter])
                    assert np.array_equal(array(saved.values), old.T if saved.transposed else old)


def test_where_nodes_come_from() -> None:
    conv = one(LENET, "ConvolutionBackward0", "conv2")
    assert (conv.module, conv.operation) == ("conv2", "conv2")
    assert conv.source is not None
    assert (conv.source.file, conv.source.function) == ("lenet/networks/models.py", "forward")
    assert conv.source.text == "x = F.max_pool2d(F.relu(self.conv2(x)), 2)"
    assert one(LENET, "ReluBackward0", "relu1").module == ""
    assert one(LENET, "TBackward0", "fc1").module == "fc1"
    assert one(LENET, "NllLossBackward0", "loss").source is None
    block = graph_of(record(resnet.resnet18(0), batch.of_noise(0, 32, 3).inputs, np.array([1]), Setup(), keep=0))
    (node,) = [n for n in block.nodes if n.operation == "layer2.0.downsample.0" and not n.is_leaf]
    assert (node.module, node.title) == ("layer2.0.downsample.0", "ConvolutionBackward0")
    assert node.source is not None
    assert node.source.file == "torchvision/models/resnet.py"
    assert node.source.text == "identity = self.downsample(x)"


def test_a_node_belongs_to_the_call_that_made_it() -> None:
    found = ALL["GivesBack"]
    made = {(n.title, n.operation) for n in graph_of(found).nodes if not n.is_leaf}
    assert {("ConvolutionBackward0", "conv1"), ("ConvolutionBackward0", "conv2"), ("ReluBackward0", "relu1")} <= made
    for node in graph_of(found).nodes:
        if node.parameter is not None:
            assert node.operation == node.parameter.rpartition(".")[0]


def test_what_the_model_made_last_is_not_the_losss() -> None:
    (own,) = [node for node in graph_of(ALL["OwnFunction"]).nodes if node.title == "DoubleBackward"]
    assert (own.operation, own.module) == ("Double1", "")
    assert [graph_of(ALL["OwnFunction"]).nodes[index].title for index in graph_of(ALL["OwnFunction"]).chain()] == [
        *("NllLossBackward0", "LogSoftmaxBackward0", "DoubleBackward", "AddmmBackward0")
    ]


def test_an_output_that_nobody_reads_gets_no_gradient() -> None:
    (split,) = [node for node in graph_of(ALL["Halves"]).nodes if len(node.shapes) == 2]
    assert split.arrived[0] is not None
    assert split.arrived[1] is None
    assert split.shapes == ((2, 10), (2, 10))


def test_a_layer_that_runs_twice_has_one_leaf_with_two_edges() -> None:
    whole = graph_of(ALL["Shared"])
    (leaf,) = [node for node in whole.nodes if node.parameter == "inner.bias"]
    assert len([edge for edge in whole.edges if edge.target == leaf.index]) == 2
    assert [operation.name for operation in ALL["Shared"].operations if operation.kind == "linear"] == [
        "inner",
        "inner (2)",
        "last",
    ]


def test_folded_by_calls() -> None:
    groups = graph.fold(graph_of(LENET))
    assert [group.name for group in groups] == [
        *("loss", "fc3", "relu4", "fc2", "relu3", "fc1", "view1", "pool2", "relu2", "conv2", "pool1", "relu1", "conv1")
    ]
    titles = [graph_of(LENET).nodes[index].title for index in groups[1].nodes]
    assert sorted(titles) == ["AccumulateGrad", "AccumulateGrad", "AddmmBackward0", "TBackward0"]
    assert sorted(index for group in groups for index in group.nodes) == list(range(27))


@pytest.mark.parametrize("name", list(PRESETS))
def test_the_notes_chains(name: str) -> None:
    preset = PRESETS[name]
    model = preset.model()
    inputs = preset.batch(models.input_size(model))
    whole = graph_of(record(model, inputs.inputs, inputs.labels, preset.setup))
    chain = [whole.nodes[index].name for index in whole.chain()]
    if preset.network == "DigitCNN":
        assert [name for name in chain if name.startswith("Conv")] == ["ConvolutionBackward0"] * 3
        assert chain[:3] == ["NllLossBackward0", "LogSoftmaxBackward0", "AddmmBackward0"]
    else:
        assert chain == NAMES
