"""Reads of sensing. `list_` gives what the actor may see, `get_` one or raises, `find_` or None.

Credentials are never read here.
"""

from ipudong.city.sensing.presence import is_online
from ipudong.city.sensing.queries.alarms import (
    AlarmFilter,
    AlarmTail,
    count_open_alarms,
    get_alarm,
    list_alarm_changes,
    list_alarms,
)
from ipudong.city.sensing.queries.intake import (
    count_outcomes,
    get_quarantined,
    list_commands,
    list_quarantined,
    list_rejected,
)
from ipudong.city.sensing.queries.positions import Track, list_positions, read_track
from ipudong.city.sensing.queries.readings import (
    Aggregates,
    Readings,
    Transmission,
    measure_transmission,
    read_aggregates,
    read_readings,
)
from ipudong.city.sensing.queries.things import (
    find_thing,
    get_thing,
    list_datastreams,
    list_things,
    things_geojson,
)

__all__ = [
    "Aggregates",
    "AlarmFilter",
    "AlarmTail",
    "Readings",
    "Track",
    "Transmission",
    "count_open_alarms",
    "count_outcomes",
    "find_thing",
    "get_alarm",
    "get_quarantined",
    "get_thing",
    "is_online",
    "list_alarm_changes",
    "list_alarms",
    "list_commands",
    "list_datastreams",
    "list_positions",
    "list_quarantined",
    "list_rejected",
    "list_things",
    "measure_transmission",
    "read_aggregates",
    "read_readings",
    "read_track",
    "things_geojson",
]
