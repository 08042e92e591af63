"""Tables of the plan: what was promised, and what was measured on which day."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ipudong.city.languages import reads_chinese
from ipudong.city.plan.records import is_met
from ipudong.city.plan.units import UNITS, format_value


def _language() -> str:
    return get_language() or "zh-hans"


class ActionPlan(models.Model):
    """The plan file in force; there is one."""

    code = models.SlugField(_("Short code"), max_length=60, unique=True)
    title_zh = models.CharField(_("Chinese title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200)
    issuer_zh = models.CharField(_("Issuer in Chinese"), max_length=200)
    issuer_en = models.CharField(_("Issuer in English"), max_length=200)
    issued_on = models.DateField(_("Published on"))
    starts_on = models.DateField(_("Begins on"))
    ends_on = models.DateField(_("Ends on"))
    digest = models.CharField(_("Digest of the content"), max_length=64)
    loaded_at = models.DateTimeField(_("Loaded at"), auto_now=True)

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return self.title_zh if reads_chinese() else self.title_en


class Task(models.Model):
    """A key task; `department_codes` has the leading unit first."""

    plan_code = models.SlugField(_("Plan"), max_length=60)
    number = models.PositiveSmallIntegerField(_("Number"))
    key = models.SlugField(_("System"), max_length=40)
    group = models.CharField(_("Part of the plan"), max_length=20)
    title_zh = models.CharField(_("Chinese title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200)
    summary_zh = models.TextField(_("Summary in Chinese"))
    summary_en = models.TextField(_("Summary in English"))
    department_codes = models.JSONField(_("Responsible units"), default=list)
    retired_at = models.DateTimeField(_("No longer in the plan since"), null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan_code", "number"], name="one_task_per_number")
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return self.title_zh if reads_chinese() else self.title_en

    @property
    def summary(self) -> str:
        """The summary in the active language."""
        return self.summary_zh if reads_chinese() else self.summary_en


class Mark(models.Model):
    """A mark by which a task is judged. One that left the plan is retired, never deleted."""

    plan_code = models.SlugField(_("Plan"), max_length=60)
    code = models.CharField(_("Short code"), max_length=20)
    task = models.ForeignKey(Task, models.PROTECT, related_name="marks")
    position = models.PositiveIntegerField(_("Place in the plan"))
    wording_zh = models.CharField(_("Wording of the plan"), max_length=200)
    title_zh = models.CharField(_("Chinese title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200)
    kind = models.CharField(_("Kind"), max_length=20)
    unit = models.CharField(_("Unit"), max_length=20)
    direction = models.CharField(_("Direction"), max_length=20)
    target = models.FloatField(_("Target"))
    due_on = models.DateField(_("Due on"))
    figure = models.CharField(_("Origin of the figure"), max_length=20)
    assumption_zh = models.TextField(_("Assumption in Chinese"), blank=True)
    assumption_en = models.TextField(_("Assumption in English"), blank=True)
    department_codes = models.JSONField(_("Responsible units"), default=list)
    retired_at = models.DateTimeField(_("No longer in the plan since"), null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["plan_code", "code"], name="one_mark_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def title(self) -> str:
        """The title in the active language."""
        return self.title_zh if reads_chinese() else self.title_en

    @property
    def assumption(self) -> str:
        """How words without a number were read, in the active language; "" for a source figure."""
        return self.assumption_zh if reads_chinese() else self.assumption_en

    @property
    def is_assumed(self) -> bool:
        """Whether the threshold is this house's reading and not a figure of the plan."""
        return self.figure == "assumed"

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Least and greatest possible value."""
        return 0.0, UNITS[self.unit].upper_bound

    def is_met_by(self, value: float) -> bool:
        """Whether a value satisfies the target."""
        return is_met(value, self.target, self.direction)

    def format(self, value: float) -> str:
        """A value with its unit in the active language."""
        return format_value(value, self.unit, _language())


class Snapshot(models.Model):
    """What a mark measured on a day; the last measurement of the day stands."""

    mark = models.ForeignKey(Mark, models.PROTECT, related_name="snapshots")
    taken_on = models.DateField(_("Date"))
    taken_at = models.DateTimeField(_("Taken at"))
    value = models.FloatField(_("Value"))
    unit = models.CharField(_("Unit"), max_length=20)
    numerator = models.FloatField(_("Numerator"), null=True, blank=True)
    denominator = models.FloatField(_("Denominator"), null=True, blank=True)
    indicator_code = models.CharField(_("Indicator"), max_length=100)
    note = models.TextField(_("Note"), blank=True)

    class Meta:
        ordering = ["taken_on"]
        constraints = [
            models.UniqueConstraint(fields=["mark", "taken_on"], name="one_snapshot_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.mark_id} {self.taken_on} {self.value:g}"


class Attempt(models.Model):
    """How the latest measurement of a mark went; a failure never hides the last good value."""

    MEASURED, NOT_MEASURED, FAILED = "measured", "not_measured", "failed"
    OUTCOMES = [
        (MEASURED, _("Measured")),
        (NOT_MEASURED, _("Not measured")),
        (FAILED, _("Measurement failed")),
    ]

    mark = models.OneToOneField(Mark, models.CASCADE, related_name="attempt")
    indicator_code = models.CharField(_("Indicator"), max_length=100)
    attempted_at = models.DateTimeField(_("Attempted at"))
    outcome = models.CharField(_("Outcome"), max_length=20, choices=OUTCOMES)
    reason = models.TextField(_("Reason"), blank=True)

    def __str__(self) -> str:
        return f"{self.mark_id} {self.outcome}"
