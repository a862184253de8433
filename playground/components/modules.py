"""The components' JavaScript and CSS, and their constants, served over HTTP.

The address contains a digest of all files, so that a browser can cache them forever and never mixes two releases.
"""

from __future__ import annotations

import atexit
import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from playground.components import constants

HERE: Final = Path(__file__).parent
TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
JSON: Final = "application/json"
KEPT: Final = "public, max-age=31536000, immutable"

_routed = False


@dataclass(frozen=True)
class File:
    """A module, a style sheet or a language's constants.

    Attributes:
        content: the file's bytes.
        compressed: `content` compressed by gzip.
        media_type: value of the `Content-Type` header.
    """

    content: bytes
    compressed: bytes
    media_type: str


@cache
def files() -> dict[str, File]:
    """All files by their path, read and made at the first call."""
    paths = [path for path in sorted(HERE.rglob("*")) if path.suffix in TYPES]
    ours = {path.relative_to(HERE).as_posix(): _file(path.read_bytes(), TYPES[path.suffix]) for path in paths}
    return ours | {path: _file(content, JSON) for path, content in constants.files().items()}


def find(path: str) -> File | None:
    """File at a path, None if there is none."""
    return files().get(path)


@cache
def digest() -> str:
    """Digest of all files: 16 hexadecimal digits."""
    sums = (f"{path} {hashlib.sha256(file.content).hexdigest()}\n" for path, file in files().items())
    return hashlib.sha256("".join(sums).encode()).hexdigest()[:16]


def address() -> str:
    """Address below which all files are, relative to the playground's pages.

    That is our own route; under `streamlit run`, where an app can't add routes, Streamlit's route for component files.
    """
    if _routed:
        return f"modules/{digest()}/"
    root = _copies()
    manifest = ComponentManifest("playground", "", [ComponentConfig(digest(), root.name)])
    get_bidi_component_manager().register_from_manifest(manifest, root.parent)
    return f"_stcore/bidi-components/playground.{digest()}/"


def route(base: str) -> Route:
    """Create the route that serves all files; from then on, `address` returns it.

    Args:
        base: path prefix of the playground.
    """
    global _routed
    _routed = True
    return Route(f"{base}/modules/{{digest}}/{{path:path}}", _answer)


def links() -> str:
    """HTML for a page's head that loads all modules while Streamlit starts, so that no import waits for another.

    The constants as well, unless there are several languages: a page's head is the same for all visitors. The style
    sheets come when the first page is there, so that no further page waits for its own.
    """
    return "".join(_links())


def _links() -> Iterator[str]:
    made = [path for path, file in files().items() if file.media_type == JSON]
    for path, file in files().items():
        if file.media_type == TYPES[".js"]:
            yield f'<link rel="modulepreload" href="./modules/{digest()}/{path}">'
        if file.media_type == TYPES[".css"]:
            yield f'<link rel="prefetch" href="./modules/{digest()}/{path}">'
    if len(made) == 1:
        yield f'<link rel="preload" as="fetch" crossorigin href="./modules/{digest()}/{made[0]}">'


async def _answer(request: Request) -> Response:
    file = find(request.path_params["path"])
    if file is None or request.path_params["digest"] != digest():
        return PlainTextResponse("", 404, {"cache-control": "no-store"})
    headers = {"cache-control": KEPT, "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(file.content, media_type=file.media_type, headers=headers)
    return Response(file.compressed, media_type=file.media_type, headers={**headers, "content-encoding": "gzip"})


def _file(content: bytes, media_type: str) -> File:
    return File(content, gzip.compress(content, mtime=0), media_type)


@cache
def _copies() -> Path:
    """Folder with all files, until the program ends: Streamlit serves only what is on disk."""
    folder = Path(tempfile.mkdtemp(prefix="playground-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for path, file in files().items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content)
    return folder
