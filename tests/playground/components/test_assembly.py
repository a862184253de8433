"""Values and code on their way to the browser: what was sent is what arrives."""

from __future__ import annotations

import json
import re
import struct
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.components import assembly

COMPONENTS = sorted(file.parent.name for file in assembly.HERE.glob("*/__init__.py"))
for folder in COMPONENTS:
    import_module(f"playground.components.{folder}")  # it registers itself


def test_every_component_is_registered() -> None:
    assert len(COMPONENTS) >= 8
    assert set(COMPONENTS) == set(assembly.SOURCES)


def unpack(block: bytes) -> dict[str, object]:
    """Read a block of `pack` in the plainest way."""
    (length,) = struct.unpack_from("<I", block)
    plain, sizes = json.loads(block[4 : 4 + length])
    offset = 4 + length
    for key, size in sizes.items():
        assert offset % 4 == 0
        plain[key] = block[offset : offset + size]
        offset += size + -size % 4
    assert offset == len(block)
    return dict(plain)


@pytest.mark.parametrize("blob", [b"", b"1", b"12345678", bytes(range(256)) * 9 + b"x"])
def test_pack_loses_nothing(blob: bytes) -> None:
    data = {"a": [1, None, "√"], "blob": blob, "other": b"abc", "b": {"c": 1.5}}
    assert unpack(assembly.pack(data)) == data


SAID_BY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), st.binary(max_size=9) | SAID_BY_JSON, max_size=6))
def test_pack_loses_nothing_of_anything(data: dict[str, object]) -> None:
    assert unpack(assembly.pack(data)) == data


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_pack_refuses_what_json_cannot_say(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        assembly.pack({"a": number})


@pytest.mark.parametrize("name", COMPONENTS)
def test_joined_code_is_one_expression_without_module_words(name: str) -> None:
    joined = assembly.javascript(assembly.SOURCES[name])
    assert joined.startswith("(() => {")
    assert not re.search(r"^(import|export) ", joined, re.MULTILINE)


@pytest.mark.parametrize("name", COMPONENTS)
def test_every_import_is_in_the_list_before_the_file_that_uses_it(name: str) -> None:
    files = assembly.SOURCES[name].files
    for index, file in enumerate(files):
        source = (assembly.HERE / file).read_text("utf-8")
        for target in re.findall(r'^import\s[^;]*?from\s+"([^"]+)";', source, re.MULTILINE):
            path = (assembly.HERE / file).parent.joinpath(target).resolve().relative_to(assembly.HERE)
            assert str(path) in files[:index], f"{file} imports {target}"
