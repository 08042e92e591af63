"""Exceedances and defects are found in the hours as they are, once, and handled by people."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.models import Datastream
from ipudong.store.quality import Source
from ipudong.systems.environment.models import (
    DataFinding,
    EventState,
    ExceedanceEvent,
    OutletLimit,
)
from ipudong.systems.environment.services import (
    EventError,
    acknowledge_event,
    close_event,
    note_event,
    record_exceedances,
    record_findings,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
END = NOW.replace(minute=0)


@pytest.fixture
def limit(demo) -> OutletLimit:
    return OutletLimit.objects.filter(averaging="hour", lower=None).first()


@pytest.fixture
def stream(limit) -> int:
    return Datastream.objects.get(
        thing_id=limit.outlet_id,
        observed_property=limit.observed_property,
        period="hour",
        statistic="mean",
    ).pk


def hours(stream: int, limit: OutletLimit, shares: list[float], quality=None) -> list[tuple]:
    """Hourly means as shares of the limit, the last one the newest whole hour."""
    marks = quality or [0] * len(shares)
    first = END - timedelta(hours=len(shares))
    return [
        (stream, to_us(first + timedelta(hours=n)), share * limit.upper, mark)
        for n, (share, mark) in enumerate(zip(shares, marks, strict=True))
    ]


def test_an_exceedance_has_beginning_end_peak_and_duration(limit, stream, keep):
    keep(hours(stream, limit, [0.5, 1.2, 1.5, 1.1, 0.5, 0.5]))
    record_exceedances(NOW)
    event = ExceedanceEvent.objects.get()
    assert (event.began_at, event.ended_at) == (END - timedelta(hours=5), END - timedelta(hours=2))
    assert (event.hours, event.duration) == (3, timedelta(hours=3))
    assert event.peak == pytest.approx(1.5 * limit.upper)
    assert event.peak_at == END - timedelta(hours=4)
    assert not event.lasts


def test_the_round_done_again_changes_nothing(limit, stream, keep):
    keep(hours(stream, limit, [0.5, 1.2, 1.5, 0.5]))
    first = record_exceedances(NOW)
    before = list(ExceedanceEvent.objects.values())
    assert record_exceedances(NOW + timedelta(minutes=5)) == first == 1
    assert list(ExceedanceEvent.objects.values()) == before


def test_an_exceedance_that_lasts_grows_and_then_ends(limit, stream, keep):
    keep(hours(stream, limit, [0.5, 1.2, 1.3]))
    record_exceedances(NOW)
    assert ExceedanceEvent.objects.get().lasts
    later = NOW + timedelta(hours=1)
    keep([(stream, to_us(END), 0.5 * limit.upper, 0)])
    record_exceedances(later)
    event = ExceedanceEvent.objects.get()
    assert (event.lasts, event.hours) == (False, 2)


def test_invalid_hours_are_no_exceedance(limit, stream, keep):
    marks = [0, int(Source.FAULT), int(Source.CALIBRATION), 0]
    keep(hours(stream, limit, [0.5, 9.0, 9.0, 0.5], marks))
    record_exceedances(NOW)
    assert not ExceedanceEvent.objects.exists()


def test_better_data_take_an_untouched_event_back_but_not_one_a_person_saw(limit, stream, keep):
    keep(hours(stream, limit, [1.2, 0.5, 1.3, 0.5]))
    record_exceedances(NOW)
    first, second = ExceedanceEvent.objects.order_by("began_at")
    acknowledge_event(event=second, by="officer", at=NOW)
    keep(hours(stream, limit, [0.4, 0.4, 0.4, 0.4]))
    record_exceedances(NOW)
    assert list(ExceedanceEvent.objects.values_list("pk", flat=True)) == [second.pk]
    assert first.pk != second.pk


def test_handling_an_event_is_audited_and_cannot_be_undone(limit, stream, keep):
    keep(hours(stream, limit, [0.5, 1.2, 0.5]))
    record_exceedances(NOW)
    event = ExceedanceEvent.objects.get()
    acknowledge_event(event=event, by="officer", at=NOW)
    note_event(event=event, text="filter changed", by="officer", at=NOW)
    close_event(event=event, by="officer", at=NOW)
    assert ExceedanceEvent.objects.get().state == EventState.CLOSED
    actions = list(Entry.objects.values_list("action", flat=True))
    for action in ("acknowledge_event", "note_event", "close_event"):
        assert f"environment.{action}" in actions
    with pytest.raises(EventError, match="event_closed"):
        acknowledge_event(event=event, by="officer", at=NOW)
    with pytest.raises(EventError, match="empty_note"):
        note_event(event=event, text="  ", by="officer", at=NOW)


def test_what_lasts_is_closed_only_with_a_reason(limit, stream, keep):
    keep(hours(stream, limit, [0.5, 1.2]))
    record_exceedances(NOW)
    event = ExceedanceEvent.objects.get()
    with pytest.raises(EventError, match="event_lasts"):
        close_event(event=event, by="officer", at=NOW)
    close_event(event=event, by="officer", at=NOW, note="the meter is being replaced")
    assert event.notes.get().text == "the meter is being replaced"


def test_a_section_worse_than_its_target_is_an_exceedance(demo, keep):
    stream = Datastream.objects.get(
        thing__name_zh="三甲港", observed_property="tp", period="hour", statistic="mean"
    ).pk
    at = [END.replace(hour=0) + timedelta(hours=4 * n) for n in range(3)]
    values = zip(at, [0.1, 0.25, 0.31], strict=True)
    keep([(stream, to_us(moment), value, 0) for moment, value in values])
    record_exceedances(NOW)
    event = ExceedanceEvent.objects.get()
    assert (event.observed_property_id, event.limit, event.peak) == ("tp", 0.2, 0.31)
    assert event.lasts


def test_a_column_that_copies_another_is_found_by_the_round(demo, keep):
    ids = {
        code: Datastream.objects.get(
            thing__name_zh="高桥", observed_property=code, period="hour", statistic="mean"
        ).pk
        for code in ("pm10", "o3")
    }
    rows = [
        (ids[code], to_us(END - timedelta(hours=n)), 40.0 + 7 * (n % 9), 0)
        for n in range(1, 31)
        for code in ids
    ]
    keep(rows)
    record_findings(NOW)
    finding = DataFinding.objects.get(code="copied_column")
    assert set(finding.factors) == {"pm10", "o3"}
    record_findings(NOW)
    assert DataFinding.objects.filter(code="copied_column").count() == 1


def test_the_duty_officer_acts_on_the_desk_and_sees_it_done(limit, stream, keep, sign_in):
    keep(hours(stream, limit, [0.5, 1.2, 0.5]))
    record_exceedances(NOW)
    event = ExceedanceEvent.objects.get()
    officer = sign_in("duty_officer")
    act = reverse("environment:handle_event", args=[event.pk, "acknowledge"])
    part = officer.post(act, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "a-duty_officer" in part
    note = reverse("environment:handle_event", args=[event.pk, "note"])
    refused = officer.post(note, {"text": " "}, headers={"hx-request": "true"}).content.decode()
    assert 'role="alert"' in refused
    close = reverse("environment:handle_event", args=[event.pk, "close"])
    assert officer.post(close, {"text": "<b>done</b>"}).status_code == 302
    assert ExceedanceEvent.objects.get().state == EventState.CLOSED
