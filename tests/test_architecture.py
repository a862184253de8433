"""The one rule of the house: `lenet` computes and `playground` shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LENET = sorted((ROOT / "lenet").rglob("*.py"))
PLAYGROUND = sorted((ROOT / "playground").rglob("*.py"))
JAVASCRIPT = sorted((ROOT / "playground").rglob("*.js"))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("file", LENET, ids=lambda file: file.name)
def test_lenet_never_shows(file: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(file)}
    assert not tops & {"streamlit", "plotly", "playground"}


@pytest.mark.parametrize("file", PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_playground_never_computes_with_networks(file: Path) -> None:
    if file.name == "session.py":
        # It limits PyTorch to one thread and holds the shared networks; it computes nothing with them.
        names = {node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)}
        assert not names & {"functional", "tensor", "backward", "from_numpy"}
    else:
        assert not {"torch", "torchvision"} & {name.partition(".")[0] for name in imported(file)}


@pytest.mark.parametrize("file", LENET + PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_unpickled_or_evaluated(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    assert not {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"} & set(imported(file))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            assert not (isinstance(node.func, ast.Name) and name in ("eval", "exec", "compile")), node.lineno
            assert (owner, name) != ("torch", "load"), node.lineno
        if isinstance(node, ast.keyword):
            assert node.arg not in ("unsafe_allow_html", "allow_pickle", "unsafe_allow_javascript"), node.value.lineno


@pytest.mark.parametrize("file", JAVASCRIPT, ids=lambda file: str(file.relative_to(ROOT)))
def test_javascript_never_turns_data_into_markup(file: Path) -> None:
    code = file.read_text("utf-8")
    assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b", code)
