from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.casework import case_events
from ipudong.city.casework.calendar.tests.calendars import known_calendar
from ipudong.city.casework.supervision.findings import Finding
from ipudong.city.casework.supervision.rules import RULES, find_next_look, judge
from ipudong.city.casework.supervision.tests.stories import START, Story

LATE = date(2012, 6, 1)


def codes(story: Story, today: date) -> list[str]:
    return [rule.code for rule, _finding in judge(story.history(), today)]


def the(code: str, story: Story, today: date = LATE) -> Finding:
    found = [finding for rule, finding in judge(story.history(), today) if rule.code == code]
    assert len(found) == 1, (code, found)
    return found[0]


# Accepted on Thursday 15 September 2011 with 20 working days: counted by hand with the notice of
# that year (off 1 to 7 October, worked on 8 and 9), day 18 is Friday 14 and day 20 Tuesday 18
# October.
@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2011, 10, 13), []),
        (date(2011, 10, 14), ["nine_tenths"]),
        (date(2011, 10, 18), ["nine_tenths"]),
        (date(2011, 10, 19), ["nine_tenths", "overrun"]),
    ],
)
def test_yellow_at_nine_tenths_and_red_after_the_last_day(today: date, expected: list[str]) -> None:
    assert codes(Story().accepted(), today) == expected


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        (date(2011, 10, 13), []),
        (date(2011, 10, 14), ["nine_tenths"]),
        (date(2011, 10, 18), ["nine_tenths"]),
        (date(2011, 10, 19), ["nine_tenths", "overrun"]),
    ],
)
def test_looking_late_finds_what_looking_in_time_would_have(
    decided: date, expected: list[str]
) -> None:
    assert codes(Story().accepted().tell("decided", decided), LATE) == expected


@pytest.mark.parametrize("limit", range(1, 10))
def test_limits_under_ten_days_have_no_yellow_card_on_their_last_day(limit: int) -> None:
    story = Story(limit_days=limit).accepted()
    due = story.history().clock.due_on
    assert codes(story, due) == []
    assert codes(story, due + timedelta(days=1)) == ["overrun"]


def test_a_card_explains_itself_by_rule_calendar_and_suspensions() -> None:
    story = Story().accepted()
    story.tell("suspended", date(2011, 9, 20), reason="hearing")
    story.tell("resumed", date(2011, 9, 22))
    finding = the("overrun", story)
    assert finding.happened_on == date(2011, 10, 21)
    clock = finding.facts["clock"]
    assert clock["due_on"] == "2011-10-20"
    assert clock["suspensions"] == [
        {"since": "2011-09-20", "until": "2011-09-22", "reason": "hearing", "days": 2}
    ]
    assert clock["calendar_years"] == [[2011, 1]]
    assert (finding.facts["elapsed_days"], finding.facts["share"]) == (20, 1.0)
    assert finding.evidence == (1, 2, 3, 4)


def test_while_a_case_is_suspended_its_time_does_not_run() -> None:
    story = Story().accepted().tell("suspended", date(2011, 9, 20), reason="hearing")
    assert codes(story, LATE) == []
    assert find_next_look(story.history(), LATE) is None


def test_an_extension_moves_both_days() -> None:
    story = Story().accepted().tell("extended", date(2011, 10, 10), days=10)
    assert codes(story, date(2011, 10, 26)) == []
    assert codes(story, date(2011, 10, 27)) == ["nine_tenths"]  # day 27 of 30
    assert the("overrun", story).happened_on == date(2011, 11, 2)


def test_a_step_over_its_limit_while_the_case_is_in_time() -> None:
    story = Story().accepted().step(7, START, date(2011, 9, 23), limit_days=5)
    story.tell("decided", date(2011, 9, 26))
    finding = the("step_timeout", story)
    assert finding.key == "task:7"
    assert finding.happened_on == date(2011, 9, 23)
    assert finding.officer == "clerk"
    assert finding.facts["due_on"] == "2011-09-22"
    assert codes(story, LATE) == ["step_timeout"]


def test_a_step_done_on_its_last_day_is_in_time() -> None:
    story = Story().accepted().step(7, START, date(2011, 9, 22), limit_days=5)
    assert codes(story.tell("decided", date(2011, 9, 26)), LATE) == []


def test_a_step_stands_still_with_its_case() -> None:
    story = Story().accepted()
    story.tell("suspended", date(2011, 9, 20), reason="appraisal")
    story.tell("resumed", date(2011, 9, 22))
    story.step(7, START, date(2011, 9, 26), limit_days=5)
    assert codes(story.tell("decided", date(2011, 9, 27)), LATE) == []


def test_a_late_step_of_a_late_case_is_not_blamed_twice() -> None:
    story = Story(limit_days=5).accepted().step(7, START, None, limit_days=5)
    assert codes(story, LATE) == ["overrun"]


def test_a_step_without_a_limit_of_its_own_is_not_judged() -> None:
    story = Story().accepted().step(7, START, date(2011, 10, 10), limit_days=None)
    assert codes(story.tell("decided", date(2011, 10, 11)), LATE) == []


def test_a_step_that_overran_and_then_went_to_another_office_was_referred_late() -> None:
    story = Story().accepted().step(7, START, date(2011, 9, 23), limit_days=5)
    story.step(8, date(2011, 9, 23), date(2011, 9, 26), limit_days=5, department="construction")
    finding = the("late_referral", story.tell("decided", date(2011, 9, 26)))
    assert (finding.key, finding.department) == ("task:7", "commerce")
    assert finding.facts["referred_to"] == "construction"
    assert codes(story, LATE) == ["late_referral"]


def test_a_refusal_names_its_provision() -> None:
    bare = Story().accepted().tell("refused", START, reason="no", legal_reason="  ")
    assert codes(bare.tell("decided", START), LATE) == ["no_legal_reason"]
    lawful = Story().accepted().tell("refused", START, reason="no", legal_reason="Article 12")
    assert codes(lawful.tell("decided", START), LATE) == []
    early = Story().tell("submitted", START).tell("not_accepted", START, reason="no")
    assert codes(early.tell("closed", START), LATE) == ["no_legal_reason"]


def test_a_refusal_against_the_items_own_decision_table() -> None:
    story = Story().accepted()
    story.tell("rule_decided", START, step="check", value={"eligible": True})
    story.tell("refused", START, reason="no", legal_reason="Article 12")
    finding = the("unlawful_refusal", story.tell("decided", START))
    assert finding.evidence == (3, 4)
    assert finding.facts["decision"] == "check"
    other = Story().accepted()
    other.tell("rule_decided", START, step="check", value={"eligible": False})
    other.tell("refused", START, reason="no", legal_reason="Article 12")
    assert codes(other.tell("decided", START), LATE) == []


def test_steps_entered_all_at_once_were_done_on_paper() -> None:
    story = Story().accepted()
    story.step(1, START, START, limit_days=None, minutes=1)
    story.step(2, START, START, limit_days=None, minutes=4)
    finding = the("offline", story.tell("decided", START))
    assert finding.facts == {"steps": 2, "minutes": 3}
    two_officers = Story().accepted()
    two_officers.step(1, START, START, limit_days=None, minutes=1)
    two_officers.step(2, START, START, limit_days=None, minutes=4, actor="head")
    assert codes(two_officers.tell("decided", START), LATE) == []
    on_the_spot = Story(limit_days=0).accepted()
    on_the_spot.step(1, START, START, limit_days=None, minutes=1)
    on_the_spot.step(2, START, START, limit_days=None, minutes=2)
    assert codes(on_the_spot.tell("decided", START), LATE) == []


def test_handling_on_paper_that_was_told_is_found() -> None:
    story = Story().accepted().tell("handled_offline", START).tell("decided", START)
    assert the("offline", story).key == "3"


def test_asking_more_than_the_published_fee() -> None:
    story = Story().accepted()
    story.tell("service_done", START, fee="120.00", published_fee="100")
    story.tell("service_done", START, fee="100.00", published_fee=100)
    story.tell("service_done", START, fee="lots", published_fee=None)
    story.tell("service_done", START, fee=[1])
    finding = the("unlawful_charge", story.tell("decided", START))
    assert finding.facts == {"asked": "120.00", "published": "100"}


@pytest.mark.parametrize(
    "payload",
    [
        {"limit_days": "soon"},
        {"limit_days": -4},
        {"limit_days": True},
        {"limit_days": None},
        {},
    ],
)
def test_an_acceptance_that_says_no_limit_takes_that_of_the_kind(
    payload: dict[str, object],
) -> None:
    story = Story().tell("submitted", START).tell("accepted", START, **payload)
    assert story.history().limit_days == 20


def test_every_event_supervision_reads_is_one_that_cases_tell() -> None:
    told = {"submitted", "accepted", "suspended", "resumed", "decided", "refused", "task_opened"}
    assert told <= case_events.EVENT_NAMES


NAMES = sorted(case_events.EVENT_NAMES)
PAYLOADS = st.fixed_dictionaries(
    {},
    optional={
        "task": st.one_of(st.integers(1, 3), st.text(max_size=3), st.none()),
        "limit_days": st.one_of(st.integers(-1, 30), st.text(max_size=3), st.none()),
        "days": st.one_of(st.integers(-1, 30), st.none()),
        "for_applicant": st.booleans(),
        "rule": st.sampled_from(["step", "promise", "licensing.notice", "x"]),
        "value": st.one_of(st.booleans(), st.none(), st.dictionaries(st.text(), st.booleans())),
        "fee": st.one_of(st.text(max_size=5), st.integers(), st.none()),
        "published_fee": st.one_of(st.text(max_size=5), st.integers(), st.none()),
    },
)


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 30), PAYLOADS), max_size=12),
    st.integers(0, 200),
)
def test_whatever_the_events_a_day_more_never_takes_a_finding_back(
    told: list[tuple[str, int, dict[str, object]]], days: int
) -> None:
    story = Story()
    for name, offset, payload in sorted(told, key=lambda one: one[1]):
        story.tell(name, START + timedelta(days=offset), **payload)
    history = story.history()
    today = START + timedelta(days=30 + days)

    def keys(day: date) -> set[tuple[str, str, date]]:
        return {(rule.code, one.key, one.happened_on) for rule, one in judge(history, day)}

    assert keys(today) <= keys(today + timedelta(days=1))
    next_look = find_next_look(history, today)
    if next_look is not None:
        assert next_look > today
        assert keys(next_look - timedelta(days=1)) == keys(today)
    else:
        assert keys(today + timedelta(days=400)) == keys(today)


def test_every_rule_is_worded_and_colored() -> None:
    assert known_calendar().edition == 1
    for rule in RULES.values():
        assert str(rule.title)
        assert str(rule.meaning).endswith((".", "。"))
        assert rule.color in ("yellow", "red")
        assert rule.find is not None or rule.may_complain
