"""Checks of the hosts under which the playground may be reached, and of the origins that may connect to it.

Any site can make a browser send requests to any address, and can point a domain of its own at the playground's address
(DNS rebinding). The browser states in `Host` which name it used, and in `Origin` which page sent the request.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

LABEL: Final = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME: Final = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
AUTHORITY: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[^\[\]:/?#@\\\s]+)(?::([0-9]{1,5}))?")
ORIGIN: Final = re.compile(r"(https?)://(.+)", re.IGNORECASE)
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True)
class Authority:
    """Host and port, as written in `Host`, in `Origin` and on the command line.

    Attributes:
        name: host name in lower case without a final dot, or IP address in its shortest form without brackets.
        port: port, None if none was given.
    """

    name: str
    port: int | None = None


def authority(text: str) -> Authority | None:
    """Parse `name`, `name:port`, `[address]` or `[address]:port`; return None for anything else."""
    match = AUTHORITY.fullmatch(text)
    if not match:
        return None
    name, port = match[1].strip("[]").lower(), int(match[2]) if match[2] else None
    if port is not None and not 1 <= port <= 65535:
        return None
    if match[1].startswith("["):
        address = ip_address(name)
        return Authority(str(address), port) if isinstance(address, ipaddress.IPv6Address) else None
    name = name.removesuffix(".")
    return Authority(name, port) if NAME.fullmatch(name) else None


def named(text: str) -> Authority | None:
    """Parse a host from the command line; unlike `authority`, accept international names and bare IPv6 addresses."""
    text = text.strip()
    if ip_address(text) is not None:
        return Authority(str(ip_address(text)))
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError:
            return None
    return authority(text)


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an IP address; return None for anything else."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


class Hosts:
    """Hosts under which one server may be reached.

    Args:
        listening: address or name on which the server listens.
        allowed: further hosts from the command line; a host without a port includes all its ports.
    """

    def __init__(self, listening: str, allowed: Iterable[Authority] = ()) -> None:
        self.listening = str(ip_address(listening) or listening.lower())
        self.everywhere = self.listening in WILDCARDS
        self.allowed = frozenset(allowed)
        self.machine = socket.gethostname().lower()

    def serve(self, host: Authority) -> bool:
        """True if the playground may be reached under this host.

        A server that listens on every address also accepts the machine's name and plain IP addresses. That is safe: a
        site can point a domain of its own at the playground, but can't make a browser send an IP address as `Host`.
        """
        address = ip_address(host.name)
        if self._allow(host) or host.name == self.listening or _is_loopback(host.name):
            return True
        return self.everywhere and (address is not None or host.name in (self.machine, f"{self.machine}.local"))

    def trust(self, origin: str, host: Authority) -> bool:
        """True if a page from this origin may connect to the playground under this host.

        The scheme is not compared, because a proxy may accept HTTPS and pass on HTTP. The port is compared, because
        another server on the same computer is another site; if a proxy omits it from `Host`, name the host with its
        port on the command line.

        Args:
            origin: value of the `Origin` header; "null" and anything but HTTP(S) is never trusted.
            host: host of the request, accepted by `serve`.
        """
        match = ORIGIN.fullmatch(origin)
        page = authority(match[2]) if match else None
        if match is None or page is None:
            return False
        default = DEFAULT_PORTS[match[1].lower()]
        port = page.port or default
        if page.name == host.name and port == (host.port or default):
            return True
        return self._allow(Authority(page.name, port))

    def _allow(self, host: Authority) -> bool:
        return bool(self.allowed & {Authority(host.name), host})


def _is_loopback(name: str) -> bool:
    address = ip_address(name)
    return address.is_loopback if address else name == "localhost" or name.endswith(".localhost")
