from datetime import date, timedelta

import pytest

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Card, QuarterScore
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.supervision.complaints import answer_complaint, make_complaint
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.supervision.patterns import find_patterns
from ipudong.city.casework.supervision.raising import explain_card, withdraw_card
from ipudong.city.casework.supervision.scores import (
    list_cards_of,
    list_cases_of,
    list_published,
    list_quarters,
    measure_department,
    measure_quarter,
    publish_quarter,
)
from ipudong.city.casework.supervision.scoring import (
    COMPONENTS,
    Quarter,
    Tally,
    parse_quarter,
    quarter_of,
    score_parts,
    total_score,
)
from ipudong.city.casework.supervision.tests.cases import keep
from ipudong.city.casework.supervision.tests.stories import START, Story, at
from ipudong.city.identity.actors import Actor

SUPERVISOR = Actor("supervisor", frozenset({"supervisor"}))
HEAD = Actor("head", frozenset({"department_head"}), frozenset({"police"}))
Q4 = Quarter(2011, 4)
AFTER = date(2012, 1, 4)


def test_the_weights_are_published_and_sum_to_a_hundred() -> None:
    assert sum(component.weight for component in COMPONENTS) == 100


def test_a_score_worked_out_by_hand() -> None:
    tally = Tally(
        department="commerce",
        cases=50,
        in_time=45,
        red=2,
        yellow=5,
        cards_due=8,
        cards_explained=6,
        complaints_upheld=1,
        days_promised=1000,
        days_needed=600,
    )
    values = {part.code: part.value for part in score_parts(tally)}
    # cards: 2 × 1 + 5 × 0.3 = 3.5 points on 50 cases
    assert values == {
        "in_time": 90.0,
        "cards": 93.0,
        "explanations": 75.0,
        "complaints": 98.0,
        "speed": 40.0,
    }
    # (40·90 + 30·93 + 10·75 + 10·98 + 10·40) / 100
    assert total_score(score_parts(tally)) == 85.2


def test_what_was_not_there_is_not_measured_and_its_weight_is_left_out() -> None:
    tally = Tally(department="x", cases=4, in_time=4, days_promised=40, days_needed=20)
    parts = score_parts(tally)
    assert next(part for part in parts if part.code == "explanations").value is None
    # (40·100 + 30·100 + 10·100 + 10·50) / 90
    assert total_score(parts) == 94.4
    assert total_score(score_parts(Tally(department="x"))) is None


@pytest.mark.parametrize(
    ("day", "quarter", "begins", "ends"),
    [
        (date(2011, 1, 1), "2011Q1", date(2011, 1, 1), date(2011, 3, 31)),
        (date(2011, 6, 30), "2011Q2", date(2011, 4, 1), date(2011, 6, 30)),
        (date(2011, 12, 31), "2011Q4", date(2011, 10, 1), date(2011, 12, 31)),
    ],
)
def test_quarters(day: date, quarter: str, begins: date, ends: date) -> None:
    found = quarter_of(day)
    assert (str(found), found.begins_on, found.ends_on) == (quarter, begins, ends)
    assert parse_quarter(quarter) == found
    assert found.next.previous == found


@pytest.mark.parametrize("text", ["", "2011", "2011Q5", "2011Q", "Q1", "1Q1", "2011Q12", "²Q1"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quarter"):
        parse_quarter(text)


@pytest.fixture
def _quarter(db: None) -> None:
    """Commerce: one in time, one late, one open and late. Police: one in time, complained of."""
    load_known_years(by="system:test", at=at(START))
    keep(Story().accepted().tell("decided", date(2011, 10, 10)), "PD-1")
    keep(Story().accepted().tell("decided", date(2011, 10, 20)), "PD-2")
    keep(Story().accepted(), "PD-3")
    police = Story(department="police").accepted().tell("decided", date(2011, 10, 11))
    case = keep(police, "PD-4")
    keep(Story().accepted(date(2011, 12, 28)), "PD-5")
    supervise(at(date(2011, 10, 25)))
    complaint = make_complaint(
        case=case, subject="misconduct", text="Rude.", by=SUPERVISOR, at=at(date(2011, 10, 25))
    )
    answered = answer_complaint(
        complaint_id=complaint.pk,
        is_upheld=True,
        text="Yes.",
        by=SUPERVISOR,
        at=at(date(2011, 10, 26)),
    )
    explain_card(card_id=answered.card.pk, text="Sorry.", by=HEAD, at=at(date(2011, 10, 27)))
    wrong = Card.objects.get(case__number="PD-2", rule="nine_tenths")
    withdraw_card(card_id=wrong.pk, text="Wrong.", by=SUPERVISOR, at=at(date(2011, 10, 26)))
    supervise(at(AFTER))


@pytest.mark.usefixtures("_quarter")
def test_a_quarter_is_counted_from_what_was_watched() -> None:
    commerce = measure_department(Q4, "commerce", AFTER)
    assert commerce.tally == Tally(
        department="commerce",
        cases=3,
        in_time=1,
        red=2,
        yellow=1,
        cards_due=4,
        cards_explained=0,
        complaints_upheld=0,
        days_promised=40,
        days_needed=36,
    )
    police = measure_department(Q4, "police", AFTER)
    assert (police.tally.yellow, police.tally.complaints_upheld) == (1, 1)
    assert (police.tally.cards_due, police.tally.cards_explained) == (1, 1)
    assert [row.department for row in measure_quarter(Q4, AFTER)] == ["police", "commerce"]


@pytest.mark.usefixtures("_quarter")
def test_everything_behind_a_number_can_be_listed() -> None:
    numbers = [row.case.number for row in list_cases_of(Q4, "commerce", AFTER)]
    assert sorted(numbers) == ["PD-1", "PD-2", "PD-3"]
    assert list_cards_of(Q4, "commerce").count() == 4
    assert [str(quarter) for quarter in list_quarters(AFTER)] == ["2012Q1", "2011Q4", "2011Q3"]


@pytest.mark.usefixtures("_quarter")
def test_scores_are_published_once_the_quarter_is_over_and_corrected_with_a_note() -> None:
    with pytest.raises(CaseworkError, match="quarter_not_over"):
        publish_quarter(quarter=Q4, note="", by=SUPERVISOR, at=at(date(2011, 12, 31)))
    assert publish_quarter(quarter=Q4, note="", by=SUPERVISOR, at=at(AFTER)) == 2
    with pytest.raises(CaseworkError, match="no_note"):
        publish_quarter(quarter=Q4, note=" ", by=SUPERVISOR, at=at(AFTER))
    with pytest.raises(CaseworkError, match="nothing_changed"):
        publish_quarter(quarter=Q4, note="again", by=SUPERVISOR, at=at(AFTER))
    before = list_published(Q4)
    red = Card.objects.get(case__number="PD-3", rule="overrun")
    Card.objects.filter(pk=red.pk).update(state="withdrawn")
    assert publish_quarter(quarter=Q4, note="card withdrawn", by=SUPERVISOR, at=at(AFTER)) == 1
    after = {row.department: row for row in list_published(Q4)}
    assert (after["commerce"].revision, after["police"].revision) == (2, 1)
    assert after["commerce"].score > {row.department: row.score for row in before}["commerce"]
    assert QuarterScore.objects.count() == 3


@pytest.mark.django_db
def test_patterns_name_offices_that_suspend_start_late_and_applicants_that_split() -> None:
    load_known_years(by="system:test", at=at(START))
    for n in range(30):
        day = START + timedelta(days=n % 20)
        keep(Story(department="police").accepted(day), f"PD-1{n:02}", applicant_id=n)
        late = Story().tell("submitted", START).tell("accepted", date(2011, 9, 26), limit_days=20)
        late.tell("suspended", date(2011, 10, 20), reason="hearing", actor="wang")
        keep(late, f"PD-2{n:02}", applicant_id=100 + n // 5)
    today = date(2011, 10, 31)
    supervise(at(today))
    patterns = find_patterns(today)
    assert patterns.cases == 60
    for tests in (patterns.suspensions, patterns.late_starts):
        assert [test.department for test in tests if test.stands_out] == ["commerce"]
    (batch,) = patterns.batches
    assert (batch.officer, batch.on, batch.count) == ("wang", date(2011, 10, 20), 30)
    assert {split.count for split in patterns.splits} == {5}
    assert {split.department for split in patterns.splits} == {"commerce"}


@pytest.mark.django_db
def test_an_empty_district_has_no_patterns() -> None:
    patterns = find_patterns(START)
    assert (patterns.cases, patterns.suspensions, patterns.batches) == (0, [], [])
