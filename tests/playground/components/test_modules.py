"""Tests of the browser's modules: every import leads to a file, and every file is served and may be cached."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from playground.components import constants, modules, mount

MODULES = [path for path in modules.files() if path.endswith(".js")]
COMPONENTS = sorted(file.parent.name for file in modules.HERE.glob("*/__init__.py"))
STATEMENT = re.compile(r'^(?:import|export)\b[^;"]*\bfrom "([^"]+)";', re.M)
MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
}

Get = Callable[..., tuple[int, dict[str, str], bytes]]


@pytest.fixture
def get(monkeypatch: pytest.MonkeyPatch) -> Get:
    """Function that requests a path and returns status, headers and body."""
    monkeypatch.setattr(modules, "_routed", False)
    app = Starlette(routes=[modules.route("/cnn")])

    def ask(path: str, encoding: str = "identity") -> tuple[int, dict[str, str], bytes]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"accept-encoding", encoding.encode())]
        scope = {"type": "http", "method": "GET", "path": unquote(path), "headers": headers, "query_string": b""}
        asyncio.run(app(scope, None, send))  # type: ignore[arg-type]
        start, body = sent
        return start["status"], {key.decode(): value.decode() for key, value in start["headers"]}, body["body"]

    return ask


def targets(path: str) -> set[str]:
    """Files that a module imports, as paths below the folder of components."""
    names = STATEMENT.findall(modules.files()[path].content.decode())
    found = ((modules.HERE / PurePosixPath(path).parent / name).resolve() for name in names)
    return {file.relative_to(modules.HERE).as_posix() for file in found}


@pytest.mark.parametrize("path", MODULES)
def test_every_import_leads_to_a_file(path: str) -> None:
    code = modules.files()[path].content.decode()
    assert len(STATEMENT.findall(code)) >= len(re.findall("^import ", code, re.M))
    assert targets(path) <= set(MODULES)


def test_every_module_is_of_use() -> None:
    used = {"shared/mount.js", *(f"{name}/{name}.js" for name in COMPONENTS)}
    waiting = list(used)
    while waiting:
        waiting += (new := targets(waiting.pop()) - used)
        used |= new
    assert used == set(MODULES)


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_has_a_module_that_renders_and_texts_where_it_shows_something(name: str) -> None:
    import_module(f"playground.components.{name}")  # the import registers the component
    file = modules.find(f"{name}/{name}.js")
    assert file is not None
    code = file.content.decode()
    assert re.search(r"^export function render\(", code, re.M)
    assert bool(re.search(r"^export .*\bskeleton\b", code, re.M)) == (modules.find(f"{name}/{name}.css") is not None)


@pytest.mark.parametrize("path", list(modules.files()))
def test_every_file_is_served_as_what_it_is_for_good(get: Get, path: str) -> None:
    read = {"identity": bytes, "gzip": gzip.decompress}
    for encoding in read:
        status, headers, body = get(f"/cnn/{modules.address()}{path}", encoding)
        assert status == 200
        assert read[encoding](body) == modules.files()[path].content
        assert headers["content-length"] == str(len(body))
        assert headers["content-type"] == MEDIA_TYPES[PurePosixPath(path).suffix]
        assert headers["cache-control"] == "public, max-age=31536000, immutable"
        assert headers["vary"] == "accept-encoding"
        assert headers.get("content-encoding", "identity") == encoding


@pytest.mark.parametrize(
    "path",
    [
        "",
        "shared",
        "shared/",
        "shared/none.js",
        "mount.py",
        "shared/mount.py",
        "drawing_pad/__init__.py",
        "../palette.py",
        "..%2Fpalette.py",
        "shared/../shared/mount.js",
        "shared/..%2fshared/mount.js",
        "%2e%2e/palette.py",
        "..\\palette.py",
        "/etc/passwd",
        "%2fetc/passwd",
        "shared/mount.js%00",
        "shared/mount.js/",
        "SHARED/MOUNT.JS",
    ],
)
def test_nothing_else_is_served(get: Get, path: str) -> None:
    status, _, body = get(f"/cnn/{modules.address()}{path}")
    assert status == 404
    assert body == b""


def test_the_files_are_those_of_the_folder_and_the_constants() -> None:
    made = constants.files()
    for path, file in modules.files().items():
        assert file.content == (made[path] if path in made else (modules.HERE / path).read_bytes())
    assert made.keys() <= modules.files().keys()


def test_files_of_another_release_are_not_there(get: Get) -> None:
    status, headers, _ = get("/cnn/modules/0123456789abcdef/shared/mount.js")
    assert status == 404
    assert headers["cache-control"] == "no-store"


def test_the_address_changes_with_any_file(monkeypatch: pytest.MonkeyPatch) -> None:
    before = modules.digest()
    assert modules.digest.__wrapped__() == before
    own = modules.files()
    for path, file in own.items():
        changed = modules.File(file.content + b"\n", b"", file.media_type)
        monkeypatch.setattr(modules, "files", lambda path=path, changed=changed: {**own, path: changed})
        assert modules.digest.__wrapped__() != before
    renamed = {f"{path}x" if path == "shared/dom.js" else path: file for path, file in own.items()}
    monkeypatch.setattr(modules, "files", lambda: renamed)
    assert modules.digest.__wrapped__() != before


def test_a_page_links_to_every_module() -> None:
    linked = re.findall(r'<link rel="modulepreload" href="\./([^"]+)">', modules.links())
    assert linked == [f"modules/{modules.digest()}/{path}" for path in MODULES]


def test_a_page_links_to_every_style_sheet() -> None:
    linked = re.findall(r'<link rel="prefetch" href="\./([^"]+)">', modules.links())
    sheets = sorted(path.relative_to(modules.HERE).as_posix() for path in modules.HERE.rglob("*.css"))
    assert linked == [f"modules/{modules.digest()}/{path}" for path in sheets]


def test_a_page_links_to_the_constants_of_the_only_language(monkeypatch: pytest.MonkeyPatch) -> None:
    (link,) = re.findall(r'<link rel="preload" as="fetch" crossorigin href="\./([^"]+)">', modules.links())
    assert link == f"modules/{modules.digest()}/constants/en.json"
    own = modules.files()
    both = {**own, "constants/xx.json": own["constants/en.json"]}
    monkeypatch.setattr(modules, "files", lambda: both)
    assert "as=" not in modules.links()


def test_compressed_files_are_smaller() -> None:
    own = modules.files().values()
    assert all(gzip.decompress(file.compressed) == file.content for file in own)
    assert sum(len(file.compressed) for file in own) < sum(len(file.content) for file in own) / 2


def test_the_stub_is_small_and_names_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, str] = {}
    monkeypatch.setattr(mount.st.components.v2, "component", lambda name, js: given.update({name: js}))
    mount.component("walk_strip")
    mount.component("menu")
    assert f'"{modules.address()}shared/mount.js"' in given["walk_strip"]
    assert 'load("walk_strip", true, missing)' in given["walk_strip"]
    assert 'load("menu", false, missing)' in given["menu"]
    assert len(given["walk_strip"]) < 384


def test_without_our_own_route_streamlit_serves_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules, "_routed", False)
    kept: list[tuple[str, Path]] = []

    class Manager:
        def register_from_manifest(self, manifest: modules.ComponentManifest, root: Path) -> None:
            (part,) = manifest.components
            kept.append((f"{manifest.name}.{part.name}", part.resolve_asset_root(root) or Path()))

    monkeypatch.setattr(modules, "get_bidi_component_manager", Manager)
    address = modules.address()
    ((name, folder),) = kept
    assert address == f"_stcore/bidi-components/{name}/"
    copies = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    assert copies == {path: file.content for path, file in modules.files().items()}
    assert modules.address() == address
    assert {place for _, place in kept} == {folder}, "the copies are made once"
