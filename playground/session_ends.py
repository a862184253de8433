"""The end of what visitors leave behind: Streamlit forgets a closed session only when another one closes."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Final

from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

KEPT_S: Final = 120.0
"""How long a session is kept after its browser has gone; one that comes back within it finds everything as it was."""

CHECK_S: Final = 10.0

_since: dict[str, float] = {}
"""When a session was last seen connected, by its name."""


def register() -> None:
    """Have the session of the script that runs end in time."""
    context = get_script_run_ctx()
    if context is not None:
        _since[context.session_id] = time.monotonic()


async def end_in_time(clock: Callable[[], float] = time.monotonic) -> None:
    """End sessions that have been closed for long enough, for as long as the server runs."""
    while True:
        await asyncio.sleep(CHECK_S)
        if Runtime.exists() and end_closed(Runtime.instance(), clock()):
            # Figures, records and the session refer to each other in circles. It is off the event loop's thread, but
            # holds everything else up all the same: once for all that ended.
            await asyncio.to_thread(gc.collect)


def end_closed(runtime: Runtime, now: float) -> int:
    """End the sessions whose browsers have been gone for `KEPT_S`; on the event loop's thread.

    Returns:
        How many were ended.
    """
    ended = 0
    for name, seen in list(_since.items()):
        if runtime.is_active_session(name):
            _since[name] = now
        elif now - seen > KEPT_S:
            del _since[name]
            runtime.close_session(name)
            ended += 1
    return ended
