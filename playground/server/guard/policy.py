"""Security headers of every response, with the Content Security Policy of the pages."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Final

from streamlit import file_util

from playground.server.guard.hosts import Authority, ip_address

INLINE: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)

FIXED: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


UNFRAMED: Final = ((b"x-frame-options", b"SAMEORIGIN"),)
NOTEBOOKS: Final = "http://localhost:* http://127.0.0.1:* vscode-webview:"
"""Pages of notebooks on this computer."""


def headers(host: Authority | None, embedded: bool = False) -> list[tuple[bytes, bytes]]:
    """Headers of the response to a request for this host.

    Args:
        host: host of the request, which the policy names because Safari before 15.4 does not count WebSockets as
            `'self'`; None for a request that is refused.
        embedded: True to let pages of `NOTEBOOKS` show the playground in a frame.
    """
    return [(b"content-security-policy", _policy(host, embedded)), *FIXED, *(() if embedded else UNFRAMED)]


@cache
def scripts() -> str:
    """Hashes of the inline scripts in Streamlit's page, in the syntax of the policy."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_text("utf-8")
    digests = (hashlib.sha256(code.encode()).digest() for code in INLINE.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def _policy(host: Authority | None, embedded: bool) -> bytes:
    sockets = ""
    if host:
        name = f"[{host.name}]" if ip_address(host.name) and ":" in host.name else host.name
        place = name if host.port is None else f"{name}:{host.port}"
        sockets = f" ws://{place} wss://{place}"
    rules = (
        "default-src 'self'",
        # Streamlit imports a component's stub from a blob, which only its own scripts can create, and runs WebAssembly.
        f"script-src 'self' blob: 'wasm-unsafe-eval' {scripts()}",
        # Streamlit, Plotly and the components add inline styles.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        f"connect-src 'self'{sockets}",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "frame-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        f"frame-ancestors 'self' {NOTEBOOKS}" if embedded else "frame-ancestors 'self'",
    )
    return "; ".join(rules).encode()
