"""The district's history of readings as this system reads it: blocks of hours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from ipudong.city.sensing.history import open_history
from ipudong.systems.environment.grid import HourGrid, empty_grid, fill_grid


class HasStreams(Protocol):
    """A station by its id and the datastreams of its hourly means."""

    @property
    def id(self) -> int: ...
    @property
    def streams(self) -> Any: ...


def read_hours(
    stations: Sequence[HasStreams], factors: Sequence[str], start: datetime, end: datetime
) -> HourGrid:
    """Hourly means of stations and factors begun in [start, end), as they came in."""
    grid = empty_grid([station.id for station in stations], factors, start, end)
    cells = {
        station.streams[factor]: (row, column)
        for row, station in enumerate(stations)
        for column, factor in enumerate(factors)
        if factor in station.streams
    }
    if not cells or not len(grid.begun):
        return grid
    table = open_history().read(sorted(cells), start, end)
    if not table.num_rows:
        return grid
    times = table["time"].cast("int64").to_numpy().astype("datetime64[us]")
    return fill_grid(
        grid,
        cells,
        table["datastream"].to_numpy(),
        times,
        table["result"].to_numpy(),
        table["quality"].to_numpy().astype(np.uint8),
    )
