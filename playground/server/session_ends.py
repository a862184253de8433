"""Removal of closed sessions after a fixed time; Streamlit removes one only when another one closes."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Final

from streamlit.runtime import Runtime

KEPT_S: Final = 120.0
"""Seconds for which a session is kept after its browser has disconnected, in case the browser comes back."""

CHECK_S: Final = 10.0


class SessionEnds:
    """Closed sessions of a server, with the times at which they were closed.

    Args:
        clock: returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.closed: dict[str, float] = {}

    async def end_in_time(self) -> None:
        """Run forever; end each session `KEPT_S` after it was closed."""
        while True:
            await asyncio.sleep(CHECK_S)
            if Runtime.exists() and self.end(Runtime.instance()):
                # Figures, records and the session form reference cycles.
                await asyncio.to_thread(gc.collect)

    def end(self, runtime: Runtime) -> int:
        """End the sessions that were closed at least `KEPT_S` ago. Call this on the event loop's thread.

        Returns:
            Number of sessions that were ended.
        """
        self._look(runtime)
        late = [name for name, since in self.closed.items() if self.clock() - since >= KEPT_S]
        for name in late:
            self._end(runtime, name)
        return len(late)

    def end_oldest(self) -> bool:
        """End the session that was closed first, to make room; return False if all are connected."""
        if not Runtime.exists():
            return False
        runtime = Runtime.instance()
        self._look(runtime)
        if not self.closed:
            return False
        self._end(runtime, min(self.closed, key=self.closed.__getitem__))
        return True

    def _look(self, runtime: Runtime) -> None:
        # Streamlit has no public way to list the closed sessions.
        names = [info.session.id for info in runtime._session_mgr.list_sessions()]
        now = self.clock()
        self.closed = {name: self.closed.get(name, now) for name in names if not runtime.is_active_session(name)}

    def _end(self, runtime: Runtime, name: str) -> None:
        del self.closed[name]
        runtime.close_session(name)
