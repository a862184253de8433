"""Weights on disk: a safetensors file, and beside it a JSON card that says how they were trained.

A safetensors file holds numbers and names alone, so that nothing in it can run. Everything else is refused, but for the
file that the person at the terminal names, see `from_terminal`. Names and
types may be those that training leaves behind: prefixes of wrappers, half or double precision.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from lenet.assets import ASSETS
from lenet.errors import InputError
from lenet.messages import Message
from lenet.networks import own, saved_file, weights_fit
from lenet.networks.models import MODELS, build, check

SHIPPED: Final = ASSETS / "weights"
MAX_BYTES: Final = 64 * 2**20
"""Largest file in bytes: a hundred times the largest network here."""
LARGEST: Final = 16 * 2**30
"""Largest file in bytes that the person at the terminal names."""


class Loaded(NamedTuple):
    """A network with the weights of a file.

    Attributes:
        model: on the CPU, in evaluation mode.
        names: the file's name for each entry of the network's state dict.
        converted: types of the file's numbers that were converted to float32, such as `float16`.
    """

    model: nn.Module
    names: Mapping[str, str]
    converted: tuple[str, ...]


def path_of(name: str) -> Path:
    """Path of the shipped weights of a network.

    Raises:
        InputError: there is no such network, or it has none.
    """
    if check(name) or own.find(name) is not None:
        raise InputError("weights-none")
    return SHIPPED / f"{name}.safetensors"


def load(name: str, path: str | os.PathLike[str] | None = None) -> nn.Module:
    """A network with its weights, on the CPU, in evaluation mode.

    Args:
        name: as for `lenet.networks.models.build`.
        path: of a safetensors file; None for the shipped weights, and for those with which a network of one's own came.

    Raises:
        InputError: there is no such network or file, the file doesn't fit the network, or it isn't the one that the
            card beside it describes.
    """
    given = own.find(name) if path is None else None
    if given is not None:
        return given.copy()
    file = path_of(name) if path is None else Path(path)
    data = _read(file)
    _check_digest(file, data)
    return from_bytes(name, data, file).model


def from_terminal(name: str, path: str | os.PathLike[str]) -> Loaded:
    """A network with the weights of a file that the person at the terminal names.

    Besides safetensors, that is what `torch.save` writes: state dicts, also inside others, read with `weights_only`.
    Never call this with the words of a browser, of an address or of a run.

    Args:
        name: as for `lenet.networks.models.build`.
        path: of the file.

    Raises:
        InputError: there is no such network or file, or the file doesn't fit the network.
    """
    file = Path(path)
    data = _read(file, LARGEST)
    _check_digest(file, data)
    if not _is_pickled(data):
        return from_bytes(name, data, file, LARGEST)
    return _loaded(name, saved_file.tensors(data, file), file)


def from_bytes(name: str, data: bytes, source: str | os.PathLike[str], limit: int = MAX_BYTES) -> Loaded:
    """A network with the weights of a safetensors file's content.

    The file's names may carry a common prefix (`model.`) and those of `WRAPPERS`; its numbers may be of any of
    `PRECISIONS`. Entries beside those of the prefix, such as an optimizer's state, are not read.

    Args:
        name: as for `lenet.networks.models.build`.
        data: the content.
        source: what a message calls it.
        limit: largest number of bytes.

    Raises:
        InputError: there is no such network, or the content doesn't fit it.
    """
    check(name)
    if len(data) > limit:
        raise InputError("weights-size", path=source, limit=limit // 2**20)
    try:
        weights = safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError, RuntimeError):
        if _is_pickled(data):
            raise InputError("weights-pickled", path=source, lines="; ".join(conversion(source))) from None
        raise InputError("weights-format", path=source) from None
    return _loaded(name, weights, source)


def _loaded(name: str, weights: Mapping[str, Tensor], source: str | os.PathLike[str]) -> Loaded:
    """A network with these weights, for which it need not be initialised again."""
    given = own.find(name)
    model = build(name) if given is None else given.copy()
    mine = model.state_dict()
    try:
        names = weights_fit.fit(source, name, weights, mine)
    except InputError:
        other = next((known for known in MODELS if known != name and _fits(weights, known)), None)
        if other is None:
            raise
        raise InputError("weights-other", path=source, name=name, other=other) from None
    types = ((weights[found], mine[key].dtype) for key, found in names.items())
    converted = {weights_fit.type_of(tensor) for tensor, wanted in types if tensor.dtype != wanted}
    model.load_state_dict({key: weights[found].to(mine[key].dtype) for key, found in names.items()})
    return Loaded(model.eval(), names, tuple(sorted(converted)))


def conversion(source: str | os.PathLike[str]) -> tuple[str, str]:
    """Two lines of Python that write the pickled weights of a file as safetensors, beside it.

    Args:
        source: the file's path or name.
    """
    target = f"{os.path.splitext(source)[0]}.safetensors"  # a browser may send any name, even none
    loaded = f'torch.load({str(source)!r}, map_location="cpu", weights_only=True)'
    return "import torch, safetensors.torch", f"safetensors.torch.save_file({loaded}, {target!r})"


def card(name: str, path: str | os.PathLike[str] | None = None) -> dict[str, Any]:
    """The card of the weights: recipe, seeds, data, accuracies, and the SHA-256 of their file.

    Args:
        name: as for `lenet.networks.models.build`.
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
        raise InputError("weights-card", path=file, reason=Message("card-object"))
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
        card_file.unlink(missing_ok=True)  # so that weights never have the card of others
        data = safetensors.torch.save(weights)
        _replace(file, data)
        described = {**content, "sha256": hashlib.sha256(data).hexdigest()}
        _replace(card_file, (json.dumps(described, indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise InputError("weights-write", path=file, reason=error.strerror or error) from None
    return described


def _read(file: Path, limit: int = MAX_BYTES) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(limit + 1)
    except OSError as error:
        raise InputError("weights-missing", path=file, reason=error.strerror or error) from None


def _check_digest(file: Path, data: bytes) -> None:
    """Compare with the digest in the card; weights without one are taken as they are."""
    card_file = file.with_suffix(".json")
    try:
        digest = json.loads(card_file.read_bytes()).get("sha256")
    except (OSError, ValueError, AttributeError):
        return  # without a readable card, the weights can still be used
    if digest is not None and digest != hashlib.sha256(data).hexdigest():
        raise InputError("weights-digest", name=file.name, card=card_file.name)


def _fits(weights: Mapping[str, Tensor], name: str) -> bool:
    """True if the weights fit this network."""
    try:
        weights_fit.fit("", name, weights, build(name).state_dict())
    except InputError:
        return False
    return True


def _is_pickled(data: bytes) -> bool:
    """True if `torch.save` wrote the data: a zip archive with a data.pkl or, before PyTorch 1.6, a bare pickle."""
    return (data.startswith(b"PK") and b"/data.pkl" in data) or (data[:1] == b"\x80" and data[1:2] in b"\2\3\4\5")


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
