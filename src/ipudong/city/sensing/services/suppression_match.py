"""Which suppression, if any, holds an alarm back."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from ipudong.city.sensing.changes import AlarmEvent
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models import Rule, Suppression, Thing
from ipudong.city.sensing.rules.selecting import lies_in


class Suppressions:
    """Some suppressions, asked for alarms one by one."""

    def __init__(self, rows: Iterable[Suppression]) -> None:
        self._rows = tuple(rows)

    def find(
        self, rule: Rule, thing: Thing, datastream: int | None, raised_at: datetime
    ) -> Suppression | None:
        """The suppression in force when the alarm was raised that fits it."""
        return next(
            (
                row
                for row in self._rows
                if row.start_at <= raised_at < (row.ended_at or row.end_at)
                and _fits(row, rule, thing, datastream)
            ),
            None,
        )


def _fits(row: Suppression, rule: Rule, thing: Thing, datastream: int | None) -> bool:
    wanted = (
        (row.rule_id, rule.pk),
        (row.thing_id, thing.pk),
        (row.datastream_id, datastream),
        (row.thing_kind, thing.kind),
        (row.system, thing.system),
    )
    fits = all(not asked or asked == given for asked, given in wanted)
    return fits and lies_in(row.place_code, thing.place_code)


def load_suppressions(events: Iterable[AlarmEvent], at: datetime) -> Suppressions:
    """The suppressions that may hold alarms of these events back."""
    times = [event.time_us for event in events]
    first, last = from_us(min(times)), max(from_us(max(times)), at)
    in_time = Q(ended_at=None) | Q(ended_at__gt=first)
    return Suppressions(Suppression.objects.filter(in_time, start_at__lte=last, end_at__gt=first))
