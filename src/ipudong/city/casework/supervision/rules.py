"""The published rules of supervision, as rows, and the judging of a case by all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models import Color
from ipudong.city.casework.supervision import conduct_rules, time_rules
from ipudong.city.casework.supervision.findings import Finding
from ipudong.city.casework.supervision.history import History

EXPLANATION_DAYS: Final = 5
"""Working days in which the office explains a card, from the day after it was raised."""
COMPLAINT_DAYS: Final = 10
"""Working days in which a complaint is answered: this district's own promise."""

Text = str | Promise
Finder = Callable[[History, date], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One published trigger of a card; without `find` it is raised by an upheld complaint alone."""

    code: str
    color: Color
    title: Text
    meaning: Text
    find: Finder | None = None
    may_complain: bool = False


RULES: Final = {
    rule.code: rule
    for rule in (
        Rule(
            code="nine_tenths",
            color=Color.YELLOW,
            title=_("Nine tenths of the promised time used"),
            meaning=_(
                "Still open as the working day began on which 90 % of the promised time are "
                "reached. Limits under ten days have no such day: it would be the last one."
            ),
            find=time_rules.find_nine_tenths,
        ),
        Rule(
            code="overrun",
            color=Color.RED,
            title=_("Promised time overrun"),
            meaning=_("Not decided when the last day of the promised time had passed."),
            find=time_rules.find_overrun,
            may_complain=True,
        ),
        Rule(
            code="step_timeout",
            color=Color.YELLOW,
            title=_("Step overdue, case in time"),
            meaning=_("A step took longer than its own limit while the whole case was in time."),
            find=time_rules.find_step_timeouts,
        ),
        Rule(
            code="late_referral",
            color=Color.YELLOW,
            title=_("Referred late"),
            meaning=_("A step overran its limit and only then handed the case to another office."),
            find=time_rules.find_late_referrals,
        ),
        Rule(
            code="unlawful_refusal",
            color=Color.RED,
            title=_("Lawful application refused"),
            meaning=_(
                "Refused although the item's own decision table had found the applicant eligible, "
                "or a complaint about the refusal was upheld."
            ),
            find=conduct_rules.find_unlawful_refusals,
            may_complain=True,
        ),
        Rule(
            code="no_legal_reason",
            color=Color.RED,
            title=_("Refused without legal reason"),
            meaning=_("Refused or not accepted without naming the provision that requires it."),
            find=conduct_rules.find_refusals_without_reason,
            may_complain=True,
        ),
        Rule(
            code="offline",
            color=Color.YELLOW,
            title=_("Handled outside the system"),
            meaning=_(
                "One officer completed every step within ten minutes: done on paper and entered "
                "afterwards. Items settled on the spot are not meant."
            ),
            find=conduct_rules.find_offline_handling,
            may_complain=True,
        ),
        Rule(
            code="unlawful_charge",
            color=Color.RED,
            title=_("Unlawful charge"),
            meaning=_(
                "More was asked than the guide's published fee, or a complaint about a charge was "
                "upheld."
            ),
            find=conduct_rules.find_unlawful_charges,
            may_complain=True,
        ),
        Rule(
            code="misconduct",
            color=Color.YELLOW,
            title=_("Conduct in office"),
            meaning=_("A complaint about rude, evasive or partial treatment was upheld."),
            may_complain=True,
        ),
    )
}


def judge(history: History, today: date) -> list[tuple[Rule, Finding]]:
    """Everything the rules find on a case as of that day, whenever one looks."""
    return [
        (rule, finding)
        for rule in RULES.values()
        if rule.find is not None
        for finding in rule.find(history, today)
    ]


def find_next_look(history: History, today: date) -> date | None:
    """The next day on which time alone could break a rule; None when none can."""
    if history.settled is not None:
        return None
    clock = history.clock
    days = [time_rules.find_step_due(history, step) for step in history.steps if not step.ended]
    looks = [due + time_rules.DAY for due in days if due is not None]
    if clock is not None and clock.due_on is not None:
        looks.append(clock.due_on + time_rules.DAY)
        looks.append(time_rules.find_warning_day(clock) or today)
    return min((day for day in looks if day > today), default=None)
