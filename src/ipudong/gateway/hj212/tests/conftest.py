"""A server on a free port, with a journal in memory and no database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from ipudong.gateway.hj212.bounds import Bounds
from ipudong.gateway.hj212.server import Server, wall_clock_us
from ipudong.gateway.hj212.tests.station_double import MN, StationDouble
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.gateway.tests.doubles import (
    RecordingCommitter,
    judge_nothing,
    make_device,
    make_directory,
)


@dataclass
class Door:
    """A listening server and what stands behind it."""

    server: Server
    committer: RecordingCommitter
    records: Records
    port: int

    async def connect(self, mn: str = MN, **more) -> StationDouble:
        station = StationDouble(mn, **more)
        await station.connect(self.port)
        return station


@pytest.fixture
def bounds() -> Bounds:
    """Tests with bounds of their own override this."""
    return Bounds()


@pytest.fixture
async def door(bounds: Bounds) -> AsyncIterator[Door]:
    committer, records = RecordingCommitter(), Records()
    server = Server(
        pipeline=Pipeline(committer, judge=judge_nothing, now_us=wall_clock_us),
        records=records,
        bounds=bounds,
    )
    server.use_directory(
        make_directory(make_device(1, MN), make_device(2, MN[:-1] + "2", first_id=21))
    )
    port = await server.listen("127.0.0.1", 0)
    yield Door(server, committer, records, port)
    server.stop_listening()
    server.close_connections()
    await server.pipeline.drain()
