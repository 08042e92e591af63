"""Which alarms stand, stood, and what was done about them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.models import OPEN_STATES, Alarm
from ipudong.city.sensing.rules.selecting import stem_of

VIEW_ALARMS: Final = "sensing.view_alarms"
OVERLAP: Final = timedelta(minutes=2)
TAIL_LIMIT: Final = 500


@dataclass(frozen=True, kw_only=True)
class AlarmFilter:
    """What to list; None and empty do not narrow. `since` and `until` are event times."""

    states: Collection[str] = ()
    severities: Collection[str] = ()
    system: str = ""
    kind: str = ""
    rule: int | None = None
    thing: int | None = None
    datastream: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    place: str = ""

    def apply(self, alarms: QuerySet[Alarm]) -> QuerySet[Alarm]:
        """Those of the alarms that fit."""
        conditions = {
            "state__in": list(self.states),
            "severity__in": list(self.severities),
            "thing__system": self.system,
            "rule__kind": self.kind,
            "rule": self.rule,
            "thing": self.thing,
            "datastream": self.datastream,
            "raised_at__gte": self.since,
            "raised_at__lt": self.until,
        }
        chosen = alarms.filter(**{name: value for name, value in conditions.items() if value})
        if self.place:
            chosen = chosen.filter(thing__place_code__startswith=stem_of(self.place))
        return chosen


def _alarms() -> QuerySet[Alarm]:
    related = ("rule__fence", "thing", "datastream__observed_property", "suppression")
    return Alarm.objects.select_related(*related).defer("thing__credential")


def list_alarms(actor: Actor, wanted: AlarmFilter | None = None) -> QuerySet[Alarm]:
    """Alarms the actor may see, newest first."""
    if not is_allowed(actor, VIEW_ALARMS):
        return Alarm.objects.none()
    return (wanted or AlarmFilter()).apply(_alarms())


def get_alarm(actor: Actor, alarm_id: int) -> Alarm:
    """One alarm with its notes. Raises PermissionDenied, Alarm.DoesNotExist."""
    if not is_allowed(actor, VIEW_ALARMS):
        raise PermissionDenied(VIEW_ALARMS)
    return _alarms().prefetch_related("notes", "steps").get(pk=alarm_id)


def count_open_alarms(actor: Actor, *, system: str = "") -> int:
    """How many alarms stand."""
    return list_alarms(actor, AlarmFilter(states=OPEN_STATES, system=system)).count()


def list_alarm_changes(since: datetime, *, limit: int = 200) -> list[Alarm]:
    """Alarms changed after an instant, oldest change first: for live streams, which show them to
    holders of a ticket only. Beyond `limit` only those changed at the same instant as the last
    follow, so that asking again from there misses none."""
    changes = _alarms().filter(changed_at__gt=since).order_by("changed_at", "pk")
    found = list(changes[:limit])
    if len(found) < limit:
        return found
    return list(changes.filter(changed_at__lte=found[-1].changed_at))


class AlarmTail:
    """Follows alarm changes without missing one that was committed late.

    A change carries the instant its writer began; another process may commit it after a younger
    one was read. So each reading looks back by `OVERLAP` and leaves out what it gave before.
    """

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._given: dict[tuple[int, datetime], None] = {}

    def read(self, now: datetime) -> list[Alarm]:
        """Changes not given before, oldest first; at most `TAIL_LIMIT`, the rest at the next."""
        window = Alarm.objects.filter(changed_at__gt=self._since).order_by("changed_at", "pk")
        keys = [key for key in window.values_list("pk", "changed_at") if key not in self._given]
        fresh = keys[:TAIL_LIMIT]
        if len(fresh) == len(keys):
            self._since = max(self._since, now - OVERLAP)
        self._given |= dict.fromkeys(fresh)
        self._given = {key: None for key in self._given if key[1] > self._since}
        return list(_alarms().filter(pk__in=[pk for pk, _ in fresh]).order_by("changed_at", "pk"))
