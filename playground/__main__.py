"""`python -m playground`: the server with the settings that make drawing feel immediate."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from typing import Final, NoReturn

from playground import DEVICE
from playground.text import text

PORT: Final = 8501
TEXT: Final = text("server")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        print(TEXT["arguments"].format(reason=message), file=sys.stderr)
        sys.exit(2)


def taken(host: str, port: int) -> OSError | None:
    """What keeps a server from listening at that address, None where nothing does."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # on Windows it would let two servers share one port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted.

    Returns:
        The exit code: 0, or 2 where the address or the device can't be used.
    """
    parser = _Parser(prog="python -m playground", description=TEXT["description"])
    parser.add_argument("--host", default="127.0.0.1", help=TEXT["host"])
    parser.add_argument("--port", type=int, default=PORT, help=TEXT["port"])
    parser.add_argument("--device", help=TEXT["device"])
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.port <= 65535:
        parser.error(TEXT["port-range"].format(port=chosen.port))
    if problem := taken(chosen.host, chosen.port):
        reason = problem.strerror or str(problem)
        parser.error(TEXT["port-used"].format(host=chosen.host, port=chosen.port, reason=reason))
    if chosen.device:
        _check_device(parser, chosen.device)
        os.environ[DEVICE] = chosen.device

    from playground.server import serve  # imports Streamlit, which a wrong argument need not wait for

    serve(chosen.host, chosen.port)
    return 0


def _check_device(parser: _Parser, name: str) -> None:
    from lenet import device
    from lenet.errors import InputError

    try:
        device.choose(name)
    except InputError as problem:
        parser.error(str(problem))


if __name__ == "__main__":
    sys.exit(main())
