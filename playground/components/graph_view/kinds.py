"""Which kind of thing a node of an autograd graph does, for its colour and its sign."""

from __future__ import annotations

import re
from typing import Final

OTHER: Final = "other"

_PATTERNS: Final = {
    "parameter": r"AccumulateGrad",
    "loss": r"\w*(Loss|CrossEntropy)\w*",
    "linear": r"(Addmm|Addmv|Mm|Mv|Bmm|Baddbmm|Dot|Linear)Backward\d*",
    "convolution": r"\w*Conv\w*",
    "normalization": r"\w*(BatchNorm|LayerNorm|GroupNorm)\w*",
    "activation": r"(Relu|LeakyRelu|Threshold|Gelu|Silu|Elu|Hardtanh|Sigmoid|Tanh|LogSoftmax|Softmax|Softplus"
    r"|LogSigmoid)Backward\d*",
    "pooling": r"\w*Pool\w*",
    "reshape": r"\w*(View|Reshape|Squeeze|Permute|Expand|Slice|Select|Alias)Backward\d*"
    r"|(T|Transpose|Clone|Unsqueeze|Diagonal|DiagEmbed|Tril|Triu|Cat|Stack)Backward\d*(_copy)?",
    "arithmetic": r"(Add|Sub|Rsub|Mul|Div|Reciprocal|Neg|Pow|Exp|Log|Sqrt|Abs|Clamp|Mean|Sum|Sin|Cos|\w*Norm"
    r"|Amax|Amin|Max|Min|Maximum|Minimum|ClampMin|Prod|Var|Std|Logsumexp|Expm1|Log1P|Rsqrt|Sign|Cumsum|Tan|Sinh|Cosh"
    r"|Atan|Trace)Backward\d*",
}

KINDS: Final = ("loss", *(kind for kind in _PATTERNS if kind not in ("loss", "parameter")), "parameter", OTHER)
"""In the order of the legend."""


def kind_of(name: str) -> str:
    """The kind of a node, by the name that PyTorch gives it, such as `AddmmBackward0`."""
    title = name.rpartition("::")[2]
    return next((kind for kind, pattern in _PATTERNS.items() if re.fullmatch(pattern, title)), OTHER)
