"""Cards in words: why each was raised, step by step, from the facts it carries."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ipudong.city.casework.calendar.rules import RULES as LIMIT_RULES
from ipudong.city.casework.calendar.rules import SUSPENSION_REASONS
from ipudong.city.casework.models import Card, CardState, Color
from ipudong.city.casework.supervision.rules import RULES

COLOR_TONES: Final = {Color.YELLOW: "notice", Color.RED: "bad"}
STATE_TONES: Final = {
    CardState.RAISED: "notice",
    CardState.EXPLAINED: "river",
    CardState.RECHECK: "river",
    CardState.CONFIRMED: "bad",
    CardState.FINAL: "bad",
    CardState.WITHDRAWN: "good",
}
EVENT_TITLES: Final[dict[str, Promise]] = {
    "opened": gettext_lazy("Case opened"),
    "submitted": gettext_lazy("Application handed in"),
    "accepted": gettext_lazy("Accepted; the promised time starts"),
    "not_accepted": gettext_lazy("Application not accepted"),
    "task_opened": gettext_lazy("Step opened"),
    "task_claimed": gettext_lazy("Step taken on"),
    "task_completed": gettext_lazy("Step completed"),
    "task_canceled": gettext_lazy("Step no longer needed"),
    "suspended": gettext_lazy("Suspended; the clock stands still"),
    "resumed": gettext_lazy("Resumed; the clock runs on"),
    "extended": gettext_lazy("Time extended"),
    "rule_decided": gettext_lazy("Decision table evaluated"),
    "decided": gettext_lazy("Decision made"),
    "refused": gettext_lazy("Application refused"),
    "withdrawn": gettext_lazy("Withdrawn by the applicant"),
    "closed": gettext_lazy("Case closed"),
    "handled_offline": gettext_lazy("Handled on paper"),
    "service_done": gettext_lazy("Service step done"),
}


def title_of_rule(code: str) -> str:
    """The rule's title; its code for one that is no longer published."""
    return str(RULES[code].title) if code in RULES else code


def title_of_event(name: str) -> str:
    """What happened, in words."""
    return str(EVENT_TITLES.get(name, name))


def explain_card(card: Card) -> list[str]:
    """The reckoning behind a card, a sentence a line."""
    facts: Mapping[str, Any] = card.facts
    if "clock" in facts:
        return [*explain_clock(facts["clock"]), *_explain_share(card, facts)]
    if "step" in facts:
        return list(_explain_step(facts))
    return list(_explain_conduct(card, facts))


def explain_clock(clock: Mapping[str, Any]) -> list[str]:
    """A clock's explanation (`Explanation.as_json`) in sentences: limit, start, suspensions,
    calendar, last day."""
    rule = LIMIT_RULES.get(clock["rule"])
    lines = [
        _("%(days)s working days (%(basis)s).")
        % {"days": clock["limit_days"], "basis": rule.basis if rule else clock["rule"]},
        _(
            "Accepted on %(start)s; that day is not counted (Civil Code, article 201), the first "
            "day counted is %(first)s."
        )
        % {"start": clock["started_on"], "first": clock["first_counted_on"]},
    ]
    if clock["extension_days"]:
        days = clock["extension_days"]
        lines.append(
            ngettext(
                "Extended by %(days)s working day.", "Extended by %(days)s working days.", days
            )
            % {"days": days}
        )
    lines.extend(_explain_span(span) for span in clock["suspensions"])
    lines.append(_explain_calendar(clock))
    if clock["due_on"]:
        lines.append(_("The last day in time is therefore %(due)s.") % {"due": clock["due_on"]})
    else:
        lines.append(_("The clock stands still; the last day is known when it runs on."))
    return lines


def _explain_span(span: Mapping[str, Any]) -> str:
    reason = SUSPENSION_REASONS.get(span["reason"])
    values = {
        "since": span["since"],
        "until": span["until"],
        "days": span["days"],
        "reason": reason.title if reason else span["reason"],
        "basis": reason.basis if reason else "–",
    }
    if span["until"] is None:
        return _("Suspended since %(since)s: %(reason)s (%(basis)s).") % values
    return (
        ngettext(
            "Suspended after %(since)s until %(until)s: %(reason)s (%(basis)s); %(days)s working "
            "day does not count.",
            "Suspended after %(since)s until %(until)s: %(reason)s (%(basis)s); %(days)s working "
            "days do not count.",
            span["days"],
        )
        % values
    )


def _explain_calendar(clock: Mapping[str, Any]) -> str:
    years = _(", ").join(
        _("%(year)s version %(version)s") % {"year": year, "version": version}
        if version
        else _("%(year)s weekends only, provisional") % {"year": year}
        for year, version in clock["calendar_years"]
    )
    return _("Working days by the calendar of %(years)s (edition %(edition)s).") % {
        "years": years,
        "edition": clock["calendar_edition"],
    }


def _explain_share(card: Card, facts: Mapping[str, Any]) -> Iterator[str]:
    share = number_format(100 * facts["share"], 0)
    yield _(
        "On %(on)s, %(elapsed)s working days had counted: %(share)s %% of the promised time."
    ) % {
        "on": facts["on"],
        "elapsed": facts["elapsed_days"],
        "share": share,
    }
    if card.rule == "overrun":
        yield _("The day passed without a decision.")
    else:
        yield _("The case was still open as that day began.")


def _explain_step(facts: Mapping[str, Any]) -> Iterator[str]:
    values = {**facts, "days": facts["limit_days"]}
    yield (
        ngettext(
            "Step “%(step)s” opened on %(opened_on)s; its own limit is %(days)s working day.",
            "Step “%(step)s” opened on %(opened_on)s; its own limit is %(days)s working days.",
            facts["limit_days"] or 0,
        )
        % values
    )
    yield _("Its last day was %(due_on)s (calendar edition %(calendar_edition)s).") % values
    if facts["ended_on"]:
        yield _("It was completed on %(ended_on)s.") % values
    else:
        yield _("It was not completed when the card was raised.")


def _explain_conduct(card: Card, facts: Mapping[str, Any]) -> Iterator[str]:
    rule = RULES.get(card.rule)
    if rule:
        yield str(rule.meaning)
    if "complaint" in facts:
        yield _("A complaint of the applicant was upheld: %(answer)s") % facts
    if "decision" in facts:
        yield _("The decision table “%(decision)s” had found the applicant eligible.") % facts
    if facts.get("reason"):
        yield _("Reason given: %(reason)s") % facts
    if facts.get("legal_reason"):
        yield _("Provision named: %(legal_reason)s") % facts
    if "steps" in facts:
        yield _("%(steps)s steps within %(minutes)s minutes by one officer.") % facts
    if "asked" in facts:
        yield _("Asked %(asked)s yuan; the published fee is %(published)s yuan.") % facts
