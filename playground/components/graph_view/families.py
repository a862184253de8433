"""Family of a node of an autograd graph, for its colour and its sign."""

from __future__ import annotations

import re
from typing import Final

from lenet.networks import kinds
from lenet.networks.kinds import OTHER

_PATTERNS: Final = {
    family: re.compile(pattern)
    for family, pattern in {
        "parameter": r"AccumulateGrad",
        "loss": r"\w*(Loss|CrossEntropy)\w*",
        "linear": r"(Addmv|Mm|Mv|Bmm|Baddbmm|Dot|Linear)Backward\d*",
        "convolution": r"\w*Conv\w*",
        "normalization": r"\w*(BatchNorm|LayerNorm|GroupNorm)\w*",
        "activation": r"(Threshold|Silu|Elu|Hardtanh|LogSoftmax|Softplus"
        r"|LogSigmoid)Backward\d*",
        "pooling": r"\w*Pool\w*",
        "reshape": r"\w*(View|Reshape|Squeeze|Permute|Expand|Slice|Select|Alias)Backward\d*"
        r"|(T|Transpose|Clone|Unsqueeze|Diagonal|DiagEmbed|Tril|Triu|Cat|Stack)Backward\d*(_copy)?",
        "arithmetic": r"(Add|Sub|Rsub|Mul|Div|Reciprocal|Neg|Pow|Exp|Log|Sqrt|Abs|Clamp|Mean|Sum|Sin|Cos|\w*Norm"
        r"|Amax|Amin|Max|Min|Maximum|Minimum|ClampMin|Prod|Var|Std|Logsumexp|Expm1|Log1P|Rsqrt|Sign|Cumsum|Tan|Sinh|Cosh"
        r"|Atan|Trace)Backward\d*",
    }.items()
}

FAMILIES: Final = ("loss", *(name for name in _PATTERNS if name not in ("loss", "parameter")), "parameter", OTHER)
"""In the order of the legend."""


def family_of(name: str) -> str:
    """Family of a node, by its name such as `AddmmBackward0`: that of its kind of operation, or else by a pattern."""
    kind = kinds.of_node(name)
    if kind is not None:
        return kind.family
    title = name.rpartition("::")[2]
    return next((family for family, pattern in _PATTERNS.items() if pattern.fullmatch(title)), OTHER)
