from datetime import date, timedelta

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.casework.calendar.notices import NoticeYear
from ipudong.city.casework.models import (
    Card,
    CardState,
    CaseEvent,
    SupervisedCase,
    SupervisionMark,
)
from ipudong.city.casework.services.calendars import load_known_years, store_years
from ipudong.city.casework.supervision import judging
from ipudong.city.casework.supervision.judging import judge_cases, supervise
from ipudong.city.casework.supervision.tests.cases import keep
from ipudong.city.casework.supervision.tests.stories import START, Story, at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _calendar() -> None:
    load_known_years(by="system:test", at=at(START))


def cards() -> list[tuple[str, str]]:
    return list(Card.objects.order_by("pk").values_list("rule", "color"))


def test_yellow_then_red_as_the_days_go_by() -> None:
    keep(Story().accepted(), "PD-1")
    assert supervise(at(START)) == 1
    watched = SupervisedCase.objects.get()
    assert (watched.due_on, watched.next_look_on) == (date(2011, 10, 18), date(2011, 10, 14))
    assert supervise(at(date(2011, 10, 13))) == 0
    assert cards() == []
    assert supervise(at(date(2011, 10, 14))) == 1
    assert cards() == [("nine_tenths", "yellow")]
    assert SupervisedCase.objects.get().next_look_on == date(2011, 10, 19)
    assert supervise(at(date(2011, 10, 18))) == 0
    supervise(at(date(2011, 10, 19)))
    assert cards() == [("nine_tenths", "yellow"), ("overrun", "red")]
    assert SupervisedCase.objects.get().next_look_on is None


def test_judging_twice_raises_nothing_twice() -> None:
    case = keep(Story().accepted(), "PD-1")
    for _ in range(3):
        judge_cases([case.pk], now=at(date(2011, 10, 19)))
        SupervisionMark.objects.all().delete()
        supervise(at(date(2011, 10, 19)))
    assert len(cards()) == 2
    assert Entry.objects.filter(action="supervision.raise").count() == 2


def test_a_worker_that_was_away_raises_what_it_would_have_raised_in_time() -> None:
    story = Story().accepted().tell("decided", date(2011, 10, 20))
    keep(story, "PD-1")
    supervise(at(date(2012, 3, 1)))
    found = {card.rule: card for card in Card.objects.all()}
    assert found["nine_tenths"].happened_on == date(2011, 10, 14)
    assert found["overrun"].happened_on == date(2011, 10, 19)
    assert found["overrun"].explain_by == date(2012, 3, 8)
    watched = SupervisedCase.objects.get()
    assert (watched.elapsed_days, watched.limit_days, watched.is_open) == (22, 20, False)


def test_new_events_are_read_once_and_an_event_of_a_slow_transaction_is_not_missed() -> None:
    first, second = Story().accepted(), Story().accepted()
    keep(first, "PD-1")
    keep(second, "PD-2")
    assert supervise(at(START)) == 2
    assert supervise(at(START)) == 0
    keep(first.tell("decided", date(2011, 9, 20)), "PD-1")
    # the mark has passed it already: another transaction ended first
    SupervisionMark.objects.update(event_id=CaseEvent.objects.latest("pk").pk)
    assert supervise(at(date(2011, 9, 20))) == 1
    assert SupervisedCase.objects.get(case__number="PD-1").decided_on == date(2011, 9, 20)


def test_windows_of_events_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "WINDOW", 3)
    monkeypatch.setattr(judging, "LOOKBACK", 0)
    for number in range(5):
        keep(Story().accepted(), f"PD-{number}")
    assert supervise(at(START)) >= 5
    assert SupervisedCase.objects.count() == 5


def test_a_spent_budget_leaves_the_rest_for_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "BATCH", 1)
    for number in range(3):
        keep(Story().accepted(), f"PD-{number}")
    assert supervise(at(START), budget_s=0) == 1
    assert supervise(at(START), budget_s=0) == 1
    assert supervise(at(START)) == 1
    assert SupervisedCase.objects.count() == 3


def test_a_case_keeps_the_calendar_it_was_first_reckoned_by() -> None:
    keep(Story().accepted(), "PD-1")
    supervise(at(START))
    off = {START + timedelta(days=n): "x" for n in range(1, 40)}
    store_years([NoticeYear(2011, off, {}, "other")], by="admin", at=at(START, 5))
    keep(Story().accepted(), "PD-2")
    supervise(at(date(2011, 10, 19)))
    assert {card.case.number for card in Card.objects.all()} == {"PD-1"}
    assert Card.objects.get(rule="overrun").facts["clock"]["calendar_edition"] == 1
    assert SupervisedCase.objects.get(case__number="PD-2").calendar_edition == 2


def test_a_provisional_year_is_reckoned_anew_when_its_notice_comes() -> None:
    start = date(2026, 12, 15)
    keep(Story().accepted(start), "PD-1")
    supervise(at(start))
    assert SupervisedCase.objects.get().due_on == date(2027, 1, 12)  # weekends only
    year = NoticeYear(2027, {date(2027, 1, 1): "元旦"}, {}, "2027.csv")
    store_years([year], by="admin", at=at(start, 5))
    judge_cases([SupervisedCase.objects.get().pk], now=at(date(2026, 12, 20)))
    assert SupervisedCase.objects.get().due_on == date(2027, 1, 13)


def test_what_was_not_explained_in_five_working_days_is_confirmed() -> None:
    keep(Story(limit_days=1).accepted(date(2011, 9, 27)), "PD-1")
    supervise(at(date(2011, 9, 29)))
    card = Card.objects.get()
    # 30 September, then 8, 9, 10 and 11 October: National Day lies between
    assert card.explain_by == date(2011, 10, 11)
    supervise(at(date(2011, 10, 11)))
    assert Card.objects.get().state == CardState.RAISED
    supervise(at(date(2011, 10, 12)))
    card.refresh_from_db()
    assert card.state == CardState.CONFIRMED
    assert [entry.act for entry in card.entries.all()] == ["raise", "confirm"]


def test_a_suspended_case_is_looked_at_again_when_it_resumes() -> None:
    story = Story().accepted().tell("suspended", date(2011, 9, 20), reason="hearing")
    keep(story, "PD-1")
    supervise(at(date(2011, 9, 20)))
    watched = SupervisedCase.objects.get()
    assert (watched.next_look_on, watched.suspended_by) == (None, "clerk")
    assert watched.suspended_at_share == pytest.approx(0.15)
    keep(story.tell("resumed", date(2011, 9, 22)), "PD-1")
    supervise(at(date(2011, 9, 22)))
    assert SupervisedCase.objects.get().due_on == date(2011, 10, 20)
