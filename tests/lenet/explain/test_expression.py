"""Typed expressions: PyTorch's own numbers for what is allowed, and a sentence for everything else."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.explain.expression import (
    CONSTANTS,
    CREATORS,
    FUNCTIONS,
    MAX_NUMBERS,
    MAX_OPERATIONS,
    MAX_TOTAL,
    METHODS,
    evaluate,
)
from lenet.record.arrays import Values
from tests.lenet.run_script import run_all

PARITY = [
    "x = tensor([[1., 2.], [3., 4.]])\ny = x + 2\nz = y * y * 3\nout = z.mean()",
    "x = tensor([[1., 2.], [3., 4.]])\nw = tensor([[0.5, -1.], [2., 0.]])\n(x @ w).relu().sum()",
    "x = randn(3, 4, seed=7)\nlog_softmax(x, 1)[1, 2]",
    "logits = randn(2, 3)\ncross_entropy(logits, tensor([0, 2]))",
    "x = linspace(-1, 1, 5)\n((x ** 3 - 2 * x) / 4).pow(2).mean()",
    "x = arange(1., 7.).reshape(2, 3)\n(x.T @ x).norm()",
    "x = ones(2, 3)\ny = x.detach() * x\ny[:, 1:].sum()",
    "x = tensor([3., -4.], requires_grad=True)\nc = ones(2, requires_grad=False)\nmse_loss(x, c)",
    "x = eye(3)\nx.softmax(dim=0).max()",
    "x = full((2, 2), 0.5)\nx.clamp(min=0.5, max=1).sum(dim=0, keepdim=True)",
    "x = tensor([-1., 0., 2.])\nsigmoid(x) + tanh(-x) * sqrt(abs(x))",
    "x = tensor([1., 2., 3.])\nx = x * x\nx = x * x\ndot(x, x[::2].sum() * ones(3, requires_grad=False))",
    "zeros(2).sqrt().sum()",
    "x = tensor([pi])\n-sin(x) / 0",
    "x = randn(1, 2, 6, 6)\nw = randn(3, 2, 3, 3, seed=1)\nb = zeros(3)\nconv2d(x, w, b, padding=1).relu().sum()",
    "x = randn(2, 6, 6)\nw = randn(4, 1, 3, 3, seed=1)\nconv2d(x, w, None, 2, (1, 0), 2, groups=2)",
    "x = randn(1, 2, 9)\nw = randn(3, 2, 3, seed=1)\nconv1d(x, w, stride=2).mean()",
    "x = randn(2, 3)\nw = randn(4, 3, seed=1)\nb = ones(4)\nlinear(x, w, b).pow(2).sum()",
    "x = randn(1, 2, 6, 6)\nmax_pool2d(x, 2).flatten(1).sum()",
    "x = randn(1, 1, 5, 5)\navg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True)",
    "x = randn(3, 2)\ncat([x, 2 * x], 1).prod(1) + stack((x, x))[0].logsumexp(dim=1)",
    "x = randn(4)\n(outer(x, x).diag() + maximum(x, -x) + mv(eye(4), x)).var()",
    "x = randn(2, 3)\nleaky_relu(x, 0.1) + elu(x) + gelu(x) + silu(x) + softplus(x) + logsigmoid(x)",
    "x = randn(2, 4)\nlayer_norm(x, [4]) * normalize(x, dim=1)",
    "x = randn(2, 3)\nnll_loss(log_softmax(x, 1), tensor([0, 2])) + l1_loss(x, zeros(2, 3, requires_grad=False))",
    "x = randn(3)\nbinary_cross_entropy_with_logits(x, ones(3, requires_grad=False))",
]


EMPTY_AND_LARGE = [
    "ones(0, 2**62)",
    "zeros(2**62, 0)",
    "full((0, 2**40), 1.)",
    "randn(0, 2**31)",
    "ones(2**20, 0, 2**20)",
    "eye(0, 2**62)",
    "zeros(0).view(0, 2**62)",
    "zeros(0).reshape(0, 2**31, 2**31)",
    "ones(5000, 0) @ ones(0, 5000)",
    "ones(5000, 0).view(5000, 1, 0) * ones(5000, 1)",
]


class Plain:
    """The names of the little language as PyTorch's own, for `eval`; it notes the leaves as they are made."""

    def __init__(self) -> None:
        self.leaves: list[Tensor] = []

    def names(self) -> dict[str, Any]:
        names: dict[str, Any] = {name: self.creator(name) for name in CREATORS}
        names |= {name: getattr(F if "functional" in full else torch, name) for name, full in FUNCTIONS.items()}
        return names | CONSTANTS | {"None": None}

    def creator(self, name: str) -> Any:
        def create(*args: Any, requires_grad: bool | None = None, seed: int = 0) -> Tensor:
            options = {"generator": torch.Generator().manual_seed(seed)} if name == "randn" else {}
            tensor: Tensor = getattr(torch, name)(*args, **options)
            tensor.requires_grad_(tensor.is_floating_point() if requires_grad is None else requires_grad)
            if tensor.requires_grad:
                self.leaves.append(tensor)
            return tensor

        return create


def plain(text: str) -> tuple[Tensor, list[Tensor]]:
    """Run the text by Python's own interpreter; return the last value, after backward, and the leaves."""
    own, value = Plain(), None
    names = own.names()
    for line in text.split("\n"):
        target, equals, source = line.partition(" = ") if " = " in line else ("", "", line)
        value = eval(source, {"__builtins__": {}}, names)  # a test's own text
        if equals:
            names[target] = value
    assert isinstance(value, Tensor)
    value.backward(torch.ones_like(value))
    return value, own.leaves


def agree(text: str) -> None:
    expected, leaves = plain(text)
    result = evaluate(text)
    np.testing.assert_array_equal(result.variables[-1].value.array, expected.detach().numpy())
    assert len(result.leaves) == len(leaves)
    for leaf, other in zip(result.leaves, leaves, strict=True):
        np.testing.assert_array_equal(leaf.value.array, other.detach().numpy())
        assert (leaf.grad is None) == (other.grad is None)
        if leaf.grad is not None and other.grad is not None:
            np.testing.assert_array_equal(leaf.grad.array, other.grad.numpy())


@pytest.mark.parametrize("text", PARITY)
def test_it_gives_what_pytorch_gives(text: str) -> None:
    agree(text)


def grow(choice: random.Random, depth: int) -> str:
    """A random expression of 2×2 tensors."""
    if depth == 0:
        return choice.choice(["x", "w", "x", "2.5", "3", "ones(2, 2)", "tensor([[1., -2.], [0.5, 3.]])"])
    one, other = grow(choice, depth - 1), grow(choice, choice.randrange(depth))
    forms = [f"({one} {sign} {other})" for sign in "+-*/"] + [
        f"(x + {one}) @ (w + {other})",
        f"-(x * {one})",
        f"(w + {one}) ** 2",
    ]
    forms += [f"(x * {one}).{name}()" for name in ("exp", "relu", "tanh", "sigmoid", "abs", "sin", "t", "square")]
    forms += [f"{name}(w - {one})" for name in ("cos", "relu", "exp", "tanh")]
    forms += [
        f"(x - {one}).softmax(1)",
        f"(x * {one}).reshape(4).view(2, 2)",
        f"(x + {one})[1:] * {other}",
        f"(w * {one}).mean()",
    ]
    return choice.choice(forms)


@pytest.mark.parametrize("seed", range(40))
def test_random_expressions_give_what_pytorch_gives(seed: int) -> None:
    choice = random.Random(seed)
    start = f"x = randn(2, 2, seed={seed})\nw = tensor([[0.5, -1.], [2., 1.]])\n"
    agree(f"{start}y = {grow(choice, 2)} + x\ny * {grow(choice, 2)} + w")


def test_the_graph_has_what_flowed_through_it_and_knows_the_text() -> None:
    result = evaluate("x = ones(2, 2)\ny = x + 2\n(y * y * 3).mean()")
    assert result.graph
    assert [node.title for node in result.graph.nodes] == [
        *("MeanBackward0", "MulBackward0", "MulBackward0", "AddBackward0", "AccumulateGrad")
    ]
    sources = [node.source.text if node.source else None for node in result.graph.nodes[:4]]
    assert sources == ["(y * y * 3).mean()", "y * y * 3", "y * y", "x + 2"]
    leaf = result.graph.nodes[-1]
    assert leaf.parameter == "x"
    assert leaf.arrived[0] is not None
    np.testing.assert_array_equal(leaf.arrived[0].array, np.full((2, 2), 4.5, np.float32))
    for edge in result.graph.edges:  # nothing here has two readers, so what left is what arrived
        left, arrived = result.graph.nodes[edge.source].left[edge.slot], result.graph.nodes[edge.target].arrived[0]
        if (edge.source, edge.target) != (2, 3):
            assert left is not None
            assert arrived is not None
            np.testing.assert_array_equal(left.array, arrived.array)
    y = result.variables[1]
    assert (y.name, y.is_leaf, y.grad, y.grad_fn) == ("y", False, None, "AddBackward0")


def test_what_has_no_gradient_is_shown_without_one() -> None:
    whole = evaluate("tensor([1, 2]) + 3")
    assert (whole.graph, whole.leaves, whole.variables[-1].requires_grad) == (None, (), False)
    leaf = evaluate("x = ones(2)")
    assert leaf.graph is None
    assert leaf.leaves[0].grad is not None
    unreached = evaluate("x = ones(2)\ny = ones(2)\ny.sum()")
    assert [variable.grad is None for variable in unreached.leaves] == [True, False]


@pytest.mark.parametrize("text", PARITY)
def test_what_the_script_says_can_be_typed(text: str) -> None:
    result = evaluate(text)
    again = evaluate("\n".join(result.lines))
    assert again.lines == result.lines
    assert again.script == result.script
    np.testing.assert_array_equal(again.variables[-1].value.array, result.variables[-1].value.array)
    for leaf, other in zip(again.leaves, result.leaves, strict=True):
        assert (leaf.name, leaf.grad is None) == (other.name, other.grad is None)
        if leaf.grad is not None and other.grad is not None:
            np.testing.assert_array_equal(leaf.grad.array, other.grad.array)


def test_as_pytorch_writes_it_it_means_what_it_does_there() -> None:
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    F.softmax(torch.relu(x) * torch.pi, dim=0)[0].backward()
    assert x.grad is not None
    result = evaluate(
        "x = torch.tensor([1., -2.], requires_grad=True)\nF.softmax(torch.nn.functional.relu(x) * torch.pi, dim=0)[0]"
    )
    assert result.leaves[0].grad is not None
    np.testing.assert_array_equal(result.leaves[0].grad.array, x.grad.numpy())
    assert not evaluate("torch.ones(2)").variables[-1].requires_grad
    assert evaluate("ones(2)").variables[-1].requires_grad
    own = evaluate("F = ones(2, 2)\nF.sum()")  # a name is the program's own where it gives it a value
    assert own.variables[-1].value.array == 4
    assert "F.sum()" in own.script


def printed(values: Values | None) -> str:
    return str(values and torch.tensor(values.array))


def test_the_scripts_print_the_same_numbers(tmp_path: Path) -> None:
    results = [evaluate(text) for text in PARITY]
    for lines, result in zip(run_all([result.script for result in results], tmp_path), results, strict=True):
        root = result.variables[-1]
        expected = [f"{root.name} {printed(root.value)}"]
        expected += [f"{leaf.name}.grad {printed(leaf.grad)}" for leaf in result.leaves]
        assert lines == "\n".join(expected).split("\n"), result.text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "expression-empty"),
        ("x" * 501, "expression-long"),
        ("ones(2) @", "expression-syntax"),
        ("(" * 300, "expression-syntax"),
        ("ones(2)\n  + 3", "expression-syntax"),
        ("\0", "expression-syntax"),
        ("\ud800", "expression-unreadable"),
        ("[" * 190 + "]" * 190, "expression-deep"),
        ("-" * 400 + "ones(2)", "expression-operations"),
        ("+".join(["x"] * (MAX_OPERATIONS + 2)), "expression-operations"),
        ("__import__('os')", "expression-refused"),
        ("import os", "expression-refused"),
        ("lambda: 0", "expression-refused"),
        ("[x for x in ones(2)]", "expression-refused"),
        ("while True: pass", "expression-refused"),
        ("x = y = ones(2)", "expression-refused"),
        ("x.data = 3", "expression-refused"),
        ("f'{ones(2)}'", "expression-refused"),
        ("ones(2) if 1 else 2", "expression-refused"),
        ("ones(2) // 2", "expression-refused"),
        ("1j * ones(2)", "expression-refused"),
        ("ones(*[2])", "expression-refused"),
        ("open(3)", "expression-function"),
        ("ones(2)()", "expression-function"),
        ("ones(2).__class__", "expression-attribute"),
        ("ones(2).grad_fn", "expression-attribute"),
        ("ones(2).numpy()", "expression-method"),
        ("ones(2).zero_()", "expression-method"),
        ("ones(2, out=3)", "expression-keyword"),
        ("ones(2).sum(**3)", "expression-keyword"),
        ("import torch\nones(2)", "expression-import"),
        ("import torch.nn.functional as F", "expression-import"),
        ("from torch.nn import functional as F", "expression-import"),
        ("import torch, os", "expression-refused"),
        ("from . import torch", "expression-refused"),
        ("torch", "expression-module"),
        ("torch.ones", "expression-module"),
        ("torch.load(3)", "expression-module"),
        ("torch.cross_entropy(ones(2), 1)", "expression-module"),
        ("torch.nn.Linear(2, 3)", "expression-module"),
        ("F.ones(2)", "expression-module"),
        ("F.pi", "expression-module"),
        ("F", "expression-name"),
        ("np.array([1])", "expression-name"),
        ("torch.pi()", "expression-function"),
        ("ones(2).torch.relu()", "expression-attribute"),
        ("F = ones(2)\nF.mse_loss(F)", "expression-method"),
        ("randn(2, generator=torch.Generator())", "expression-keyword"),
        ("ones(2, generator=torch.Generator().manual_seed(1))", "expression-keyword"),
        ("__builtins__", "expression-name"),
        ("print = 3", "expression-reserved"),
        ("x = [1, 2]", "expression-list"),
        ("[1] * 3", "expression-list"),
        ("3 .T", "expression-tensor"),
        ("tensor([ones(2)])", "expression-numbers"),
        ("ones(2)[True]", "expression-index"),
        ("ones(100000, 100000)", "expression-large"),
        ("ones(9**15, 0) + eye(10**6)", "expression-large"),
        # Even of no numbers a tensor can be too large for strides that are 64 bits wide.
        *((f"{call}", "expression-large") for call in EMPTY_AND_LARGE),
        ("conv2d(ones(1, 1, 9, 9), ones(1, 1, 2, 2), padding=10**9)", "expression-window"),
        ("conv2d(ones(1, 1, 9, 9), ones(1, 1, 2, 2), dilation=2**62)", "expression-window"),
        ("conv2d(ones(1, 1, 9, 9), ones(1, 1, 2, 2), None, tensor(2))", "expression-numbers"),
        ("max_pool2d(ones(1, 1, 9, 9), kernel_size=2**62)", "expression-window"),
        ("conv2d(ones(1, 1, 9, 9), ones(1, 1, 2, 2), padding=9999)", "expression-large"),
        ("conv2d(ones(1, 1, 100, 100), ones(10, 1, 1, 1))", "expression-large"),
        (
            "x = ones(1, 4, 50, 50)\nw = ones(4, 4, 25, 25)\nconv2d(x, w).sum() + conv2d(x, w).sum()",
            "expression-work",
        ),
        ("linear(ones(200, 1), ones(200, 1))", "expression-large"),
        ("x = ones(1, 5000)\ncat([x, x, x])", "expression-large"),
        ("diag(ones(1000))", "expression-large"),
        ("outer(ones(1000), ones(1000))", "expression-large"),
        ("F.conv2d(None, ones(2))", "expression-error"),
        ("None", "expression-list"),
        ("ones(2) + None", "expression-list"),
        ("l1_loss(ones(2, 3), ones(3))", "expression-shapes"),
        ("binary_cross_entropy(ones(2) * 3, ones(2))", "expression-error"),
        ("torch.linear(ones(2), ones(2))", "expression-module"),
        ("arange(1e12)", "expression-large"),
        ("arange(0, 1, 1e-300)", "expression-large"),
        ("arange(nan)", "expression-large"),
        ("linspace(0, 1, 10**12)", "expression-large"),
        ("full((10**6, 10**6), 1.)", "expression-large"),
        ("randn(10**10)", "expression-large"),
        (f"ones({'1,' * 70})", "expression-axes"),
        (f"ones(2).reshape({'1,' * 70} 2)", "expression-axes"),
        (f"tensor({'[' * 70}1{']' * 70})", "expression-axes"),
        ("x = ones(5000)\nx.view(-1, 1) @ x.view(1, -1)", "expression-large"),
        # Of nothing, something large is made.
        ("ones(10**8, 0) @ ones(0, 10**8)", "expression-large"),
        ("zeros(0).view(0, 10**15).sum(0)", "expression-large"),
        ("norm(5)", "expression-error"),
        ("mse_loss(1, 2)", "expression-tensor"),
        ("mse_loss(ones(2, 3), [2, 2])", "expression-tensor"),
        ("x = ones(5000)\nx.view(-1, 1) * x", "expression-large"),
        ("x = ones(10000)\n" + "x = x + x\n" * 20 + "x", "expression-total"),
        ("9 ** 9 ** 9", "expression-integer"),
        ("ones(2) * (2 ** 62 * 2)", "expression-integer"),
        ("(-8) ** 0.5", "expression-integer"),
        ("ones(2, 2).max(dim=0)", "expression-several"),
        ("x = ones(2, 5000)\nmse_loss(x, ones(2, 1))", "expression-shapes"),
        ("ones(2, 3) @ ones(2, 3)", "expression-error"),
        ("ones(2)[5]", "expression-error"),
        ("1 / 0", "expression-error"),
        ("1e200 ** 2", "expression-error"),
        ("tensor([[1], [2, 3]])", "expression-error"),
        ("ones(-1)", "expression-error"),
        ("tensor([1, 2], requires_grad=True)", "expression-error"),
        ("1 + 2", "expression-number"),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_refused_is_said(text: str, key: str) -> None:
    with pytest.raises(InputError) as problem:
        evaluate(text)
    assert problem.value.key == key


def test_a_message_says_where() -> None:
    with pytest.raises(InputError) as problem:
        evaluate("größe = ones(2)\nß = größe + foo")
    assert (problem.value.values["line"], problem.value.values["column"], problem.value.values["name"]) == (
        2,
        13,
        "foo",
    )


MISFITS = [
    "ones(2, 3) @ ones(4, 5)",
    "ones(200, 3) @ ones(4, 50)",
    "ones(0, 3) @ ones(4, 5)",
    "ones(3, 200, 3) @ ones(4, 4, 50)",
    "matmul(ones(300), ones(400))",
    "dot(ones(300), ones(400))",
    "mm(ones(2), ones(2))",
    "ones(300) + ones(400)",
    "ones(0, 2) * ones(3)",
    "ones(2, 3).pow(ones(4, 5))",
    "ones(200, 3).clamp(min=ones(4, 50))",
    "cross_entropy(ones(200, 3), tensor([1, 2]))",
    "cross_entropy(ones(2, 3), tensor([1, 3]))",
    "conv2d(ones(1, 2, 30, 30), ones(3, 4, 3, 3))",
    "conv2d(ones(1, 2, 2, 2), ones(3, 2, 3, 3))",
    "conv2d(ones(1, 2, 9, 9), ones(3, 2, 3, 3), ones(2))",
    "conv2d(ones(1, 2, 9, 9), ones(3, 2, 3, 3), stride=0)",
    "linear(ones(2, 3), ones(4, 5))",
    "max_pool2d(ones(1, 1, 2, 2), 3)",
    "cat([ones(2, 3), ones(2, 4)])",
    "stack([ones(2), ones(3)])",
    "ones(200, 50).view(3, 7)",
    "ones(2, 3).softmax(5)",
    "layer_norm(ones(2, 3), [4])",
]
"""Calls whose shapes don't fit; among them large ones and empty ones."""


@pytest.mark.parametrize("text", MISFITS)
def test_an_error_is_pytorch_s_own(text: str) -> None:
    with pytest.raises((RuntimeError, IndexError, ValueError)) as theirs:
        eval(text, {"__builtins__": {}}, Plain().names())
    with pytest.raises(InputError) as ours:
        evaluate(text)
    assert ours.value.key == "expression-error"
    expected = str(theirs.value).splitlines()[0]
    reason = str(ours.value.values["reason"])
    assert reason == expected or (reason.endswith("…") and expected.startswith(reason[:-1]))


WORDS = [
    *(
        "x",
        "y",
        "1",
        "2.5",
        "9" * 30,
        "1e308",
        "(",
        ")",
        "[",
        "]",
        ",",
        "\n",
        " = ",
        "+",
        "-",
        "*",
        "/",
        "**",
        "@",
        ".",
        ":",
        "'",
    ),
    *(
        "lambda",
        "import",
        "for",
        "in",
        "if",
        "else",
        "not",
        "and",
        "==",
        "True",
        "None",
        "...",
        "{",
        "}",
        ":=",
        "await",
        "\t",
        "#",
        "\\",
    ),
    *(f"{name}(" for name in (*CREATORS, *FUNCTIONS, "eval", "exec", "open", "getattr")),
    *(f".{name}(" for name in (*METHODS, "backward", "__class__", "numpy", "apply_", "requires_grad_")),
    *(
        "dim=",
        "keepdim=",
        "requires_grad=",
        "seed=",
        "out=",
        "torch.",
        "F.",
        "torch.nn.functional.",
        "import torch\n",
        "generator=torch.Generator().manual_seed(1)",
        "ones(2, 2)",
        "x = ones(3, 3)\n",
        "tensor([[1., 2.], [3., 4.]])",
    ),
]


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("seed", range(8))
def test_nothing_but_a_sentence_comes_of_any_text(seed: int) -> None:
    choice, refused = random.Random(seed), 0
    for _ in range(150):
        text = "x = ones(3, 3)\n" + "".join(choice.choices(WORDS, k=choice.randrange(1, 14)))
        try:
            result = evaluate(text)
        except InputError:
            refused += 1
        else:
            assert sum(variable.value.size for variable in result.variables) <= MAX_TOTAL
    assert refused > 0


@pytest.mark.parametrize("seed", range(8))
def test_calls_with_any_arguments_come_to_an_end(seed: int) -> None:
    choice = random.Random(seed)
    values = [
        "x",
        "-1",
        "0",
        "10**9",
        "1e300",
        "2**62",
        "nan",
        "inf",
        "(2, 3)",
        "[[1.]]",
        "True",
        "x[0]",
        "-x",
        "()",
        "tensor([0, 1])",
    ]
    for _ in range(60):
        args = ", ".join(choice.choices(values, k=choice.randrange(4)))
        call = choice.choice(
            [f"{choice.choice([*CREATORS, *FUNCTIONS])}({args})", f"x.{choice.choice(METHODS)}({args})", f"x[{args}]"]
        )
        with suppress(InputError):
            result = evaluate(f"x = ones(100, 100)\n{call}")
            assert all(variable.value.size <= MAX_NUMBERS for variable in result.variables)
