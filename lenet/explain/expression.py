"""Expressions of tensors that a person types: parsed, checked node by node against a list, and computed by PyTorch.

Nothing that is typed is run as Python. The text becomes a syntax tree, every node of which must be of a kind that is
listed here, and the tree is walked. How large a result would be is known before it is made: from the arguments of what
creates a tensor, and from the shapes of what an operation reads (`lenet.explain.operation_sizes`).
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import Tensor

from lenet.errors import InputError
from lenet.explain import operation_sizes
from lenet.record import program as programs
from lenet.record.arrays import Values, values_of
from lenet.record.graph import OUT, Graph
from lenet.record.program import SourceTracker, Variable

MAX_TEXT: Final = 500
MAX_OPERATIONS: Final = 100
MAX_NUMBERS: Final = 10_000
"""Largest number of elements in one tensor."""
MAX_TOTAL: Final = 100_000
"""Largest number of elements in all tensors together."""
MAX_WORK: Final = 10_000_000
"""Numbers that all operations together compute with: multiplications of a product, comparisons of a pooling."""
MAX_AXES: Final = 64
"""Largest number of dimensions of a tensor, the limit of NumPy."""
MAX_DEPTH: Final = 110
"""Deepest nesting of an expression; only nested lists can reach it before MAX_OPERATIONS."""
MAX_INTEGER: Final = 2**63
SHOWN: Final = 60
"""Characters of an expression that a message quotes."""
REASON: Final = 240
"""Characters of PyTorch's own message that a message quotes."""

CREATORS: Final = ("tensor", "ones", "zeros", "full", "arange", "eye", "linspace", "randn")
ACTIVATIONS: Final = ("relu", "sigmoid", "tanh", "softmax", "log_softmax")
METHODS: Final = (
    *("mean", "sum", "prod", "max", "min", "amax", "amin", "argmax", "argmin", "var", "std", "norm", "logsumexp"),
    *("exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square", "pow", "abs", "sign", "reciprocal", "cumsum"),
    *("sin", "cos", "tan", "sinh", "cosh", "atan", *ACTIVATIONS, "clamp", "maximum", "minimum"),
    *("matmul", "mm", "bmm", "mv", "dot", "outer", "diag", "tril", "triu", "trace"),
    *("reshape", "view", "flatten", "squeeze", "unsqueeze", "t", "transpose", "permute", "detach"),
)
JOINERS: Final = ("cat", "stack")
LAYERS: Final = (
    *("linear", "conv1d", "conv2d", "max_pool2d", "avg_pool2d", "layer_norm", "normalize"),
    *("leaky_relu", "elu", "gelu", "silu", "softplus", "logsigmoid"),
)
CONVOLUTIONS: Final = ("conv1d", "conv2d")
POOLINGS: Final = ("max_pool2d", "avg_pool2d")
ELEMENT_LOSSES: Final = (
    *("mse_loss", "l1_loss", "smooth_l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits"),
)
"""Losses that compare number by number."""
LOSSES: Final = ("cross_entropy", "nll_loss", *ELEMENT_LOSSES)
FUNCTIONS: Final[dict[str, str]] = {
    **{name: f"torch.{name}" for name in (*METHODS, *JOINERS) if name != "view"},
    **{name: f"torch.nn.functional.{name}" for name in (*LAYERS, *LOSSES)},
}
"""PyTorch's own name of each function."""
CONSTANTS: Final[dict[str, float]] = {"pi": math.pi, "inf": math.inf, "nan": math.nan}
MODULES: Final[dict[str, tuple[str, ...]]] = {
    "torch": (*CREATORS, *(name for name in (*METHODS, *JOINERS, *CONVOLUTIONS) if name != "view"), *CONSTANTS),
    "torch.nn.functional": (*ACTIVATIONS, *LAYERS, *LOSSES),
    "F": (*ACTIVATIONS, *LAYERS, *LOSSES),
}
"""Names that each module has here."""
SEEDED: Final = re.compile(r"torch\.Generator\(\)\.manual_seed\((-?[0-9]+)\)")
"""PyTorch's equivalent of `seed=`."""
KEYWORDS: Final = (
    *("dim", "keepdim", "min", "max", "p", "correction", "start_dim", "end_dim", "diagonal"),
    *("bias", "weight", "stride", "padding", "dilation", "groups", "kernel_size", "ceil_mode", "normalized_shape"),
    *("eps", "negative_slope", "alpha", "beta", "label_smoothing"),
)
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

REFUSALS: Final = (
    *(RuntimeError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, AssertionError, MemoryError),
)
"""Errors that PyTorch or Python raises for arguments that don't fit."""

Located = ast.expr | ast.stmt | ast.keyword
Operand = Any
"""A tensor, a number, a slice, or a list or tuple of operands."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Result of a program and of the call of backward on its last value.

    Attributes:
        text: as it was typed.
        root: name of the last value, from which backward started.
        variables: the tensors by name, as they were made; the last one is the root.
        leaves: those that the program created and that require a gradient. One without a name of its own got one.
        graph: behind the last value, with what flowed through it; None where that has no grad_fn.
        gradient: the vector of ones that backward was given, None where it needed none or didn't run.
        lines: the same program in plain PyTorch.
    """

    text: str
    root: str
    variables: tuple[Variable, ...]
    leaves: tuple[Variable, ...]
    graph: Graph | None
    gradient: Values | None
    lines: tuple[str, ...]

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
        InputError: the text can't be parsed, part of it isn't allowed or is too large, or PyTorch refuses it.
    """
    text = text.strip().replace("\r\n", "\n").replace("\r", "\n")
    statements = _parse(text)
    program = _Program(text, statements)
    value = program.run(statements)
    if not isinstance(value, Tensor):
        raise InputError("expression-number", **_where(statements[-1], text))
    gradient, graph = None, None
    if value.requires_grad:
        ones = torch.ones_like(value) if value.dim() else None
        gradient = None if ones is None else values_of(ones)
        made = {name: tensor for name, _, tensor in program.made}
        leaves_by_name = {name: made[name] for name in program.created}
        try:
            if value.grad_fn is None:
                value.backward(ones)  # type: ignore[no-untyped-call]
            else:
                graph = programs.backward(value, ones, program.root, leaves_by_name, program.origins)
        except REFUSALS as problem:
            raise InputError("expression-backward", root=program.root, reason=_reason(problem)) from None
    variables = tuple(programs.describe(*entry) for entry in program.made)
    leaves = tuple(variable for variable in variables if variable.name in program.created)
    return Evaluation(text, program.root, variables, leaves, graph, gradient, tuple(program.lines))


def _parse(text: str) -> list[ast.Assign | ast.Expr]:
    """Parse a program and check that every node is of an allowed kind."""
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
        raise InputError("expression-import" if _imports_torch(first) else "expression-refused", **_where(first, text))
    count = sum(_is_operation(node) for node in nodes)
    if count > MAX_OPERATIONS:
        raise InputError("expression-operations", count=count, limit=MAX_OPERATIONS)
    return [statement for statement in tree.body if isinstance(statement, ast.Assign | ast.Expr)]


def _is_allowed(node: Located) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None or type(node.value) in (int, float, bool)
    if isinstance(node, ast.BinOp):
        return type(node.op) in BINARY
    if isinstance(node, ast.UnaryOp):
        return type(node.op) in UNARY
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    return isinstance(node, NODES)


def _imports_torch(node: Located) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module is not None and node.module.partition(".")[0] == "torch"
    return isinstance(node, ast.Import) and all(alias.name.partition(".")[0] == "torch" for alias in node.names)


def _is_operation(node: Located) -> bool:
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.operand, ast.Constant)
    return isinstance(node, OPERATIONS) or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name))


class _Program:
    """One run of a program.

    Attributes:
        root: name of the last value.
        made: name, source and tensor of each variable.
        created: names of those that the program created and that require a gradient.
        lines: the program in plain PyTorch, so far.
        origins: the part of the text that made each node.
    """

    def __init__(self, text: str, statements: Sequence[ast.Assign | ast.Expr]) -> None:
        self.text = text
        self.made: list[tuple[str, str, Tensor]] = []
        self.created: list[str] = []
        self.lines: list[str] = []
        self.origins = SourceTracker()
        self._values: dict[str, Operand] = {}
        self._assigned = Counter(target.id for target in map(_target, statements) if target)
        last = _target(statements[-1])
        self.root = last.id if last else self._unused(OUT)
        self._total = 0
        self._work = 0
        self._plain: dict[ast.expr, ast.expr] = {}  # equivalents in plain PyTorch

    def run(self, statements: Sequence[ast.Assign | ast.Expr]) -> Operand:
        """Execute all statements and return the value of the last."""
        value: Operand = None
        for statement in statements:
            target, expression = _target(statement), statement.value
            if target and target.id in RESERVED:
                raise InputError("expression-reserved", **self._where(target), name=target.id)
            name = target.id if target else self.root if statement is statements[-1] else None
            alone = name and self._assigned[name] < 2
            if alone and isinstance(expression, ast.Call) and self._listed(expression.func) in CREATORS:
                value = self._create(expression, 0, name)
            else:
                value = self.value(expression, 0)
                if isinstance(value, Tensor) and name:
                    self.made.append((name, self._code(expression), value))
                code = ast.unparse(_Rewrite(self._plain).visit(expression))
                self.lines.append(f"{name} = {code}" if name else code)
            if not isinstance(value, Tensor | int | float):
                raise InputError("expression-list", **self._where(expression))
            if target:
                self._values[target.id] = value
        return value

    def value(self, node: ast.expr, depth: int) -> Operand:
        """Evaluate an expression."""
        if depth > MAX_DEPTH:
            raise InputError("expression-deep")
        depth += 1
        if isinstance(node, ast.Constant):
            return self._compute(node, lambda: node.value)
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.List | ast.Tuple):
            items = [self.value(item, depth) for item in node.elts]
            return items if isinstance(node, ast.List) else tuple(items)
        if isinstance(node, ast.UnaryOp):
            return self._compute(node, UNARY[type(node.op)], self._single(node.operand, depth))
        if isinstance(node, ast.BinOp):
            return self._binary(node, self._single(node.left, depth), self._single(node.right, depth))
        if isinstance(node, ast.Subscript):
            tensor = self._tensor(node.value, depth)
            return self._compute(node, operator.getitem, tensor, self._index(node.slice, depth))
        if isinstance(node, ast.Attribute):
            if self._listed(node) in CONSTANTS:
                return CONSTANTS[node.attr]
            self._refuse_module(node)
            if node.attr != "T":
                raise InputError("expression-attribute", **self._where(node), name=node.attr)
            return self._compute(node, torch.t, self._tensor(node.value, depth))
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        raise InputError("expression-refused", **self._where(node))

    def _name(self, node: ast.Name) -> Operand:
        if node.id in self._values:
            return self._values[node.id]
        self._refuse_module(node)
        if node.id not in CONSTANTS:
            raise InputError("expression-name", **self._where(node), name=node.id)
        self._plain[node] = _dotted(f"torch.{node.id}")
        return CONSTANTS[node.id]

    def _listed(self, node: ast.expr) -> str | None:
        """Name of a function or constant, alone or after a module that has it; None for anything else."""
        module, _, name = _path(node).rpartition(".")
        known = module in MODULES and module not in self._assigned and name in MODULES[module]
        return name if known or (name and not module) else None

    def _refuse_module(self, node: ast.Name | ast.Attribute) -> None:
        """Reject any use of `torch` or `F` other than the names in `MODULES`."""
        first = _path(node).partition(".")[0]
        if first == "torch" or (first == "F" and isinstance(node, ast.Attribute) and first not in self._assigned):
            torch_has, others = (", ".join(MODULES[name]) for name in ("torch", "F"))
            raise InputError("expression-module", **self._where(node), names=torch_has, others=others)

    def _single(self, node: ast.expr, depth: int) -> Operand:
        value = self.value(node, depth)
        if not isinstance(value, Tensor | int | float):
            raise InputError("expression-list", **self._where(node))
        return value

    def _tensor(self, node: ast.expr, depth: int) -> Tensor:
        value = self.value(node, depth)
        if not isinstance(value, Tensor):
            raise InputError("expression-tensor", **self._where(node))
        return value

    def _index(self, node: ast.expr, depth: int) -> Operand:
        if isinstance(node, ast.Tuple):
            return tuple(self._index(item, depth) for item in node.elts)
        if isinstance(node, ast.Slice):
            parts = (node.lower, node.upper, node.step)
            return slice(*(None if part is None else self._index(part, depth) for part in parts))
        value = self.value(node, depth)
        if type(value) is not int:
            raise InputError("expression-index", **self._where(node))
        return value

    def _binary(self, node: ast.BinOp, left: Operand, right: Operand) -> Operand:
        powers = isinstance(node.op, ast.Pow) and isinstance(left, int) and isinstance(right, int)
        if powers and abs(left) > 1 and right > MAX_INTEGER.bit_length():  # Python would compute it for hours
            raise InputError("expression-integer", **self._where(node))
        return self._compute(node, BINARY[type(node.op)], left, right)

    def _call(self, node: ast.Call, depth: int) -> Operand:
        name = self._listed(node.func)
        if name in CREATORS:
            return self._create(node, depth)
        if isinstance(node.func, ast.Attribute) and name is None:
            self._refuse_module(node.func)
            args = [self._tensor(node.func.value, depth)]
            if node.func.attr not in METHODS:
                raise InputError(
                    "expression-method", **self._where(node), name=node.func.attr, names=", ".join(METHODS)
                )
            function = getattr(torch.Tensor, node.func.attr)
        else:
            if name not in FUNCTIONS:
                names = ", ".join((*CREATORS, *FUNCTIONS))
                raise InputError("expression-function", **self._where(node), name=name or self._code(node), names=names)
            owner = torch.nn.functional if name in (*LAYERS, *LOSSES) else torch
            function, args = getattr(owner, name), []
            self._plain[node.func] = _dotted(FUNCTIONS[name])
        take = self._tensor if name in LOSSES else self.value
        args += [take(arg, depth) for arg in node.args]
        named = self._keywords(node, KEYWORDS, depth)
        if name in ELEMENT_LOSSES and len({arg.shape for arg in args[:2] if isinstance(arg, Tensor)}) > 1:
            raise InputError("expression-shapes", **self._where(node))  # PyTorch would only warn, and broadcast
        if name in (*CONVOLUTIONS, *POOLINGS):
            self._check_window(node, args[3 if name in CONVOLUTIONS else 1 :], named)
        return self._compute(node, function, *args, **named)

    def _check_window(self, node: ast.expr, rest: Sequence[Operand], named: Mapping[str, Operand]) -> None:
        """Refuse a kernel size, stride, padding, dilation or number of groups that is a tensor, or beyond all use."""
        numbers = _flat([*rest, *(value for name, value in named.items() if name not in ("bias", "weight"))])
        for number in numbers:
            if isinstance(number, Tensor):
                raise InputError("expression-numbers", **self._where(node), name=self._code(node).partition("(")[0])
            if isinstance(number, int) and abs(number) > MAX_NUMBERS:  # PyTorch would overflow silently
                raise InputError("expression-window", **self._where(node), number=number, limit=MAX_NUMBERS)

    def _create(self, node: ast.Call, depth: int, name: str | None = None) -> Tensor:
        """Create a tensor. If it requires a gradient, it becomes a variable, under this name or a new one."""
        kind = self._listed(node.func)
        args = [self.value(arg, depth + 1) for arg in node.args]
        named = self._keywords(node, ("requires_grad", "seed") if kind == "randn" else ("requires_grad",), depth)
        if any(isinstance(item, Tensor) for item in _flat(args)):
            raise InputError("expression-numbers", **self._where(node), name=kind)
        count = self._compute(node, _count, kind, args)
        if not count <= MAX_NUMBERS:
            raise InputError("expression-large", **self._where(node), limit=MAX_NUMBERS)
        plain = ast.Call(_dotted(f"torch.{kind}"), node.args, [])
        options = {}
        if kind == "randn":
            seed = named.pop("seed", 0)
            if type(seed) is not int:
                raise InputError("expression-index", **self._where(node))
            options["generator"] = self._compute(node, lambda: torch.Generator().manual_seed(seed))
            plain.keywords.append(_keyword(f"generator=torch.Generator().manual_seed({seed!r})"))
        tensor: Tensor = self._compute(node, getattr(torch, str(kind)), *args, **options)
        # By its bare name, a tensor of floats requires a gradient; as PyTorch writes it, only if that is asked for.
        requires_grad = named.get("requires_grad", isinstance(node.func, ast.Name) and tensor.is_floating_point())
        self._compute(node, tensor.requires_grad_, requires_grad)
        if tensor.requires_grad:
            plain.keywords.append(_keyword("requires_grad=True"))
            name = name or self._unused("leaf")
            self.created.append(name)
        if name is None:
            self._plain[node] = plain
        else:
            self._plain[node] = ast.Name(name)
            self.made.append((name, self._code(node), tensor))
            self.lines.append(f"{name} = {ast.unparse(_Rewrite(self._plain).visit(plain))}")
        return tensor

    def _keywords(self, node: ast.Call, names: Sequence[str], depth: int) -> dict[str, Operand]:
        given: dict[str, Operand] = {}
        for keyword in node.keywords:
            seeded = SEEDED.fullmatch(self._code(keyword.value)) if keyword.arg == "generator" else None
            if seeded and "seed" in names:
                given["seed"] = int(seeded[1])
            elif keyword.arg in names:
                given[str(keyword.arg)] = self.value(keyword.value, depth + 1)
            else:
                raise InputError(
                    "expression-keyword", **self._where(keyword), name=keyword.arg or "**", names=", ".join(names)
                )
        return given

    def _compute(self, node: ast.expr, function: Callable[..., Operand], *args: Operand, **named: Operand) -> Operand:
        """Call a function, unless its result would be too large.

        Raises:
            InputError: the result would be too large, or PyTorch or Python refuses the arguments.
        """
        try:
            needed = operation_sizes.of(function.__name__, args, named)
            if needed.extent > MAX_NUMBERS:
                raise InputError("expression-large", **self._where(node), limit=MAX_NUMBERS)
            self._work += needed.work
            if self._work > MAX_WORK:
                raise InputError("expression-work", **self._where(node), limit=MAX_WORK)
            value = function(*args, **named)
        except InputError:
            raise
        except REFUSALS as problem:
            raise InputError("expression-error", **self._where(node), reason=_reason(problem)) from None
        if isinstance(value, Tensor):
            self._remember(node, value)
        elif isinstance(value, tuple):
            raise InputError("expression-several", **self._where(node))
        elif isinstance(value, complex) or (isinstance(value, int) and abs(value) >= MAX_INTEGER):
            raise InputError("expression-integer", **self._where(node))
        return value

    def _remember(self, node: ast.expr, value: Tensor) -> None:
        if value.dim() > MAX_AXES:
            raise InputError("expression-axes", **self._where(node), count=value.dim(), limit=MAX_AXES)
        if operation_sizes.extent(value.shape) > MAX_NUMBERS:  # NumPy can't hold even an empty one
            raise InputError("expression-large", **self._where(node), limit=MAX_NUMBERS)
        self._total += value.numel()
        if self._total > MAX_TOTAL:
            raise InputError("expression-total", **self._where(node), limit=MAX_TOTAL)
        self.origins.add(value, self._code(node), node.lineno)

    def _code(self, node: ast.expr) -> str:
        return " ".join((ast.get_source_segment(self.text, node) or "").split())

    def _where(self, node: Located) -> dict[str, object]:
        return _where(node, self.text)

    def _unused(self, name: str) -> str:
        taken = {*self._assigned, *self.created}
        names = [name, *(f"{name}{number}" for number in range(1, MAX_TEXT))]
        return next(candidate for candidate in names if candidate not in taken)


class _Rewrite(ast.NodeTransformer):
    """Replace what was typed by its equivalent in plain PyTorch."""

    def __init__(self, plain: Mapping[ast.expr, ast.expr]) -> None:
        self.plain = plain

    def visit(self, node: ast.AST) -> ast.AST:
        found = self.plain.get(node) if isinstance(node, ast.expr) else None
        return self.generic_visit(node if found is None else found)


def _target(statement: ast.Assign | ast.Expr) -> ast.Name | None:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return target if isinstance(target, ast.Name) else None


def _path(node: ast.expr) -> str:
    """A chain of names, such as `torch.nn.functional`; empty for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return ".".join([node.id, *names]) if isinstance(node, ast.Name) else ""


def _count(kind: str, args: Sequence[Operand]) -> float:
    """Count the numbers of a new tensor, up to one more than the limit; invalid sizes are left to PyTorch."""
    return min(_asked(kind, args), MAX_NUMBERS + 1)


def _asked(kind: str, args: Sequence[Operand]) -> float:
    if kind == "tensor":
        return len(list(_flat(args)))
    if kind == "linspace":
        return args[2]
    if kind == "arange":
        start, end, step = (0, *args, 1) if len(args) == 1 else (*args, 1)[:3]
        return (end - start) / step
    sizes = list(_flat(args[:1] if kind == "full" else args))
    return operation_sizes.extent(sizes if kind != "eye" or len(sizes) > 1 else sizes * 2)


def _flat(value: Operand) -> Iterator[Operand]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _reason(problem: BaseException) -> str:
    """First line of the message of PyTorch or Python."""
    return _short(next(iter(str(problem).splitlines()), "") or type(problem).__name__, REASON)


def _dotted(name: str) -> ast.expr:
    return ast.parse(name, mode="eval").body


def _keyword(text: str) -> ast.keyword:
    name, _, value = text.partition("=")
    return ast.keyword(name, _dotted(value))


def _where(node: Located, text: str) -> dict[str, object]:
    """Line, column and text of a node, for a message."""
    before = text.split("\n")[node.lineno - 1].encode()[: node.col_offset]
    code = ast.get_source_segment(text, node) or ""
    return {"line": node.lineno, "column": len(before.decode()) + 1, "code": _short(" ".join(code.split()))}


def _short(text: str, limit: int = SHOWN) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
