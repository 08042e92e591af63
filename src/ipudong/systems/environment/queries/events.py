"""Exceedances as pages list them."""

from django.db.models import QuerySet

from ipudong.systems.environment.models import EventState, ExceedanceEvent


def list_events(
    kind: str = "",
    *,
    thing_id: int | None = None,
    open_only: bool = False,
    limit: int | None = None,
) -> QuerySet[ExceedanceEvent]:
    """Exceedances, newest first, of a kind of station or of one station."""
    events = ExceedanceEvent.objects.select_related("thing", "observed_property")
    events = events.defer("thing__credential")
    if kind:
        events = events.filter(thing__kind=kind)
    if thing_id is not None:
        events = events.filter(thing_id=thing_id)
    if open_only:
        events = events.exclude(state=EventState.CLOSED)
    return events[:limit] if limit else events
