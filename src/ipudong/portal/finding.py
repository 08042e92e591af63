"""Search over all the reader may see: pages, plan, places, stations, and what systems find."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.manifest import SearchHit, installed
from ipudong.city.registry.queries import search_places
from ipudong.city.sensing.queries import list_alarms, list_things
from ipudong.portal.entries import list_desks, list_services
from ipudong.portal.navigation import list_navigation
from ipudong.portal.plan_views import get_board, words_of

log = logging.getLogger(__name__)
Finder = Callable[[str, Actor], Iterable[SearchHit]]
HITS_A_KIND: Final = 12


def matches(wanted: str, *texts: object) -> bool:
    """Whether every word of `wanted` stands in one of the texts, whatever the case."""
    whole = " ".join(str(text) for text in texts).casefold()
    return all(word in whole for word in wanted.casefold().split())


def find_pages(wanted: str, actor: Actor) -> Iterator[SearchHit]:
    """Places of the shell, services and desks."""
    for row in list_navigation(actor):
        if matches(wanted, row.title):
            yield SearchHit(title=row.title, url=row.url, kind=_("Page"))
    for _system, doors in (*list_services(actor), *list_desks(actor)):
        for door in doors:
            if matches(wanted, door.title, door.summary):
                yield SearchHit(
                    title=door.title, url=door.url, kind=_("Service"), summary=door.summary
                )


def find_plan(wanted: str, actor: Actor) -> Iterator[SearchHit]:
    """Tasks and marks, in Chinese and English whatever the page's language."""
    if not is_allowed(actor, "plan.view"):
        return
    for task in get_board().tasks:
        row = task.status.task
        if matches(wanted, row.title_zh, row.title_en, row.summary_zh, row.summary_en):
            url = reverse("portal:task", args=[task.number])
            yield SearchHit(title=task.title, url=url, kind=_("Task"), summary=task.summary)
        for mark in task.marks:
            if matches(wanted, words_of(task, mark)):
                url = reverse("portal:mark", args=[mark.code])
                summary = _("target %(target)s") % {"target": mark.shown_target}
                yield SearchHit(title=mark.title, url=url, kind=_("Mark"), summary=summary)


def find_places(wanted: str, actor: Actor) -> Iterator[SearchHit]:
    """Subdistricts and towns, shown on the map."""
    if not is_allowed(actor, "registry.view_places"):
        return
    for place in search_places(wanted, limit=HITS_A_KIND):
        url = f"{reverse('portal:map')}?{urlencode({'place': place.code})}"
        yield SearchHit(title=place.name, url=url, kind=_("Place"), summary=place.code)


def find_devices(wanted: str, actor: Actor) -> Iterator[SearchHit]:
    """Devices by name and identity, for those who look after them; readers find stations by the
    pages of their systems."""
    if not is_allowed(actor, "sensing.adopt_device"):
        return
    for thing in list_things(actor, text=wanted).order_by("name_zh", "pk")[:HITS_A_KIND]:
        summary = f"{thing.protocol} {thing.identity}".strip()
        url = reverse("portal:device", args=[thing.pk])
        yield SearchHit(title=thing.name, url=url, kind=_("Device"), summary=summary)


def find_alarms(wanted: str, actor: Actor) -> Iterator[SearchHit]:
    """Alarms by their rule's name, the newest first."""
    named = Q(rule__name_zh__icontains=wanted) | Q(rule__name_en__icontains=wanted)
    alarms = list_alarms(actor).filter(named | Q(rule__code=wanted))
    for alarm in alarms.order_by("-raised_at")[:HITS_A_KIND]:
        at = date_format(localtime(alarm.raised_at), "DATETIME_FORMAT")
        summary = f"{alarm.thing.name}, {at}" if alarm.thing else at
        url = reverse("portal:alarm", args=[alarm.pk])
        yield SearchHit(title=alarm.rule.name, url=url, kind=_("Alarm"), summary=summary)


def _find_in_systems(wanted: str, actor: Actor) -> Iterator[SearchHit]:
    """What each system finds; one that fails is passed over and logged."""
    for system in installed():
        if system.search is None:
            continue
        try:
            yield from list(system.search(wanted, actor))
        except Exception:
            log.exception("search of %s failed", system.name)


FINDERS: Final[tuple[Finder, ...]] = (
    find_pages,
    find_plan,
    find_places,
    find_devices,
    find_alarms,
    _find_in_systems,
)


def find(wanted: str, actor: Actor) -> dict[str, list[SearchHit]]:
    """Hits by the title of their kind, at most twelve a kind; nothing for nothing."""
    if not wanted.strip():
        return {}
    found: dict[str, list[SearchHit]] = {}
    for hit in (hit for finder in FINDERS for hit in islice(finder(wanted, actor), 200)):
        hits = found.setdefault(str(hit.kind), [])
        if len(hits) < HITS_A_KIND:
            hits.append(hit)
    return found
