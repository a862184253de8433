"""Picture files as inputs of networks that read pictures, not digits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from lenet.digits.picture_file import decode
from lenet.errors import InputError
from lenet.networks.form import Form


def read(data: bytes, form: Form) -> NDArray[np.uint8]:
    """Largest part in the middle of a picture that has the input's proportions, in its size.

    Args:
        data: content of a picture file.
        form: of the input.

    Returns:
        (C, H, W) uint8, RGB where there are three channels, and luma where there is one.

    Raises:
        InputError: the file is no picture, or the input has another number of channels.
    """
    if form.channels not in (1, 3):
        raise InputError("picture-channels", channels=form.channels)
    picture = Image.fromarray(decode(data)).convert("RGB" if form.channels == 3 else "L")
    scale = min(picture.width / form.width, picture.height / form.height)
    width, height = form.width * scale, form.height * scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    box = (left, top, left + width, top + height)
    fitted = np.asarray(picture.resize((form.width, form.height), Image.Resampling.BILINEAR, box=box))
    return np.ascontiguousarray(fitted.transpose(2, 0, 1) if form.channels == 3 else fitted[None])


def inputs(pixels: NDArray[np.uint8], form: Form) -> NDArray[np.float32]:
    """Pixels as the network gets them: (C, H, W) uint8 -> (1, C, H, W) float32, in 0..1 and then normalised."""
    return form.normalize(torch.from_numpy(pixels[None].astype(np.float32) / np.float32(255))).numpy()
