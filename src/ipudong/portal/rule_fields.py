"""Which fields a kind of rule asks for, and the words the form says about it."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models import RuleKind

STREAM_SCOPE: Final = (
    "observed_property",
    "period",
    "statistic",
    "thing",
    "thing_kind",
    "place_code",
    "system",
)
THING_SCOPE: Final = ("thing", "thing_kind", "place_code", "system")
MEMBER_ROWS: Final = 5
MEMBERS: Final = tuple(
    f"member{row}_{part}"
    for row in range(1, MEMBER_ROWS + 1)
    for part in ("property", "side", "limit", "hysteresis")
)


@dataclass(frozen=True, kw_only=True)
class KindForm:
    """One kind: what it finds in plain words, its icon, and the fields of its condition."""

    summary: Promise
    icon: str
    scope: tuple[str, ...] = STREAM_SCOPE
    condition: tuple[str, ...]
    required: tuple[str, ...] = ()


KIND_FORMS: Final[dict[str, KindForm]] = {
    RuleKind.ABOVE: KindForm(
        summary=_("A reading is higher than it may be, for as long as you say."),
        icon="arrow-bar-to-up",
        condition=("limit", "hysteresis", "duration_min"),
        required=("observed_property", "limit"),
    ),
    RuleKind.BELOW: KindForm(
        summary=_("A reading is lower than it may be, for as long as you say."),
        icon="arrow-bar-to-down",
        condition=("limit", "hysteresis", "duration_min"),
        required=("observed_property", "limit"),
    ),
    RuleKind.RATE: KindForm(
        summary=_("A reading changes faster than it should."),
        icon="trending-up",
        condition=("limit", "span_min"),
        required=("observed_property", "limit"),
    ),
    RuleKind.FLAT: KindForm(
        summary=_("A reading stays exactly the same: the instrument may be stuck."),
        icon="minus",
        condition=("count", "span_min", "limit"),
        required=("observed_property", "count"),
    ),
    RuleKind.MISSING: KindForm(
        summary=_("Nothing has come in for too long."),
        icon="plug-connected-x",
        condition=("span_min", "count"),
    ),
    RuleKind.COMBINATION: KindForm(
        summary=_("Two to five conditions on one device hold at the same time."),
        icon="layers-intersect",
        scope=("period", "statistic", *THING_SCOPE),
        condition=(*MEMBERS, "count", "span_min", "duration_min"),
        required=("member1_property", "member1_limit"),
    ),
    RuleKind.INSIDE: KindForm(
        summary=_("A vehicle is inside an area it should not be in."),
        icon="map-pin-exclamation",
        scope=THING_SCOPE,
        condition=("fence", "hysteresis", "duration_min"),
        required=("fence",),
    ),
    RuleKind.OUTSIDE: KindForm(
        summary=_("A vehicle has left the area it belongs to."),
        icon="map-pin-off",
        scope=THING_SCOPE,
        condition=("fence", "hysteresis", "duration_min"),
        required=("fence",),
    ),
    RuleKind.OVERSPEED: KindForm(
        summary=_("A vehicle drives faster than it may, everywhere or in one area."),
        icon="gauge",
        scope=THING_SCOPE,
        condition=("limit", "hysteresis", "fence", "duration_min"),
        required=("limit",),
    ),
    RuleKind.DWELL: KindForm(
        summary=_("A vehicle stands still, or stays in an area, for too long."),
        icon="clock-pause",
        scope=THING_SCOPE,
        condition=("duration_min", "limit", "fence"),
        required=("duration_min",),
    ),
    RuleKind.OUT_OF_SERVICE: KindForm(
        summary=_("A vehicle reports itself out of service, or has been silent for too long."),
        icon="car-off",
        scope=THING_SCOPE,
        condition=("span_min",),
    ),
}
ALARM_FIELDS: Final = (
    "severity",
    "quiet_min",
    "escalate_after_min",
    "flood_per_min",
    "opens_case",
    "advice",
)

# What a field means depends on the kind: label and help by kind, else the form's own.
WORDS: Final[dict[tuple[str, str], tuple[Promise, Promise | str]]] = {
    (RuleKind.RATE, "limit"): (
        _("Greatest change per hour"),
        _("In the unit of what is observed."),
    ),
    (RuleKind.RATE, "span_min"): (
        _("Shortest step (minutes)"),
        _("Readings closer together are judged as if so far apart, so that noise is no change."),
    ),
    (RuleKind.FLAT, "limit"): (
        _("Values up to this may stay the same"),
        _("For example 0 for rain. Empty: no value may."),
    ),
    (RuleKind.FLAT, "count"): (_("Equal readings in a row"), ""),
    (RuleKind.FLAT, "span_min"): (_("Over at least (minutes)"), ""),
    (RuleKind.MISSING, "span_min"): (
        _("Silent for (minutes)"),
        _("Empty: count the intervals at which the device should report."),
    ),
    (RuleKind.MISSING, "count"): (_("Or so many expected reports missed"), ""),
    (RuleKind.COMBINATION, "count"): (
        _("How many must hold"),
        _("Empty: all of them."),
    ),
    (RuleKind.COMBINATION, "span_min"): (
        _("Only readings of the last (minutes)"),
        _("Empty: the newest reading counts however old it is."),
    ),
    (RuleKind.INSIDE, "hysteresis"): (
        _("Has left when so far beyond the border (m)"),
        _("Positions waver by some meters: 50 keeps an alarm from flickering."),
    ),
    (RuleKind.OUTSIDE, "hysteresis"): (
        _("Has left when so far beyond the border (m)"),
        _("Positions waver by some meters: 50 keeps an alarm from flickering."),
    ),
    (RuleKind.OVERSPEED, "limit"): (_("Speed limit (km/h)"), ""),
    (RuleKind.OVERSPEED, "hysteresis"): (
        _("Ends when so much slower (km/h)"),
        "",
    ),
    (RuleKind.OVERSPEED, "fence"): (_("In this area only"), _("Empty: everywhere.")),
    (RuleKind.DWELL, "limit"): (
        _("Counts as standing up to (km/h)"),
        _("Empty: moving about within the area counts too."),
    ),
    (RuleKind.DWELL, "duration_min"): (_("For longer than (minutes)"), ""),
    (RuleKind.DWELL, "fence"): (_("In this area only"), _("Empty: everywhere.")),
    (RuleKind.OUT_OF_SERVICE, "span_min"): (
        _("Silent for (minutes)"),
        _("Empty: look at the status the vehicle reports itself."),
    ),
}
