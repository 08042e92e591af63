"""A run of the simulator ends when it is asked to."""

import asyncio

from ipudong.simulator.run import cancel_until_ended


async def _break_when_cancelled(lost: asyncio.Event) -> None:
    """A line that breaks in the very moment it is cancelled, once."""
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        if lost.is_set():
            raise
        lost.set()
        raise ConnectionResetError from None


async def test_a_line_that_breaks_in_the_moment_of_the_cancel_ends_too() -> None:
    lost = asyncio.Event()

    async def reconnect() -> None:
        while True:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_break_when_cancelled(lost))
            except* OSError:
                pass

    task = asyncio.create_task(reconnect())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await cancel_until_ended([task])
    assert lost.is_set()
    assert task.cancelled()
