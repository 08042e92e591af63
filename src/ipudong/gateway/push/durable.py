"""Waiting until what was taken is durable: only then is a push answered."""

import asyncio
from collections.abc import Callable
from typing import Final

from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.assembly import Gateway

AWAIT_S: Final = 4.5  # Telegraf gives up after 5
_POLL_S: Final = 0.05


async def take_durably(gateway: Gateway, take: Callable[[], bool]) -> None:
    """Have `take` fill the buffers and return once that is durable. `take` says False when it took
    nothing, because datastreams are about to be made; it is called again when they are. Raises
    RequestRefused (503)."""
    if gateway.pipeline.is_full:
        raise RequestRefused(503, "backlog_full", "Too much is waiting.", retry_after_s=1)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + AWAIT_S
    while True:
        seen = gateway.snapshot
        if take():
            break
        while gateway.snapshot is seen:
            if loop.time() > deadline:
                raise RequestRefused(
                    503, "no_datastreams", "Datastreams are being made.", retry_after_s=2
                )
            await asyncio.sleep(_POLL_S)
    try:
        await gateway.pipeline.wait_future()
    except Exception as error:
        raise RequestRefused(
            503, "not_stored", "The journal cannot take readings now.", retry_after_s=10
        ) from error
