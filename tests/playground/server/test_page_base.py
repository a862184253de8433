"""Tests that pages get their server's address, and that other responses pass unchanged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.responses import HTMLResponse, Response
from starlette.types import Message, Scope

from playground.server import page_base

PAGE = "<html><head><title>Streamlit</title></head><body><head></body></html>"


def ask(response: Response, method: str = "GET", **headers: str) -> tuple[dict[str, str], bytes, Scope]:
    """Headers and body of the response after the middleware, and the request that reached the inner application."""
    sent: list[Message] = []
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        seen.append(scope)
        await response(scope, receive, send)

    async def send(message: Message) -> None:
        sent.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": "/step", "headers": given}
    asyncio.run(page_base.PageBase(app, "<link>")(scope, None, send))  # type: ignore[arg-type]
    start, *rest = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return found, b"".join(message.get("body", b"") for message in rest), seen[0]


def test_a_page_gets_the_script_first_and_the_links_last() -> None:
    headers, body, _ = ask(HTMLResponse(PAGE, headers={"etag": "x", "last-modified": "y", "cache-control": "no-cache"}))
    first = PAGE.replace("<head>", '<head><script src="./page-base.js"></script>', 1)
    assert body.decode() == first.replace("</head>", "<link></head>", 1)
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "no-cache"
    assert not {"etag", "last-modified"} & set(headers)


@pytest.mark.parametrize(
    "response",
    [
        Response("<head>", media_type="text/css"),
        HTMLResponse("<head>", status_code=404),
        HTMLResponse("<head>", headers={"content-encoding": "gzip"}),
    ],
)
def test_what_is_no_page_passes_as_it_is(response: Response) -> None:
    headers, body, _ = ask(response)
    assert body == b"<head>"
    assert headers["content-length"] == "6"


@pytest.mark.parametrize(("accept", "kept"), [("text/html,*/*", []), ("*/*", [b"gzip"])])
def test_a_page_is_asked_for_uncompressed_and_a_file_is_not(accept: str, kept: list[bytes]) -> None:
    _, _, scope = ask(HTMLResponse(PAGE), accept=accept, accept_encoding="gzip")
    assert [value for name, value in scope["headers"] if name == b"accept-encoding"] == kept
