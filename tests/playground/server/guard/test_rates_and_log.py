"""Tests of the token buckets and of the log without repetition."""

from __future__ import annotations

import logging

import pytest

from playground.server.guard import rates
from playground.server.guard.log import PERIOD_S, Sparing
from playground.server.guard.rates import Bucket, ByAddress, Rate


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_its_burst_and_then_fills_steadily() -> None:
    clock = Clock()
    bucket = Bucket(Rate(3, 2), clock)
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now = 0.5
    assert [bucket.take(), bucket.take()] == [0, 0.5]
    clock.now = 1000
    assert [bucket.take() for _ in range(4)] == [0, 0, 0, 0.5]


def test_addresses_do_not_use_up_each_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAX_ADDRESSES", 3)
    by = ByAddress(Rate(1, 0.1), Clock())
    assert by.take("10.0.0.1") == 0
    assert by.take("10.0.0.2") == 0
    assert by.take("10.0.0.1") > 0
    assert by.take("2001:db8::1") == 0
    assert by.take("2001:db8::ffff") > 0, "one network of 64 bits is one visitor's"
    assert by.take("2001:db8:0:1::1") == 0
    assert len(by.buckets) == 3


def record(
    message: str, *args: object, problem: BaseException | None = None, level: int = logging.ERROR
) -> logging.LogRecord:
    info = (type(problem), problem, problem.__traceback__) if problem else None
    return logging.LogRecord("name", level, "file", 1, message, args, info)  # type: ignore[arg-type]


def test_the_log_says_once_a_minute_what_happens_all_the_time() -> None:
    clock = Clock()
    sparing = Sparing(clock)
    written = [sparing.filter(record("refused %s", number)) for number in range(10_000)]
    assert sum(written) == 1
    assert written[0]
    assert sparing.filter(record("something else"))
    clock.now = PERIOD_S
    again = record("refused %s", "x")
    assert sparing.filter(again)
    assert again.getMessage() == "refused x [9999 more like this since the last]"


def failure(kind: type[Exception]) -> Exception:
    try:
        raise kind("100 %s")
    except Exception as problem:
        return problem


def test_a_traceback_is_written_once() -> None:
    clock = Clock()
    sparing = Sparing(clock)
    first, other = record("failed", problem=failure(ValueError)), record("failed", problem=failure(KeyError))
    assert sparing.filter(first)
    assert sparing.filter(other)
    assert first.exc_info
    assert other.exc_info
    clock.now = 2 * PERIOD_S
    later = record("failed", problem=failure(ValueError))
    assert sparing.filter(later)
    assert later.exc_info is None


def test_a_warning_has_no_traceback() -> None:
    warning = record("junk came", problem=failure(ValueError), level=logging.WARNING)
    assert Sparing().filter(warning)
    assert warning.exc_info is None
