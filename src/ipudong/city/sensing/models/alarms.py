"""Rules over datastreams, the alarms they raise, and what people noted on them."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.fences import Fence
from ipudong.city.sensing.models.suppressions import Suppression
from ipudong.city.sensing.models.things import (
    Datastream,
    Named,
    ObservedProperty,
    Period,
    Statistic,
    Thing,
)


class RuleKind(models.TextChoices):
    """What a rule looks for."""

    ABOVE = "above", _("Above a limit")
    BELOW = "below", _("Below a limit")
    RATE = "rate", _("Changes too fast")
    FLAT = "flat", _("Does not change")
    DUPLICATE = "duplicate", _("Copies another column")
    MISSING = "missing", _("No data")
    COMBINATION = "combination", _("Several conditions together")
    INSIDE = "inside", _("Is inside an area")
    OUTSIDE = "outside", _("Has left an area")
    OVERSPEED = "overspeed", _("Drives too fast")
    DWELL = "dwell", _("Stays too long")
    OUT_OF_SERVICE = "out_of_service", _("Out of service")


class Severity(models.TextChoices):
    """How grave an alarm is, the four colors of the national early-warning scale."""

    BLUE = "blue", _("Attention")
    YELLOW = "yellow", _("Warning")
    ORANGE = "orange", _("Serious")
    RED = "red", _("Critical")


class AlarmState(models.TextChoices):
    """The life of an alarm. Cleared: the condition ended by itself; closed: a person is done.
    Suppressed: counted, but told to nobody (maintenance, shelved, part of a flood)."""

    RAISED = "raised", _("Raised")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    CLEARED = "cleared", _("Cleared")
    CLOSED = "closed", _("Closed")
    SUPPRESSED = "suppressed", _("Suppressed")


class CloseReason(models.TextChoices):
    """Why somebody closed an alarm."""

    DEALT_WITH = "dealt_with", _("Dealt with")
    FALSE_ALARM = "false_alarm", _("False alarm")
    KNOWN = "known", _("Known and accepted")
    DEVICE_FAULT = "device_fault", _("Fault of the device")
    TEST = "test", _("Test or drill")


OPEN_STATES: Final = (AlarmState.RAISED, AlarmState.ACKNOWLEDGED)


class Rule(Named):
    """A condition on every datastream that fits; empty selectors fit all.

    `above`/`below`: `limit`, `hysteresis`, `duration_s`. `rate`: `limit` per hour. `flat`: `count`
    equal readings over at least `span_s`; readings up to `limit`, where given, may be flat.
    `duplicate`: `count` equal readings of two properties. `missing`: nothing for `span_s`, or for
    `count` expected intervals; without an observed property it watches the thing as a whole.

    Of positions: `inside`/`outside` an area, `hysteresis` meters beyond its border, `duration_s`.
    `overspeed`: `limit` km/h, in the area where one is given. `dwell`: in the area, and where a
    `limit` is given no faster, for `duration_s`. `out_of_service`: a bit of `status_mask` is set,
    or with `span_s` the thing has been silent so long.

    `combination`: of `members` ({property or datastream, above, limit, hysteresis}) at least
    `count` (0: all) hold, by readings no older than `span_s` (0: any age), for `duration_s`.
    """

    code = models.SlugField(unique=True, max_length=100)
    kind = models.CharField(_("Kind"), max_length=20, choices=RuleKind.choices)
    severity = models.CharField(
        _("Severity"), max_length=8, choices=Severity.choices, default=Severity.YELLOW
    )
    system = models.SlugField(_("System"), max_length=40, blank=True)
    declared = models.BooleanField(default=False)
    enabled = models.BooleanField(_("In force"), default=True)
    observed_property = models.ForeignKey(
        ObservedProperty, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    other_property = models.ForeignKey(
        ObservedProperty, models.CASCADE, null=True, blank=True, related_name="+"
    )
    thing = models.ForeignKey(Thing, models.CASCADE, null=True, blank=True, related_name="rules")
    datastream = models.ForeignKey(
        Datastream, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    thing_kind = models.SlugField(max_length=60, blank=True)
    period = models.CharField(max_length=8, choices=Period.choices, blank=True)
    statistic = models.CharField(max_length=6, choices=Statistic.choices, blank=True)
    limit = models.FloatField(_("Limit"), null=True, blank=True)
    hysteresis = models.FloatField(_("Hysteresis"), default=0.0)
    duration_s = models.PositiveIntegerField(_("Duration (s)"), default=0)
    count = models.PositiveIntegerField(_("Readings"), default=0)
    span_s = models.PositiveIntegerField(_("Span (s)"), default=0)
    fence = models.ForeignKey(Fence, models.PROTECT, null=True, blank=True, related_name="rules")
    place_code = models.CharField(_("Place code"), max_length=12, blank=True)
    members = models.JSONField(default=list, blank=True)
    status_mask = models.BigIntegerField(default=0)
    quiet_s = models.PositiveIntegerField(_("Counts as the same again within (s)"), default=0)
    flood_per_min = models.PositiveIntegerField(_("Flood above (alarms a minute)"), default=0)
    escalate_after_min = models.PositiveIntegerField(_("Escalates after (min)"), default=0)
    opens_case = models.BooleanField(_("Opens a case"), default=False)
    advice = models.TextField(_("What to do"), blank=True)
    is_draft = models.BooleanField(_("Draft"), default=False)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["code"]


class Alarm(models.Model):
    """One excursion found by one rule. Times are event times, except those of people's acts."""

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="alarms")
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="alarms")
    datastream = models.ForeignKey(
        Datastream, models.CASCADE, null=True, blank=True, related_name="alarms"
    )
    state = models.CharField(
        max_length=12, choices=AlarmState.choices, default=AlarmState.RAISED, db_index=True
    )
    severity = models.CharField(max_length=8, choices=Severity.choices)
    began_at = models.DateTimeField(_("Began"))
    raised_at = models.DateTimeField(_("Raised"), db_index=True)
    cleared_at = models.DateTimeField(_("Cleared"), null=True, blank=True)
    noticed_at = models.DateTimeField(_("Noticed"))
    changed_at = models.DateTimeField(db_index=True)
    value = models.FloatField(_("Value when raised"), null=True, blank=True)
    peak = models.FloatField(_("Peak"), null=True, blank=True)
    limit = models.FloatField(_("Limit"), null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    close_reason = models.CharField(max_length=16, choices=CloseReason.choices, blank=True)
    occurrences = models.PositiveIntegerField(_("Times"), default=1)
    last_at = models.DateTimeField(_("Last raised"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("Escalation level"), default=0)
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalate_at = models.DateTimeField(null=True, blank=True, db_index=True)
    assigned_to = models.CharField(_("Assigned to"), max_length=150, blank=True)
    case_reference = models.CharField(_("Case"), max_length=100, blank=True)
    suppression = models.ForeignKey(
        Suppression, models.SET_NULL, null=True, blank=True, related_name="alarms"
    )
    # A flood: `summary` stands for the others, which are suppressed.
    summary = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="members"
    )
    is_summary = models.BooleanField(default=False)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "datastream"],
                condition=models.Q(state__in=["raised", "acknowledged"], is_summary=False),
                name="one_open_alarm_per_datastream",
            ),
            models.UniqueConstraint(
                fields=["rule", "thing"],
                condition=models.Q(
                    state__in=["raised", "acknowledged"], datastream=None, is_summary=False
                ),
                name="one_open_alarm_per_thing",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether the condition still holds."""
        return self.state in OPEN_STATES


class AlarmStep(models.Model):
    """One step in an alarm's life: who did what, or what the clock did."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="steps")
    at = models.DateTimeField()
    code = models.CharField(max_length=20)
    by = models.CharField(max_length=150, blank=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["at", "id"]


class AlarmNote(models.Model):
    """What somebody wrote on an alarm."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.TextField()

    class Meta:
        ordering = ["at", "id"]
