"""Pattern views and the published rules."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models import Color
from ipudong.city.casework.supervision import patterns
from ipudong.city.casework.supervision.rules import COMPLAINT_DAYS, EXPLANATION_DAYS, RULES
from ipudong.city.casework.supervision.scoring import COMPONENTS, WEIGHTS_VERSION
from ipudong.city.casework.supervision.statistics import ShareTest
from ipudong.city.identity.pages import permitted
from ipudong.systems.govcollab.supervision_shell import (
    names_of_departments,
    show,
    titles_of_kinds,
)
from ipudong.systems.govcollab.supervision_words import COLOR_TONES

SHARES: Final = (
    (
        "suspensions",
        _("Suspended at least once"),
        _("Of the cases accepted in these ninety days, those suspended at least once."),
    ),
    (
        "late_suspensions",
        _("Suspended shortly before the end"),
        _("Of the suspended cases, those first suspended with 80 % of the time used."),
    ),
    (
        "late_starts",
        _("Late start"),
        _(
            "Of the cases accepted, those that waited more than five working days after they were "
            "handed in: the promised time only starts with acceptance."
        ),
    ),
)


@permitted("supervision.view")
def show_patterns(request: HttpRequest) -> HttpResponse:
    """What stands out in the last ninety days, each with its basis."""
    found = patterns.find_patterns(timezone.localdate())
    shares = [(code, title, meaning, getattr(found, code)) for code, title, meaning in SHARES]
    codes = {test.department for _code, _title, _meaning, tests in shares for test in tests}
    codes |= {batch.department for batch in found.batches}
    offices = names_of_departments(codes | {split.department for split in found.splits})
    kinds = titles_of_kinds(split.kind_code for split in found.splits)
    context = {
        "found": found,
        "shares": [
            {
                "code": code,
                "title": title,
                "meaning": meaning,
                "tests": [_describe(test, offices) for test in tests],
                "standing_out": sum(test.stands_out for test in tests),
            }
            for code, title, meaning, tests in shares
        ],
        "batches": [{"row": row, "office": offices[row.department]} for row in found.batches],
        "splits": [
            {"row": row, "office": offices[row.department], "kind": kinds[row.kind_code]}
            for row in found.splits
        ],
    }
    return show(request, "patterns", "patterns.html", context)


def _describe(test: ShareTest, offices: dict[str, str]) -> dict[str, Any]:
    return {
        "row": test,
        "office": offices[test.department],
        "share": 100 * test.share,
        "others": 100 * test.others_share,
    }


@permitted("govcollab.view")
def show_rules(request: HttpRequest) -> HttpResponse:
    """By which rules cards are raised and offices scored; for everybody to read."""
    context = {
        "rules": [
            {
                "row": rule,
                "color": Color(rule.color).label,
                "tone": COLOR_TONES[Color(rule.color)],
            }
            for rule in RULES.values()
        ],
        "components": COMPONENTS,
        "weights": WEIGHTS_VERSION,
        "explanation_days": EXPLANATION_DAYS,
        "complaint_days": COMPLAINT_DAYS,
    }
    return show(request, "rules", "rules.html", context)
