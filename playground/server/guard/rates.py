"""Limits on rates, as token buckets."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from playground.server.guard.hosts import ip_address

MAX_ADDRESSES: Final = 10_000


@dataclass(frozen=True)
class Rate:
    """Rate limit.

    Attributes:
        burst: number of requests that may come at once.
        steady: number of requests per second after that.
    """

    burst: float
    steady: float


@dataclass
class Bucket:
    """Token bucket of one client."""

    rate: Rate
    clock: Callable[[], float] = time.monotonic
    left: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.left, self.at = self.rate.burst, self.clock()

    def take(self) -> float:
        """Take a token if there is one.

        Returns:
            0 if a token was taken, else the seconds until the next one.
        """
        now = self.clock()
        self.left = min(self.rate.burst, self.left + (now - self.at) * self.rate.steady)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.rate.steady


class ByAddress:
    """Token bucket for each IPv4 address and each IPv6 /64 network, because one visitor may own a whole /64."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.clock = rate, clock
        self.buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str) -> float:
        """Take a token for this address, see `Bucket.take`."""
        key = _network(address)
        bucket = self.buckets.setdefault(key, Bucket(self.rate, self.clock))
        self.buckets.move_to_end(key)
        if len(self.buckets) > MAX_ADDRESSES:
            self.buckets.popitem(last=False)
        return bucket.take()


def _network(address: str) -> str:
    found = ip_address(address)
    if found is None or found.version == 4:
        return address
    return found.exploded[:19]
