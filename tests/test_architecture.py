"""The one rule of the house: `lenet` computes and `playground` shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS

pytestmark = pytest.mark.uncovered  # they read the project's lines and run none

ROOT = Path(__file__).parent.parent
LENET = sorted((ROOT / "lenet").rglob("*.py"))
PLAYGROUND = sorted((ROOT / "playground").rglob("*.py"))
JAVASCRIPT = sorted((ROOT / "playground").rglob("*.js"))


@cache
def nodes(file: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's syntax tree; parsed once, because many tests ask for them."""
    return tuple(ast.walk(ast.parse(file.read_text("utf-8"))))


def imported(file: Path) -> Iterator[str]:
    for node in nodes(file):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("file", LENET, ids=lambda file: file.name)
def test_lenet_never_shows(file: Path) -> None:
    tops = {name.partition(".")[0] for name in imported(file)}
    assert not tops & {"streamlit", "plotly", "playground"}


RIDDLES = ("What", "Which", "Who", "Where", "Whether", "How", "It", "They", "When", "That", "The same")
"""First words of a clause or a reference, not of a noun or an imperative."""


def sentences(file: Path) -> Iterator[str]:
    """Docstrings of a file, and the strings that document its constants and attributes."""
    for node in nodes(file):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value.strip()


@pytest.mark.parametrize("file", LENET + PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_docstrings_begin_with_a_noun_or_an_imperative(file: Path) -> None:
    assert [text for text in sentences(file) if re.match(rf"({'|'.join(RIDDLES)})\b", text)] == []


LAYERS = {"networks": 0, "digits": 0, "record": 1, "explain": 2, "train": 2, "convolution": 2, "scripts": 3}
PAGES = sorted(file.parent.name for file in (ROOT / "playground").glob("*/page.py"))


def folders(file: Path, package: str) -> Iterator[str]:
    """Folders of a package from which a file imports."""
    for node in nodes(file):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            top, _, rest = name.partition(".")
            if top == package:
                yield rest.partition(".")[0]


@pytest.mark.parametrize("file", [file for file in LENET if file.parent.name in LAYERS], ids=lambda file: file.stem)
def test_lenet_imports_from_its_own_layer_and_those_below(file: Path) -> None:
    own = LAYERS[file.parent.name]
    found = set(folders(file, "lenet"))
    assert not found & {"cli", "cli_report"}
    above = {name for name in found if LAYERS.get(name, -1) > own}
    beside = {name for name in found if own == 2 and LAYERS.get(name) == own and name != file.parent.name}
    assert not above | beside


def test_every_folder_of_lenet_has_a_layer() -> None:
    assert {file.parent.name for file in LENET if file.parent != ROOT / "lenet"} == LAYERS.keys()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_imports_no_other_page(page: str) -> None:
    for file in (ROOT / "playground" / page).glob("*.py"):
        assert not set(folders(file, "playground")) & set(PAGES) - {page}, file.name


@pytest.mark.parametrize("file", PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_page_is_imported_from_below(file: Path) -> None:
    if file.parent.name not in PAGES and file.name not in ("serve.py",):
        assert not set(folders(file, "playground")) & set(PAGES)


@pytest.mark.parametrize("file", PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_playground_never_computes_with_networks(file: Path) -> None:
    if file.name == "session.py":
        # It limits PyTorch to one thread and holds the shared networks; it computes nothing with them.
        names = {node.attr for node in nodes(file) if isinstance(node, ast.Attribute)}
        assert not names & {"functional", "tensor", "backward", "from_numpy"}
    else:
        assert not {"torch", "torchvision"} & {name.partition(".")[0] for name in imported(file)}


@pytest.mark.parametrize("file", LENET + PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_unpickled_or_evaluated(file: Path) -> None:
    assert not {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"} & set(imported(file))
    for node in nodes(file):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            owner = getattr(getattr(node.func, "value", None), "id", "")
            assert not (isinstance(node.func, ast.Name) and name in ("eval", "exec", "compile")), node.lineno
            if (owner, name) == ("torch", "load"):
                # One place reads what `torch.save` wrote, tensors alone, and for the person at the terminal alone.
                only = [key.value for key in node.keywords if key.arg == "weights_only"]
                assert file.name == "saved_file.py", node.lineno
                assert [isinstance(value, ast.Constant) and value.value is True for value in only] == [True]
        if isinstance(node, ast.keyword):
            assert node.arg not in ("unsafe_allow_html", "allow_pickle", "unsafe_allow_javascript"), node.value.lineno


TERMINAL = {"from_terminal": "checkpoint", "give": "own_weights", "read": "own_file", "take": "own_file"}
"""Functions that import code or read what `torch.save` wrote, and their modules."""
AT_THE_TERMINAL = {
    "cli.py",
    "cli_own.py",
    "cli_train.py",
    "__main__.py",
    "opened.py",
    "own_networks.py",
    "own_weights.py",
}


@pytest.mark.parametrize("file", LENET + PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_only_the_terminal_names_code_and_pickled_files(file: Path) -> None:
    for node in nodes(file):
        if isinstance(node, ast.Attribute) and TERMINAL.get(node.attr) == ast.unparse(node.value):
            assert file.name in AT_THE_TERMINAL, node.lineno


NAMES = (LOSSES.keys() | OPTIMIZERS.keys()) - {"none"}  # a word with other meanings too
HOMES = (ROOT / "lenet" / "record" / "losses.py", ROOT / "lenet" / "record" / "optimizers.py")


@pytest.mark.parametrize("file", [file for file in LENET + PLAYGROUND if file not in HOMES], ids=lambda file: file.stem)
def test_nothing_tests_for_the_name_of_a_loss_or_an_optimizer(file: Path) -> None:
    """These names stand in no comparison, dictionary or pattern outside their homes."""
    for node in nodes(file):
        keys = [key for key in node.keys if key] if isinstance(node, ast.Dict) else []
        tested = [node] if isinstance(node, ast.Compare | ast.MatchValue) else keys
        for part in (part for one in tested for part in ast.walk(one)):
            assert not (isinstance(part, ast.Constant) and part.value in NAMES), part.lineno


@pytest.mark.parametrize("file", PLAYGROUND, ids=lambda file: str(file.relative_to(ROOT)))
def test_code_is_shown_without_streamlits_highlighter(file: Path) -> None:
    calls = {ast.unparse(node.func) for node in nodes(file) if isinstance(node, ast.Call)}
    assert not {"st.code", "st.echo"} & calls


@pytest.mark.parametrize("file", JAVASCRIPT, ids=lambda file: str(file.relative_to(ROOT)))
def test_javascript_never_turns_data_into_markup(file: Path) -> None:
    code = file.read_text("utf-8")
    assert not re.search(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function)\b", code)
