"""Settings of one convolution or pooling, and the lines of PyTorch that they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Mode = Literal["zeros", "reflect", "replicate", "circular"]
ZEROS: Final = "zeros"
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
"""Names of PyTorch's `padding_mode`."""
MAX: Final = "max"
AVERAGE: Final = "avg"


@dataclass(frozen=True)
class Convolution:
    """Settings of a convolution, under PyTorch's names where it has one; each holds for both axes.

    Attributes:
        inputs: number of input channels.
        outputs: number of output channels.
        height: of the kernel; likewise width.
        stride: cells from one window to the next.
        padding: cells on each side of the input; of a transposed convolution, cells cut off the output.
        mode: one of `MODES`.
        dilation: cells of the input from one cell of the kernel to the next.
        groups: number of independent parts; as many as `inputs` for a depthwise convolution.
        bias: whether a bias is added.
        flipped: whether the kernel is turned by 180°: a convolution as mathematics defines it, not cross-correlation.
        transposed: whether it is a transposed convolution.
        output_padding: further rows and columns of a transposed convolution's output.
    """

    inputs: int = 1
    outputs: int = 1
    height: int = 3
    width: int = 3
    stride: int = 1
    padding: int = 1
    mode: Mode = ZEROS
    dilation: int = 1
    groups: int = 1
    bias: bool = True
    flipped: bool = False
    transposed: bool = False
    output_padding: int = 0

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Shape of the weight, as PyTorch has it."""
        if self.transposed:
            return self.inputs, self.outputs // self.groups, self.height, self.width
        return self.outputs, self.inputs // self.groups, self.height, self.width

    @property
    def code(self) -> str:
        """Lines that make `y` of `x`, (1, C_in, H, W), `weight` and, if there is one, `bias`."""
        weight = "weight.flip(-2, -1)" if self.flipped else "weight"
        start = f"{weight}, {'bias' if self.bias else 'None'}, stride={self.stride}"
        rest = f"dilation={self.dilation}, groups={self.groups}"
        if self.transposed:
            padding = f"padding={self.padding}, output_padding={self.output_padding}"
            return f"y = F.conv_transpose2d(x, {start}, {padding}, groups={self.groups}, dilation={self.dilation})"
        if self.mode == ZEROS or not self.padding:
            return f"y = F.conv2d(x, {start}, padding={self.padding}, {rest})"
        sides = ", ".join([str(self.padding)] * 4)
        return f'padded = F.pad(x, ({sides}), mode="{self.mode}")\ny = F.conv2d(padded, {start}, {rest})'


@dataclass(frozen=True)
class Pooling:
    """Settings of a pooling, under PyTorch's names; each holds for both axes.

    Attributes:
        kind: `MAX` or `AVERAGE`.
        size: height and width of the window.
        stride: cells from one window to the next.
        padding: cells on each side of the input, which never win and count as zeros in an average.
        ceil_mode: whether a window that reaches beyond the input has an output, too.
    """

    kind: str = MAX
    size: int = 2
    stride: int = 2
    padding: int = 0
    ceil_mode: bool = False

    @property
    def code(self) -> str:
        """Lines that make `y` of `x`, (1, C, H, W), and of a maximum also `winners`."""
        window = f"x, {self.size}, stride={self.stride}, padding={self.padding}, ceil_mode={self.ceil_mode}"
        if self.kind == MAX:
            return f"y, winners = F.max_pool2d({window}, return_indices=True)"
        return f"y = F.avg_pool2d({window})"
