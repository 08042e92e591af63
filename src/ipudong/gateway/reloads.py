"""Reading the directory anew as soon as something of it was written here, however often."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

LEAST_PAUSE_S: Final = 0.05
LOADS_PER_PAUSE: Final = 2.0


class Reloads:
    """Joins the reloads that writes ask for: a burst of a thousand writes costs a few.

    `load` reads and takes over a snapshot of what is committed when it is called.
    """

    def __init__(self, load: Callable[[], Awaitable[None]]) -> None:
        self._load = load
        self._lock = asyncio.Lock()
        self._asked = 0
        self._done = 0
        self._took_s = 0.0
        self._soon: asyncio.Task[None] | None = None
        self.loads = 0

    @property
    def is_stale(self) -> bool:
        """Whether something was written here that the snapshot may not have yet."""
        return self._done < self._asked

    def note_write(self) -> None:
        """Something was committed: reload soon, together with what is written meanwhile."""
        self._asked += 1
        if self._soon is None or self._soon.done():
            self._soon = asyncio.get_running_loop().create_task(self._reload_soon())

    async def catch_up(self) -> None:
        """Return once all writes noted so far are in the snapshot."""
        wanted = self._asked
        async with self._lock:
            if self._done >= wanted:
                return
            asked, began = self._asked, time.monotonic()
            await self._load()
            self.loads += 1
            self._done = asked
            self._took_s = time.monotonic() - began

    async def stop(self) -> None:
        """Let go of a reload that waits."""
        if self._soon is not None:
            self._soon.cancel()
            await asyncio.gather(self._soon, return_exceptions=True)

    async def _reload_soon(self) -> None:
        """Wait in proportion to what a reload costs, so that bursts cannot starve the intake."""
        await asyncio.sleep(max(LEAST_PAUSE_S, LOADS_PER_PAUSE * self._took_s))
        await self.catch_up()
