"""Random variants of digits, a whole batch at a time, on any device.

A digit is turned, slanted, stretched and bent, its stroke made thicker or thinner, and then brought back into MNIST's
form (20-pixel box, centre of mass on pixel 14), because that is the form in which every digit reaches a network.
Source of the elastic bending: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks", 2003.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from lenet.digits.ink import BOX, CENTER


@dataclass(frozen=True)
class Strength:
    """Limits of the random changes to a digit."""

    rotation: float = 8.0
    """Standard deviation of the angle in degrees."""
    slant: float = 0.16
    """Standard deviation of the shear, pixels per pixel."""
    stretch: float = 0.12
    """Standard deviation of the logarithm of width by height."""
    bend: tuple[tuple[int, float], ...] = ((4, 0.9), (7, 0.45))
    """Elastic displacement: knots per side and standard deviation in pixels, for each scale."""
    thicker: float = 0.8
    """Largest share of a dilation by one pixel that is mixed in."""
    thinner: float = 0.45
    """Largest share of an erosion by one pixel that is mixed in."""
    contrast: float = 0.5
    """Largest gain after sampling, in which full ink stays full."""
    zoom: float = 0.03
    """Standard deviation of the logarithm of the size after the box."""
    shift: float = 0.5
    """Half the range of the shift after centring, in pixels; 0.5 is what rounding to whole pixels does anyway."""


@dataclass(frozen=True)
class Changes:
    """Random numbers of the changes to n digits, each tensor with n rows.

    Attributes:
        share: (n,) of the strength of the geometric changes, 0..1.
        stroke: (n,) -1 for the thinnest stroke, 1 for the thickest.
        angle: (n,) standard normal; likewise slant, stretch and zoom.
        slant: (n,).
        stretch: (n,).
        bend: (n, 2, knots, knots) standard normal, for each scale of `Strength.bend`.
        zoom: (n,).
        shift: (n, 2) 0..1.
        contrast: (n,) 0..1.
    """

    share: Tensor
    stroke: Tensor
    angle: Tensor
    slant: Tensor
    stretch: Tensor
    bend: tuple[Tensor, ...]
    zoom: Tensor
    shift: Tensor
    contrast: Tensor

    def rows(self, chosen: slice) -> Changes:
        """Changes to some of the digits."""
        values = {name: value[chosen] for name, value in vars(self).items() if name != "bend"}
        return Changes(**values, bend=tuple(value[chosen] for value in self.bend))


def draw(count: int, random: torch.Generator, strength: Strength = Strength()) -> Changes:
    """Draw the random numbers of the changes to `count` digits, on the generator's device."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random, device=random.device)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=random, device=random.device)

    return Changes(
        share=uniform(count),
        stroke=2 * uniform(count) - 1,
        angle=normal(count),
        slant=normal(count),
        stretch=normal(count),
        bend=tuple(normal(count, 2, knots, knots) for knots, _ in strength.bend),
        zoom=normal(count),
        shift=uniform(count, 2),
        contrast=uniform(count),
    )


def augment(digits: Tensor, random: torch.Generator, strength: Strength = Strength()) -> Tensor:
    """A random variant of each digit.

    Args:
        digits: (n, 1, 28, 28) ink in 0..1.
        random: generator on the digits' device.
        strength: limits of the changes.

    Returns:
        (n, 1, 28, 28) ink in 0..1.
    """
    return change(digits, draw(len(digits), random, strength), strength)


def change(digits: Tensor, changes: Changes, strength: Strength = Strength()) -> Tensor:
    """The variant of each digit that these changes make; a digit's depends on its own row alone.

    Args:
        digits: (n, 1, 28, 28) ink in 0..1.
        changes: n rows, drawn with the same strength.
        strength: limits of the changes.

    Returns:
        (n, 1, 28, 28) ink in 0..1.
    """
    n, _, side, _ = digits.shape
    device = digits.device
    share = changes.share
    digits = _restroke(digits, changes.stroke, strength)

    # Places are in -1..1 from the middle of the first pixel to that of the last, as grid_sample has them.
    pixel = torch.linspace(-1, 1, side, device=device)
    unit = 2 / (side - 1)
    angle = torch.deg2rad(strength.rotation * share * changes.angle)
    slant, stretch = strength.slant * share * changes.slant, torch.exp(strength.stretch * share * changes.stretch / 2)
    turn = _matrices(angle.cos(), -angle.sin(), angle.sin(), angle.cos())
    # From a place on the variant to the place on the digit. The 1.2 leaves room for what grows beyond the picture.
    matrix = 1.2 * turn @ _matrices(stretch, slant, torch.zeros_like(slant), 1 / stretch)
    push = torch.zeros(n, 2, side, side, device=device)
    for (knots, deviation), bend in zip(strength.bend, changes.bend, strict=True):
        coarse = unit * deviation * share[:, None, None, None] * bend
        spread = _bicubic(knots, side).to(device)
        push += spread @ coarse @ spread.T

    # First pass: find the extent of the variant's ink.
    look = _sample(digits, _places(matrix, torch.zeros(n, 2, device=device), side) + push)[:, 0]
    columns, rows = look.sum(1), look.sum(2)
    middle = torch.stack([columns @ pixel, rows @ pixel], 1) / columns.sum(1, keepdim=True).clamp(min=1e-3)
    size = torch.maximum(_extent(look.amax(1)), _extent(look.amax(2)))
    # Second pass: sample the box, centred, straight from the digit, so that it is interpolated only once.
    scale = size / BOX * torch.exp(strength.zoom * changes.zoom)
    center = CENTER * unit - 1 + strength.shift * unit * (2 * changes.shift - 1)
    moved = middle - scale[:, None] * center
    zoom = _matrices(scale, torch.zeros_like(scale), torch.zeros_like(scale), scale)
    # Clamped, and not padding_mode="border", which not every device has.
    bent = _sample(push, _places(zoom, moved, side).clamp(-1, 1))
    variant = _sample(digits, _places(matrix @ zoom, (matrix @ moved[:, :, None])[:, :, 0], side) + bent)
    # Interpolation weakens thin strokes; MNIST's reach full ink.
    peak = variant.amax((1, 2, 3), keepdim=True).clamp(min=0.1)
    return (variant / peak * (1 + strength.contrast * changes.contrast[:, None, None, None])).clamp(0, 1)


def _restroke(digits: Tensor, amount: Tensor, strength: Strength) -> Tensor:
    """Strokes made thicker (amount 1) or thinner (amount -1)."""
    sign = torch.where(amount < 0, -1.0, 1.0)[:, None, None, None]
    share = (
        torch.where(amount < 0, -strength.thinner, strength.thicker)[:, None, None, None] * amount[:, None, None, None]
    )
    # A 3×3 maximum, by rows and then by columns; of the negative, it is the minimum. (max_pool2d is ten times slower.)
    most = F.pad(digits * sign, [1] * 4)
    most = torch.maximum(torch.maximum(most[:, :, :-2], most[:, :, 1:-1]), most[:, :, 2:])
    most = torch.maximum(torch.maximum(most[..., :-2], most[..., 1:-1]), most[..., 2:])
    return digits + share * (most * sign - digits)


@functools.cache
def _bicubic(knots: int, side: int) -> Tensor:
    """Weights (side, knots) of each knot in each pixel."""
    basis = torch.eye(knots)[:, None, :, None].expand(-1, -1, -1, 2)
    return F.interpolate(basis, (side, 2), mode="bicubic", align_corners=True)[:, 0, :, 0].T.contiguous()


def _matrices(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Stack four (n,) tensors into (n, 2, 2) matrices [[a, b], [c, d]]."""
    return torch.stack([a, b, c, d], 1).view(-1, 2, 2)


def _places(matrix: Tensor, moved: Tensor, side: int) -> Tensor:
    """Places of all pixels after a linear map and a shift: (n, 2, side, side), x and y.

    One product of matrices for all digits; `affine_grid` makes one for each, and takes five times as long.
    """
    theta = torch.cat([matrix, moved[:, :, None]], 2).view(-1, 3)
    return (theta @ _homogeneous(side).to(theta.device)).view(-1, 2, side, side)


@functools.cache
def _homogeneous(side: int) -> Tensor:
    """Coordinates (x, y, 1) of all pixels, row by row: (3, side * side)."""
    rows, columns = torch.meshgrid(*[torch.linspace(-1, 1, side)] * 2, indexing="ij")
    return torch.stack([columns, rows, torch.ones_like(rows)]).view(3, -1)


def _sample(pictures: Tensor, places: Tensor) -> Tensor:
    return F.grid_sample(pictures, places.permute(0, 2, 3, 1), align_corners=True)


def _extent(profile: Tensor) -> Tensor:
    """Pixels from the first to the last with ink: (n, side) -> (n,), at least 4."""
    inked = profile > 0.15
    side = profile.shape[1]
    first = inked.float().argmax(1)
    last = side - 1 - inked.flip(1).float().argmax(1)
    return (last - first + 1).float().clamp(min=4)
