"""Log without repetition: each kind of record is written once a minute, with the number of records left out."""

from __future__ import annotations

import logging
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from playground.text import text

PERIOD_S: Final = 60.0
MAX_KINDS: Final = 500
TEXT: Final = text("guard")

LOG: Final = logging.getLogger("playground.server.guard")
ACCESS: Final = logging.getLogger("playground.access")


class Sparing(logging.Filter):
    """Filter that passes one record of each kind per minute and adds to it how many were left out since the last.

    Records of one kind have the same logger, level and template and, if they carry an exception, were raised in the
    same place. A traceback is written only once, and not at all for unreadable data from a visitor.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self.kinds: OrderedDict[tuple[object, ...], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True to write a record, False to drop it. A written record states how many were dropped before it."""
        kind = (record.name, record.levelno, str(record.msg)[:200], *_place(record))
        now = self.clock()
        last, left_out = self.kinds.get(kind, (None, 0))
        if last is not None and now - last < PERIOD_S:
            self.kinds[kind] = last, left_out + 1
            return False
        if last is not None or record.levelno < logging.ERROR or _is_the_visitors(record):
            record.exc_info = record.exc_text = None
        if left_out:
            record.msg, record.args = f"{record.getMessage()} {TEXT['left-out'].format(count=left_out)}", ()
        self.kinds[kind] = now, 0
        self.kinds.move_to_end(kind)
        if len(self.kinds) > MAX_KINDS:
            self.kinds.popitem(last=False)
        return True


def _is_the_visitors(record: logging.LogRecord) -> bool:
    """True for invalid UTF-8 sent by a visitor over a WebSocket, which uvicorn logs as an error."""
    return bool(record.exc_info and record.exc_info[0] is UnicodeDecodeError and record.name == "uvicorn.error")


def _place(record: logging.LogRecord) -> tuple[object, ...]:
    if not record.exc_info or record.exc_info[0] is None:
        return ()
    trace = record.exc_info[2]
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return record.exc_info[0].__qualname__, trace and (trace.tb_frame.f_code.co_filename, trace.tb_lineno)


_SPARING: Final = Sparing()


class _Logger(logging.Logger):
    """Class of loggers created after `set_up`. Each needs the filter: Streamlit gives its loggers own handlers."""

    def __init__(self, name: str, level: int = logging.NOTSET) -> None:
        super().__init__(name, level)
        self.addFilter(_SPARING)


def set_up(access: bool) -> None:
    """Write the process's log to standard error, without repetition; if `access`, each request to standard output."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
    logging.setLoggerClass(_Logger)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).addFilter(_SPARING)
    if not logging.root.handlers:
        logging.root.addHandler(logging.StreamHandler())
        logging.root.handlers[0].setFormatter(form)
    ACCESS.filters.clear()
    ACCESS.propagate = False
    ACCESS.disabled = not access
    if access:
        lines = logging.StreamHandler(sys.stdout)
        lines.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
        ACCESS.handlers[:] = [lines]
        ACCESS.setLevel(logging.INFO)
