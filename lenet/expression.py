"""Expressions of tensors that a person types: parsed, checked node by node against a list, and computed by PyTorch.

Nothing that is typed is run as Python. The text becomes a syntax tree, every node of which must be of a kind that is listed
here, and the tree is walked. How large a result would be is known before it is made: from the arguments of what creates a
tensor, and for operations that could exceed the limit from PyTorch's meta tensors, which have a shape and no numbers.
"""

from __future__ import annotations

import ast
import math
import operator
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from lenet import bench
from lenet.bench import Variable
from lenet.errors import InputError
from lenet.graph import OUT, Graph, Made, Source
from lenet.values import Values

MAX_TEXT: Final = 500
MAX_OPERATIONS: Final = 100
MAX_NUMBERS: Final = 10_000
"""In one tensor."""
MAX_TOTAL: Final = 100_000
"""Numbers in all tensors together."""
MAX_DEPTH: Final = 110
"""More than the operations need: only brackets of lists can reach it."""
MAX_INTEGER: Final = 2**63
SHOWN: Final = 60
"""Characters of an expression or of PyTorch's words that go into a message."""

CREATORS: Final = ("tensor", "ones", "zeros", "full", "arange", "eye", "linspace", "randn")
METHODS: Final = (
    *("mean", "sum", "max", "min", "amax", "amin", "norm", "exp", "log", "sqrt", "square", "pow", "abs", "sin", "cos"),
    *("relu", "sigmoid", "tanh", "softmax", "log_softmax", "clamp", "matmul", "dot"),
    *("reshape", "view", "t", "transpose", "detach"),
)
LOSSES: Final = ("cross_entropy", "mse_loss")
FUNCTIONS: Final[dict[str, str]] = {name: f"torch.{name}" for name in METHODS if name != "view"} | {
    name: f"torch.nn.functional.{name}" for name in LOSSES
}
"""What PyTorch calls each function."""
CONSTANTS: Final[dict[str, float]] = {"pi": math.pi, "inf": math.inf, "nan": math.nan}
KEYWORDS: Final = ("dim", "keepdim", "min", "max", "p")
RESERVED: Final = frozenset({*CREATORS, *FUNCTIONS, *CONSTANTS, "torch", "print"})

BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
UNARY: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
NODES: Final = (
    *(ast.Assign, ast.Expr, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Call, ast.keyword),
    *(ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List),
)
OPERATIONS: Final = (ast.BinOp, ast.UnaryOp, ast.Subscript, ast.Attribute)

Located = ast.expr | ast.stmt | ast.keyword
Operand = Any
"""A tensor, a number, a slice, or a list or tuple of operands."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a program made, and what backward made of that.

    Attributes:
        text: as it was typed.
        root: name of the last value, from which backward started.
        variables: the tensors by name, as they were made. A tensor that was created inside an expression has a name made up.
        graph: behind the last value, with what flowed through it; None where that has no grad_fn.
        gradient: the vector of ones that backward was given, None where it needed none or didn't run.
        lines: the same program in plain PyTorch.
    """

    text: str
    root: str
    variables: tuple[Variable, ...]
    graph: Graph | None
    gradient: Values | None
    lines: tuple[str, ...]

    @property
    def leaves(self) -> tuple[Variable, ...]:
        """The variables that backward computes a gradient for."""
        return tuple(variable for variable in self.variables if variable.is_leaf and variable.requires_grad)

    @property
    def script(self) -> str:
        """A script that runs by itself and prints the last value and the leaves' gradients."""
        lines = ["import torch", "", *self.lines]
        if self.variables[-1].requires_grad:
            lines.append(f"{self.root}.backward({f'torch.ones_like({self.root})' if self.gradient else ''})")
        lines += ["", f'print("{self.root}", {self.root}.detach())']
        lines += [f'print("{leaf.name}.grad", {leaf.name}.grad)' for leaf in self.leaves]
        return "\n".join(lines) + "\n"


def evaluate(text: str) -> Evaluation:
    """Compute a program and call backward on its last value, with ones for v where that isn't a single number.

    Args:
        text: lines such as `x = tensor([[1., 2.], [3., 4.]])` and `(x * x).mean()`. A tensor of floats that the program
            creates requires a gradient, unless it says `requires_grad=False`.

    Raises:
        InputError: it can't be read, something in it isn't allowed or is too large, or PyTorch refuses it.
    """
    text = text.strip()
    statements = _parse(text)
    program = _Program(text, statements)
    value = program.run(statements)
    if not isinstance(value, Tensor):
        raise InputError("expression-number", code=_short(text.splitlines()[-1]))
    gradient, graph = None, None
    if value.requires_grad:
        ones = torch.ones_like(value) if value.dim() else None
        gradient = None if ones is None else bench.values(ones)
        if value.grad_fn is None:
            value.backward(ones)
        else:
            leaves = {name: tensor for name, _, tensor in program.made if tensor.is_leaf}
            graph = bench.backward(value, ones, program.root, leaves, program.origin)
    variables = tuple(bench.describe(*entry) for entry in program.made)
    return Evaluation(text, program.root, variables, graph, gradient, tuple(program.lines))


def _parse(text: str) -> list[ast.stmt]:
    """The program's statements, every node of them of an allowed kind."""
    if len(text) > MAX_TEXT:
        raise InputError("expression-long", count=len(text), limit=MAX_TEXT)
    try:
        tree = ast.parse(text)
    except SyntaxError as problem:
        where = {"line": problem.lineno or 1, "column": problem.offset or 1}
        raise InputError("expression-syntax", reason=problem.msg, **where) from None
    except (ValueError, MemoryError, RecursionError) as problem:
        raise InputError("expression-unreadable", reason=_short(str(problem)) or type(problem).__name__) from None
    if not tree.body:
        raise InputError("expression-empty")
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt | ast.keyword)]
    refused = [node for node in nodes if not _is_allowed(node)]
    if refused:
        first = min(refused, key=lambda node: (node.lineno, node.col_offset))
        raise InputError("expression-refused", **_where(first, text))
    count = sum(_is_operation(node) for node in nodes)
    if count > MAX_OPERATIONS:
        raise InputError("expression-operations", count=count, limit=MAX_OPERATIONS)
    return tree.body


def _is_allowed(node: Located) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float, bool)
    if isinstance(node, ast.BinOp):
        return type(node.op) in BINARY
    if isinstance(node, ast.UnaryOp):
        return type(node.op) in UNARY
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    return isinstance(node, NODES)


def _is_operation(node: Located) -> bool:
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.operand, ast.Constant)
    return isinstance(node, OPERATIONS) or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name))


class _Program:
    """One run of a program.

    Attributes:
        root: name of the last value.
        made: name, source and tensor of each variable.
        lines: the program in plain PyTorch, so far.
    """

    def __init__(self, text: str, statements: Sequence[ast.stmt]) -> None:
        self.text = text
        self.names: dict[str, Operand] = {}
        self.made: list[tuple[str, str, Tensor]] = []
        self.lines: list[str] = []
        targets = [_target(statement) for statement in statements]
        self.assigned = Counter(target.id for target in targets if target)
        last = targets[-1]
        self.root = last.id if last else self._unused(OUT)
        self._total = 0
        self._ends: list[int] = []  # sequence number of each operation's last node, and where it stands
        self._sources: list[Source] = []
        self._plain: dict[ast.Call, ast.expr] = {}  # what a script says instead of a call

    def run(self, statements: Sequence[ast.stmt]) -> Operand:
        """Compute all statements, and give the last one's value."""
        value: Operand = None
        for statement in statements:
            target = _target(statement)
            if target and target.id in RESERVED:
                raise InputError("expression-reserved", **self._where(target), name=target.id)
            expression = statement.value  # type: ignore[attr-defined]
            value = self.value(expression, 0)
            if not isinstance(value, Tensor | int | float):
                raise InputError("expression-list", **self._where(expression))
            name = target.id if target else self.root
            if target:
                self.names[name] = value
            if not isinstance(value, Tensor):
                name = target.id if target else "_"
            elif target or statement is statements[-1]:
                self.made.append((name, self._code(expression), value))
            self.lines.append(f"{name} = {self._unparse(expression, name)}")
        return value

    def origin(self, sequence: int) -> Made:
        """Which part of the text made the node with this sequence number."""
        place = bisect_left(self._ends, sequence)
        return Made(source=self._sources[place] if place < len(self._sources) else None)

    def value(self, node: ast.expr, depth: int) -> Operand:
        """What an expression comes to."""
        if depth > MAX_DEPTH:
            raise InputError("expression-deep")
        depth += 1
        if isinstance(node, ast.Constant):
            return self._number(node, lambda: node.value)
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            if node.id in CONSTANTS:
                return CONSTANTS[node.id]
            raise InputError("expression-name", **self._where(node), name=node.id)
        if isinstance(node, ast.List | ast.Tuple):
            return type(node.elts)(self.value(item, depth) for item in node.elts)
        if isinstance(node, ast.UnaryOp):
            return self._compute(node, UNARY[type(node.op)], self.value(node.operand, depth))
        if isinstance(node, ast.BinOp):
            return self._binary(node, self.value(node.left, depth), self.value(node.right, depth))
        if isinstance(node, ast.Subscript):
            return self._compute(
                node, operator.getitem, self._tensor(node.value, depth), self._index(node.slice, depth)
            )
        if isinstance(node, ast.Attribute):
            if node.attr != "T":
                raise InputError("expression-attribute", **self._where(node), name=node.attr)
            return self._compute(node, torch.t, self._tensor(node.value, depth))
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise InputError("expression-refused", **self._where(node))
