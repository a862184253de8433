"""Weights on disk: a safetensors file, and beside it a card in JSON that says how they came to be.

A safetensors file holds numbers and names alone, so that nothing in it can run. Everything else is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.models import MODELS, build

SHIPPED: Final = Path(__file__).parent.parent / "assets" / "weights"
MAX_BYTES: Final = 64 * 2**20
"""No larger file is taken: a hundred times the largest network here."""


def path_of(name: str) -> Path:
    """Where the shipped weights of a network lie.

    Raises:
        InputError: there is no such network.
    """
    if name not in MODELS:
        raise InputError("model-unknown", name=name, names=", ".join(MODELS))
    return SHIPPED / f"{name}.safetensors"


def load(name: str, path: str | os.PathLike[str] | None = None) -> nn.Module:
    """A network with its weights, on the CPU, in evaluation mode.

    Args:
        name: one of `lenet.models.MODELS`.
        path: of a safetensors file; None for the shipped weights.

    Raises:
        InputError: there is no such network or file, the file doesn't fit the network, or it isn't the one that the
            card beside it describes.
    """
    file = path_of(name) if path is None else Path(path)
    data = _read(file)
    _check_digest(file, data)
    return from_bytes(name, data, file)


def from_bytes(name: str, data: bytes, source: str | os.PathLike[str]) -> nn.Module:
    """A network with the weights of a safetensors file's content, on the CPU, in evaluation mode.

    Args:
        name: one of `lenet.models.MODELS`.
        data: the content.
        source: what a message calls it.

    Raises:
        InputError: there is no such network, or the content doesn't fit it.
    """
    model = build(name)
    if len(data) > MAX_BYTES:
        raise InputError("weights-size", path=source, limit=MAX_BYTES // 2**20)
    try:
        weights = safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError):
        raise InputError("weights-format", path=source) from None
    _check(source, name, weights, model.state_dict())
    model.load_state_dict(weights)
    return model.eval()


def card(name: str, path: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """What is known about the weights: recipe, seeds, data, accuracies, and the SHA-256 of their file.

    Args:
        name: one of `lenet.models.MODELS`.
        path: of the weights; None for the shipped ones.

    Returns:
        The card, or an empty dict where the weights have none.

    Raises:
        InputError: the card can't be read.
    """
    file = (path_of(name) if path is None else Path(path)).with_suffix(".json")
    if not file.exists():
        return {}
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("weights-card", path=file, reason=error) from None
    if not isinstance(content, dict):
        raise InputError("weights-card", path=file, reason="it is not a JSON object")
    return content


def save(model: nn.Module, path: str | os.PathLike[str], content: Mapping[str, Any]) -> dict[str, Any]:
    """Write the weights to `path` and the card beside them, each whole or not at all.

    Args:
        model: whose weights they are.
        path: of the safetensors file.
        content: of the card, without the digest.

    Returns:
        The card as it was written: `content`, and the SHA-256 of the weights' file as `sha256`.

    Raises:
        InputError: the folder can't be written to.
    """
    file, card_file = Path(path), Path(path).with_suffix(".json")
    weights = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        card_file.unlink(missing_ok=True)  # so that weights never lie beside the card of others
        data = safetensors.torch.save(weights)
        _replace(file, data)
        described = {**content, "sha256": hashlib.sha256(data).hexdigest()}
        _replace(card_file, (json.dumps(described, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise InputError("weights-write", path=file, reason=error.strerror or error) from None
    return described


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError("weights-missing", path=file, reason=error.strerror or error) from None


def _check_digest(file: Path, data: bytes) -> None:
    """Compare with the digest in the card; weights without one are taken as they are."""
    card_file = file.with_suffix(".json")
    try:
        digest = json.loads(card_file.read_bytes()).get("sha256")
    except (OSError, ValueError, AttributeError):
        return  # no card, or one that `card` complains about: the weights may be good all the same
    if digest is not None and digest != hashlib.sha256(data).hexdigest():
        raise InputError("weights-digest", name=file.name, card=card_file.name)


def _check(
    source: str | os.PathLike[str], name: str, weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> None:
    if weights.keys() != expected.keys():
        odd = sorted(weights.keys() ^ expected.keys())[0]
        raise InputError("weights-network", path=source, name=name, reason=f"{odd[:60]!r} is in only one of the two")
    for key, tensor in weights.items():
        want = expected[key]
        if tensor.shape != want.shape or tensor.dtype != want.dtype:
            found = f"{key} is {_describe(tensor)} and not {_describe(want)}"
            raise InputError("weights-network", path=source, name=name, reason=found)
        if not torch.isfinite(tensor).all():
            raise InputError("weights-finite", path=source, parameter=key)


def _describe(tensor: Tensor) -> str:
    return f"{'×'.join(map(str, tensor.shape)) or 'one number'} of {str(tensor.dtype).removeprefix('torch.')}"


def _replace(file: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(temporary, 0o644)  # mkstemp's 0600 would hide the weights from a server's user
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
