"""Words of the matching review: fields, levels of agreement, bits, refusals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ipudong.city.manifest import Page

DESKS: Final = (
    Page(
        title=_("Matching review"),
        url_name="govcollab:matching",
        permit="registry.review_matches",
        summary=_("Records that may be one and the same"),
        icon="arrow-merge",
    ),
)
FIELDS: Final[dict[str, Promise]] = {
    "family_name": _("Family name"),
    "given_name": _("Given name"),
    "born_on": _("Date of birth"),
    "document_number": _("Document number"),
    "phone": _("Phone"),
    "address": _("Address"),
    "name": _("Name"),
    "credit_code": _("Unified social credit code"),
    "representative": _("Legal representative"),
}
LEVELS: Final[dict[str, Promise]] = {
    "same": _("the same"),
    "same_core": _("the same trade name"),
    "same_sound": _("sound alike, written otherwise"),
    "similar": _("similar"),
    "one_typo": _("one character apart"),
    "two_typos": _("two characters apart"),
    "day_and_month_swapped": _("day and month exchanged"),
    "same_town": _("the same subdistrict or town"),
    "different": _("different"),
    "missing": _("missing on one side: says nothing"),
}
STRENGTHS: Final[tuple[tuple[float, Promise], ...]] = (
    (10.0, _("speaks very strongly for one")),
    (5.0, _("speaks strongly for one")),
    (1.0, _("speaks for one")),
    (-1.0, _("says little")),
    (-5.0, _("speaks against one")),
)
STRONGLY_AGAINST: Final = _("speaks strongly against one")
REFUSALS: Final[dict[str, Promise]] = {
    "decided_already": _("Somebody was quicker: this pair has been decided. See what they said."),
    "merged_already": _("One of the two has been merged with another record meanwhile."),
    "merged_further": _(
        "The kept record was merged into a third one later. Undo that merge first, then this one."
    ),
    "not_decided": _("This pair has not been decided; there is nothing to undo."),
    "unknown_match": _("There is no such pair."),
}
CERTAINTIES: Final[tuple[tuple[float, Promise, str], ...]] = (
    (0.95, pgettext_lazy("two records", "Very likely one"), "good"),
    (0.5, pgettext_lazy("two records", "Probably one"), "notice"),
    (0.0, pgettext_lazy("two records", "Doubtful"), ""),
)
# The widest bar stands for so many bits; stronger weights fill it.
FULL_BAR_BITS: Final = 15.0
HALF_BAR: Final = 100.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One field's weight as a bar from the middle: to the right for one, to the left against."""

    title: Promise | str
    level: Promise | str
    bits: float
    strength: Promise
    x: float
    width: float
    tone: str


def draw_bar(weight: Mapping[str, Any]) -> Bar:
    """The bar of one stored weight."""
    bits = float(weight["bits"])
    width = min(abs(bits) / FULL_BAR_BITS, 1.0) * HALF_BAR
    return Bar(
        title=FIELDS.get(weight["field"], weight["field"]),
        level=LEVELS.get(weight["level"], weight["level"]),
        bits=bits,
        strength=find_strength(bits),
        x=round(HALF_BAR if bits >= 0 else HALF_BAR - width, 1),
        width=round(width, 1),
        tone="for" if bits >= 0 else "against",
    )


def find_strength(bits: float) -> Promise:
    """What a weight says, in words."""
    return next((words for least, words in STRENGTHS if bits >= least), STRONGLY_AGAINST)


def find_certainty(probability: float) -> tuple[Promise, str]:
    """What a probability says, in words, and the tone of its mark."""
    return next((words, tone) for least, words, tone in CERTAINTIES if probability >= least)
