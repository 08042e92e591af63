"""The audit: read, searched, exported; exporting is itself an entry."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from ipudong.city.audit import queries
from ipudong.city.audit.chain import GENESIS
from ipudong.city.audit.models import Entry
from ipudong.city.audit.queries import EntryFilter
from ipudong.city.audit.services import record
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.permits import declared_permits
from ipudong.portal.administration.acts import ACTS, title_of_act, words_of_fault
from ipudong.portal.administration.entry_views import EntryView
from ipudong.portal.administration.pages import draw
from ipudong.portal.csv_files import csv_response

ENTRIES_A_PAGE: Final = 50
TEXT_FIELDS: Final = ("actor", "action", "subject")
CSV_HEAD: Final = (
    "sequence",
    "at",
    "actor",
    "action",
    "subject",
    "detail",
    "previous",
    "digest",
)


def _day(text: str) -> date | None:
    """A day as written, None where it is none: a bad date narrows nothing."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def _start_of(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def _asked(values: Mapping[str, str]) -> dict[str, str]:
    """What the reader filled in, cleaned; keys as in the address."""
    asked = {field: values.get(field, "").strip()[:200] for field in TEXT_FIELDS}
    days = {field: _day(values.get(field, "")) for field in ("since", "until")}
    return {**asked, **{field: day.isoformat() if day else "" for field, day in days.items()}}


def _filter_of(asked: dict[str, str]) -> EntryFilter:
    """The days are the district's, both included."""
    until = _day(asked["until"])
    return EntryFilter(
        **{field: asked[field] for field in TEXT_FIELDS},
        since=_start_of(_day(asked["since"])),
        until=_start_of(until + timedelta(days=1) if until and until < date.max else None),
    )


def _sequence(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _one_page(request: HttpRequest, wanted: EntryFilter) -> tuple[list[Entry], bool, bool]:
    """Entries of the page, and whether there are newer and older ones."""
    found, limit = queries.filter_entries(wanted), ENTRIES_A_PAGE
    after = _sequence(request, "after")
    if after is not None:
        rows = queries.list_after(found, after=after, limit=limit + 1)
        return rows[-limit:], len(rows) > limit, True
    before = _sequence(request, "before")
    rows = queries.list_before(found, before=before, limit=limit + 1)
    return rows[:limit], before is not None, len(rows) > limit


@permitted("audit.view")
def list_entries(request: HttpRequest) -> HttpResponse:
    """Entries newest first; pages follow the sequence, so that new entries shift nothing."""
    asked = _asked(request.GET)
    rows, newer, older = _one_page(request, _filter_of(asked))
    check = queries.find_last_check()
    context = {
        "entries": [EntryView(entry) for entry in rows],
        "newer": rows[0].sequence if rows and newer else None,
        "older": rows[-1].sequence if rows and older else None,
        "asked": asked,
        "query": urlencode({name: text for name, text in asked.items() if text}),
        "actions": [(code, title_of_act(code)) for code in sorted({*ACTS, *declared_permits()})],
        "check": check,
        "fault": words_of_fault(check.reason) if check else "",
    }
    return draw(request, "administration/audit.html", context)


@permitted("audit.view")
def show_entry(request: HttpRequest, sequence: int) -> HttpResponse:
    """One entry with all that is kept of it."""
    entry = Entry.objects.filter(pk=sequence).first()
    if entry is None:
        raise Http404
    before = Entry.objects.filter(pk=sequence - 1).first()
    context = {
        "view": EntryView(entry),
        "entry": entry,
        "follows": entry.previous == (before.digest if before else GENESIS),
        "has_newer": Entry.objects.filter(pk=sequence + 1).exists(),
        "has_older": before is not None,
    }
    return draw(request, "administration/entry.html", context)


@permitted("audit.view")
@require_POST
def export_entries(request: HttpRequest) -> HttpResponseBase:
    """All entries that fit, as CSV, newest first; written down before the first line is sent."""
    asked = _asked(request.POST)
    sequence = record(
        actor=actor_of_request(request).name,
        action="audit.export",
        subject="audit:chain",
        detail={name: text for name, text in asked.items() if text},
    )
    found = queries.filter_entries(_filter_of(asked))
    rows = map(_csv_row, queries.walk_entries(found, before=sequence))
    return csv_response(f"audit-{timezone.localdate().isoformat()}.csv", CSV_HEAD, rows)


def _csv_row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.sequence,
        timezone.localtime(entry.at).isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        json.dumps(entry.detail, ensure_ascii=False, sort_keys=True),
        entry.previous,
        entry.digest,
    )
