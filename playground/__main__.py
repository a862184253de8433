"""`python -m playground`: the server with the settings that make drawing feel immediate."""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
import tomllib
from pathlib import Path
from typing import Final

from playground.text import text

HERE: Final = Path(__file__).parent
PORT: Final = 8501
TEXT: Final = text("server")


def settings() -> dict[str, str]:
    """The playground's settings as the environment variables that Streamlit reads."""

    def flat(table: dict[str, object], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in table.items():
            name = f"{prefix}_{re.sub(r'(?<=[a-z])(?=[A-Z])', '_', key).upper()}"
            if isinstance(value, dict):
                found |= flat(value, name)
            elif isinstance(value, list):
                found[name] = ",".join(map(str, value))
            else:
                found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return found

    return flat(tomllib.loads((HERE / ".streamlit" / "config.toml").read_text("utf-8")), "STREAMLIT")


def free(host: str, port: int) -> OSError | None:
    """None where a server can listen at that address, else what stands in the way."""
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
        The exit code: 0, or 2 where the address can't be used.
    """
    parser = argparse.ArgumentParser(prog="python -m playground", description=TEXT["description"])
    parser.add_argument("--host", default="127.0.0.1", help=TEXT["host"])
    parser.add_argument("--port", type=int, default=PORT, help=TEXT["port"])
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.port <= 65535:
        print(TEXT["port-range"].format(port=chosen.port), file=sys.stderr)
        return 2
    if problem := free(chosen.host, chosen.port):
        reason = problem.strerror or str(problem)
        print(TEXT["port-used"].format(host=chosen.host, port=chosen.port, reason=reason), file=sys.stderr)
        return 2
    for name, value in settings().items():
        os.environ.setdefault(name, value)

    from playground.server import serve  # imports Streamlit, which reads the environment

    serve(chosen.host, chosen.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
