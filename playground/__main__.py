"""`python -m playground`: the server with the settings that make drawing feel immediate."""

from __future__ import annotations

import argparse
import gc
import os
import re
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from playground import DEVICE, RUNS
from playground.server.guard.hosts import Authority, named
from playground.text import text

PORT: Final = 8501
BASE: Final = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
TEXT: Final = text("server")


class _Parser(argparse.ArgumentParser):
    """Argument parser that prints an error as one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        print(TEXT["arguments"].format(reason=message), file=sys.stderr)
        sys.exit(2)


def taken(host: str, port: int) -> OSError | None:
    """Try to bind an address; return the error that a server would meet there, None if it can listen."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # on Windows this option would let two servers share one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted.

    Returns:
        The exit code: 0, or 2 if the address or the device can't be used.
    """
    parser = _Parser(prog="python -m playground", description=TEXT["description"])
    parser.add_argument("--host", default=_variable("ADDRESS", "127.0.0.1"), help=TEXT["host"])
    parser.add_argument("--port", type=int, default=_variable("PORT", str(PORT)), help=TEXT["port"])
    parser.add_argument("--device", help=TEXT["device"])
    parser.add_argument("--allowed-host", action="append", default=[], metavar="HOST", help=TEXT["allowed-host"])
    parser.add_argument("--base-path", default=_variable("BASE_URL_PATH", ""), metavar="PATH", help=TEXT["base-path"])
    parser.add_argument("--model", metavar="FILE.py:NAME", help=TEXT["model"])
    parser.add_argument("--weights", type=Path, metavar="FILE", help=TEXT["weights"])
    parser.add_argument("--input", metavar="CxHxW", help=TEXT["input"])
    parser.add_argument("--classes", metavar="NAMES", help=TEXT["classes"])
    parser.add_argument("--runs", type=Path, metavar="FOLDER", help=TEXT["runs"])
    parser.add_argument("--access-log", action="store_true", help=TEXT["access-log"])
    chosen = parser.parse_args(arguments)
    allowed = [_allowed(parser, host) for host in chosen.allowed_host]
    base = _base(parser, chosen.base_path)
    if not 1 <= chosen.port <= 65535:
        parser.error(TEXT["port-range"].format(port=chosen.port))
    if problem := taken(chosen.host, chosen.port):
        reason = problem.strerror or str(problem)
        parser.error(TEXT["port-used"].format(host=chosen.host, port=chosen.port, reason=reason))
    _read_network(parser, chosen)
    if chosen.device:
        _check_device(parser, chosen.device)
        os.environ[DEVICE] = chosen.device
    if chosen.runs:
        os.environ[RUNS] = str(chosen.runs.absolute())

    # The libraries make half a million objects that stay. Looking for garbage among them again and again would take a
    # third of the time until the server is warm; `warm_up` turns the collector on again.
    gc.disable()
    # Imported late because it imports Streamlit: a wrong argument is reported without that wait.
    from playground.server import environment
    from playground.server.serve import Serving, serve

    try:
        settings = environment.settings(os.environ)
    except environment.VariableError as problem:
        parser.error(str(problem))
    serve(Serving(chosen.host, chosen.port, allowed, base, chosen.access_log, settings))
    return 0


def _variable(name: str, otherwise: str) -> str:
    """Default of an option: Streamlit's environment variable for it, else `otherwise`."""
    return os.environ.get(f"STREAMLIT_SERVER_{name}", otherwise)


def _allowed(parser: _Parser, written: str) -> Authority:
    host = named(written)
    if host is None:
        parser.error(TEXT["allowed-host-malformed"].format(host=repr(written)))
    return host


def _base(parser: _Parser, written: str) -> str:
    path = written.strip("/")
    if path and not BASE.fullmatch(path):
        parser.error(TEXT["base-path-malformed"].format(path=repr(written)))
    return f"/{path}" if path else ""


def _read_network(parser: _Parser, chosen: argparse.Namespace) -> None:
    """Read the network of one's own that the options name, with its weights; say what was found out about it."""
    if chosen.model is None:
        if chosen.weights or chosen.input or chosen.classes:
            parser.error(TEXT["model-missing"])
        return
    from playground import own_networks

    lines, problem = own_networks.read(chosen.model, chosen.weights, chosen.input, chosen.classes)
    for line in lines:
        print(line, file=sys.stderr)
    if problem:
        parser.error(problem)


def _check_device(parser: _Parser, name: str) -> None:
    from lenet import device
    from lenet.errors import InputError

    try:
        device.choose(name)
    except InputError as problem:
        parser.error(str(problem))


if __name__ == "__main__":
    sys.exit(main())
