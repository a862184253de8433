"""Read a network that the person at the terminal names: `my_net.py:Net`, or `torchvision:resnet18`.

Reading runs the file. Call this with the words of a command line alone, never with those of a browser or of a run.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import inspect
import itertools
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import nn

from lenet.errors import InputError
from lenet.networks import models, own, own_check
from lenet.networks.form import Form
from lenet.networks.own import Examples, Own, said
from lenet.networks.torchvision_guard import torchvision

TORCHVISION: Final = "torchvision"
SUFFIX: Final = ".py"


class Read(NamedTuple):
    """A network that was read, and registered.

    Attributes:
        own: the network.
        differentiable: whether its parameters get gradients.
        searched: True if nothing said the form of its input, so that the first that it took was chosen.
        converted: dtypes of its numbers that were converted to float32.
    """

    own: Own
    differentiable: bool
    searched: bool
    converted: tuple[str, ...]


class _Source(NamedTuple):
    """Way to a network: its name, how to make it, its code, what is known about it, and itself where it is there."""

    name: str
    make: Callable[[], Any]
    code: str
    form: Form | None = None
    names: tuple[str, ...] = ()
    given: nn.Module | None = None


def names_one(text: str) -> bool:
    """True if a text is one that `read` reads, and not the name of a network of the project."""
    head, _, tail = text.rpartition(":")
    return bool(tail) and (head == TORCHVISION or head.endswith(SUFFIX))


def read(text: str, form: Form | None = None, names: Sequence[str] = ()) -> Read:
    """Import a file, or torchvision, make the network that it names, check it and register it.

    Args:
        text: path of a Python file and name of a callable or a module in it, such as `my_net.py:Net`; or
            `torchvision:` and the name of a classification network.
        form: of its input; None to find it out.
        names: of the classes; of a torchvision network also how many there are.

    Raises:
        InputError: there is no such file or name, it can't be imported or called, or it is no classifier.
    """
    head, _, tail = text.rpartition(":")
    source = _torchvision(tail, names) if head == TORCHVISION else _file(Path(head), tail)
    return _checked(source, text, form or source.form, tuple(names) or source.names)


def take(
    model: nn.Module,
    form: Form | None = None,
    names: Sequence[str] = (),
    examples: Examples | None = None,
    name: str = "",
) -> Read:
    """Check a network that a script hands over, and register a copy of it.

    Args:
        model: the network; it is not changed.
        form: of its input; None to find it out.
        names: of the classes.
        examples: inputs that come with it.
        name: "" for that of its class.

    Raises:
        InputError: it is no classifier, or can't be copied.
    """
    if not isinstance(model, nn.Module):
        raise InputError("own-object", given=repr(model)[:80], kind=type(model).__name__)
    inner = own_check.unwrapped(model)
    own_check.parameters(type(inner).__name__, inner)
    with torch.no_grad():
        try:
            copied = _detached(inner)
        except Exception as error:
            raise InputError("model-copy", name=type(inner).__name__, reason=said(error)) from None
    source = _Source(_unused(name or type(inner).__name__), lambda: _fresh(copied), "", given=copied)
    return _checked(source, "", form, tuple(names), examples)


def _unused(name: str) -> str:
    """This name, or with a number where a network has it already."""
    taken = {*own.names(), *models.MODELS}
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain((name,), numbered) if one not in taken)


def _checked(
    source: _Source,
    text: str,
    form: Form | None,
    names: tuple[str, ...],
    examples: Examples | None = None,
) -> Read:
    made = _made(source) if source.given is None else source.given
    inner = own_check.unwrapped(made)
    own_check.parameters(source.name, inner)
    converted = sorted({str(p.dtype)[6:] for p in inner.parameters() if p.dtype != torch.float32})
    ready = inner.to("cpu").float()
    found = own_check.check(source.name, ready, form)
    if names and len(names) != found.classes:
        raise InputError("own-names", name=source.name, classes=found.classes, count=len(names))
    if examples is not None and examples.labels is not None and not _in_range(examples.labels, found.classes):
        raise InputError("label-range", count=len(examples.inputs), last=found.classes - 1)
    kept = Own(
        source.name,
        text,
        lambda: own_check.unwrapped(source.make()),
        own.prepared(ready, found.form).eval(),
        found.form,
        found.classes,
        names,
        source.code,
        examples,
    )
    own.register(kept)
    return Read(kept, found.differentiable, form is None, tuple(converted))


def _made(source: _Source) -> nn.Module:
    """The network, from seed 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            made = source.make()
        except InputError:
            raise
        except Exception as error:
            key = "own-gpu" if any(word in str(error) for word in ("CUDA", "NVIDIA")) else "own-constructor"
            raise InputError(key, name=source.name, reason=said(error)) from None
    if not isinstance(made, nn.Module):
        raise InputError("own-module", name=source.name, kind=type(made).__name__)
    return made


def _file(path: Path, name: str) -> _Source:
    """Way to a network in a Python file."""
    found = getattr(_imported(path), name, None)
    if found is None:
        module = _imported(path)
        there = [key for key, value in vars(module).items() if _is_network(value, module)]
        raise InputError("own-name", path=path, name=name, names=", ".join(there) or "none")
    short = f"{path.stem}:{name}"
    start = f"# {path} and its folder are yours.\nsys.path.insert(0, {str(path.resolve().parent)!r})\n"
    if isinstance(found, nn.Module):
        copied = _detached(found)
        return _Source(short, lambda: _fresh(copied), f"{start}from {path.stem} import {name} as model", given=copied)
    if not callable(found):
        raise InputError("own-callable", path=path, name=name, kind=type(found).__name__)
    try:
        inspect.signature(found).bind()
    except TypeError:
        wanted = str(inspect.signature(found))
        raise InputError("own-arguments", path=path, name=name, signature=wanted) from None
    except ValueError:
        pass  # a callable without a signature: calling it shows
    return _Source(short, found, f"{start}from {path.stem} import {name}\n\nmodel = {name}()")


def _imported(path: Path) -> ModuleType:
    """Module of a file, imported once."""
    if not path.is_file():
        raise InputError("file-read", path=path, reason="there is no such file")
    where = path.resolve()
    key = f"{path.stem}_{hashlib.sha256(str(where).encode()).hexdigest()[:8]}"
    if key in sys.modules:
        return sys.modules[key]
    spec = importlib.util.spec_from_file_location(key, where)
    if spec is None or spec.loader is None:
        raise InputError("own-python", path=path, line=1, reason="its name doesn't end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[key] = module  # dataclasses and the like look their module up
    folder = str(where.parent)
    sys.path.insert(0, folder)  # what it imports from beside it
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[key]
        if isinstance(error, KeyboardInterrupt):
            raise
        if isinstance(error, SyntaxError | UnicodeDecodeError) and _is_of(error, where):
            line = (error.lineno or 1) if isinstance(error, SyntaxError) else 1
            raise InputError("own-python", path=path, line=line, reason=getattr(error, "msg", error)) from None
        raise InputError("own-import", path=path, line=_line(error, where), reason=said(error)) from None
    finally:
        sys.path.remove(folder)
    return module


def _is_of(error: SyntaxError | UnicodeDecodeError, where: Path) -> bool:
    return isinstance(error, UnicodeDecodeError) or error.filename in (str(where), None)


def _line(error: BaseException, where: Path) -> int | str:
    """Last line of the file in an error's traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(where)]
    return (lines[-1] or "?") if lines else "?"


def _is_network(value: object, module: ModuleType) -> bool:
    """True for a class or a function of the file that may give a network, or for a network."""
    if isinstance(value, type):
        return issubclass(value, nn.Module) and value.__module__ == module.__name__
    return isinstance(value, nn.Module) or (inspect.isfunction(value) and value.__module__ == module.__name__)


def _torchvision(name: str, names: Sequence[str]) -> _Source:
    """Way to a classification network of torchvision, with random weights."""
    models: Any = torchvision().models
    there = models.list_models(module=models)
    if name not in there:
        near = difflib.get_close_matches(name, there, 5, 0.4) or there[:5]
        raise InputError("own-torchvision", name=name, count=len(there), names=", ".join(near))
    weights = models.get_model_weights(name).DEFAULT
    trained = weights.transforms()
    side = trained.crop_size[0]
    options: dict[str, Any] = {"num_classes": len(names)} if names else {}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False  # torchvision's own takes a minute
    given = "".join(f", {key}={value!r}" for key, value in options.items())
    code = f"import torchvision\n\nmodel = torchvision.models.get_model({name!r}{given})"
    form = Form(3, side, side, tuple(trained.mean), tuple(trained.std))
    classes = tuple(names) or tuple(weights.meta["categories"])
    return _Source(f"{TORCHVISION}:{name}", lambda: models.get_model(name, **options), code, form, classes)


def _detached(model: nn.Module) -> nn.Module:
    """Copy of a network without gradients, hooks and graph."""
    import copy

    copied = copy.deepcopy(model)
    for parameter in copied.parameters():
        parameter.grad = None
    return copied


def _fresh(model: nn.Module) -> nn.Module:
    """Copy of a network, initialised again as its modules do it.

    Raises:
        InputError: a module has parameters and no `reset_parameters`.
    """
    copied = _detached(model)
    for name, module in copied.named_modules():
        reset = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
        if reset is not None:
            reset()
        elif any(True for _ in module.parameters(recurse=False)):
            raise InputError("own-fresh", name=type(model).__name__, layer=name or type(module).__name__)
    return copied


def _in_range(labels: np.ndarray[Any, Any], classes: int) -> bool:
    return bool(len(labels)) and int(labels.min()) >= 0 and int(labels.max()) < classes
