"""The rule editor's form: the fields of one kind, in the words and units of people."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import installed
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.models import (
    Fence,
    ObservedProperty,
    Period,
    Rule,
    RuleKind,
    Severity,
    Statistic,
    Thing,
)
from ipudong.portal.kind_words import list_kinds
from ipudong.portal.rule_fields import ALARM_FIELDS, KIND_FORMS, MEMBER_ROWS, WORDS
from ipudong.portal.unit_signs import sign_of

MOST_LISTED: Final = 400
SIDES: Final = (("above", _("above")), ("below", _("below")))
STEP_ANY: Final = {"step": "any"}


def _number(label: Any, *, help_text: Any = "", least: float | None = 0) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=False,
        min_value=least,
        max_value=1e12,
        help_text=help_text,
        widget=forms.NumberInput(attrs=STEP_ANY),
    )


def _whole(label: Any, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=most, help_text=help_text
    )


class ThingField(forms.CharField):
    """One device, by its name or identity; the browser offers what it knows."""

    widget = forms.TextInput(attrs={"list": "known-things", "autocomplete": "off"})

    def clean(self, value: Any) -> Thing | None:
        text = str(super().clean(value) or "").strip()
        if not text:
            return None
        things = Thing.objects.defer("credential")
        number = text.rpartition("#")[2]
        found = things.filter(pk=int(number)).first() if number.isdecimal() else None
        for column in ("identity", "name_zh", "name_en"):
            found = found or things.filter(**{column: text}).first()
        if found is None:
            raise forms.ValidationError(_("No device has this name or identity."), "unknown_thing")
        return found

    def prepare_value(self, value: Any) -> Any:
        """As the browser offers it: name and number."""
        if isinstance(value, Thing):
            return f"{value.name} #{value.pk}"
        return value


class RuleForm(forms.Form):
    """All fields any kind has; those the kind does not ask for are taken out."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=150)
    name_en = forms.CharField(label=_("English name"), max_length=150, required=False)

    observed_property = forms.ModelChoiceField(
        ObservedProperty.objects.all(), label=_("What is observed"), required=False
    )
    period = forms.ChoiceField(
        label=_("Which readings"), required=False, choices=[("", _("All")), *Period.choices]
    )
    statistic = forms.ChoiceField(
        label=_("Which value of the period"),
        required=False,
        choices=[("", _("All")), *Statistic.choices],
        help_text=_("Mean, least and greatest are watched apart: choose one for one alarm."),
    )
    thing = ThingField(
        label=_("Only this device"), required=False, help_text=_("Name or identity.")
    )
    thing_kind = forms.ChoiceField(label=_("Only devices of this kind"), required=False)
    place_code = forms.ChoiceField(label=_("Only in this place"), required=False)
    system = forms.ChoiceField(label=_("Only of this system"), required=False)

    limit = _number(_("Limit"), least=None, help_text=_("In the unit of what is observed."))
    hysteresis = _number(
        _("Ends when so much better than the limit"),
        help_text=_("Keeps an alarm from flickering. Empty: as soon as the limit is kept."),
    )
    duration_min = _number(
        _("For at least (minutes)"), help_text=_("Empty: the first reading is enough.")
    )
    count = _whole(_("Number"), 10_000)
    span_min = _number(_("Minutes"))
    fence = forms.ModelChoiceField(Fence.objects.all(), label=_("Area"), required=False)

    severity = forms.ChoiceField(
        label=_("How grave it is"), choices=Severity.choices, initial=Severity.YELLOW
    )
    quiet_min = _number(
        _("Counts as the same alarm if it comes back within (minutes)"),
        help_text=_("One row that counts, instead of many."),
    )
    escalate_after_min = _whole(
        _("Goes up a level if nobody takes it for (minutes)"),
        10_000,
        _("Empty: as set for its gravity."),
    )
    flood_per_min = _whole(
        _("Gather into one when more than so many a minute"), 10_000, _("Empty: the house's limit.")
    )
    opens_case = forms.BooleanField(label=_("Each alarm opens a case"), required=False)
    advice = forms.CharField(
        label=_("What the duty officer should do"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.row = kind, KIND_FORMS[kind]
        self._add_members()
        for name in set(self.fields) - self._wanted():
            del self.fields[name]
        self._say(kind)
        self._offer()

    def _wanted(self) -> set[str]:
        return {"name_zh", "name_en", *self.row.scope, *self.row.condition, *ALARM_FIELDS}

    def _add_members(self) -> None:
        for row in range(1, MEMBER_ROWS + 1):
            prefix = f"member{row}"
            self.fields[f"{prefix}_property"] = forms.ModelChoiceField(
                ObservedProperty.objects.all(), label=_("What is observed"), required=False
            )
            self.fields[f"{prefix}_side"] = forms.ChoiceField(
                label=_("Is"), choices=SIDES, required=False
            )
            self.fields[f"{prefix}_limit"] = _number(_("Limit"), least=None)
            self.fields[f"{prefix}_hysteresis"] = _number(_("Ends when so much better"))

    def _say(self, kind: str) -> None:
        for name, field in self.fields.items():
            words: tuple[Any, Any] = WORDS.get((kind, name), (field.label, field.help_text))
            field.label, field.help_text = words
            if name in self.row.required:
                field.required = True

    def _offer(self) -> None:
        self._choose("thing_kind", list_kinds())
        self._choose("place_code", [(place.code, place.name) for place in list_places()])
        self._choose("system", [(system.name, system.title) for system in installed()])
        for name, field in self.fields.items():
            if name == "observed_property" or name.endswith("_property"):
                field.label_from_instance = _with_unit  # type: ignore[attr-defined]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        if name in self.fields:
            self.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]

    def part(self, names: tuple[str, ...]) -> Iterator[BoundField]:
        """Those of the fields that this kind asks for, in order."""
        return (self[name] for name in names if name in self.fields)

    def scope_part(self) -> Iterator[BoundField]:
        """What is watched."""
        return self.part(self.row.scope)

    def condition_part(self) -> Iterator[BoundField]:
        """When it is an alarm, but for the rows of a combination."""
        return self.part(tuple(n for n in self.row.condition if not n.startswith("member")))

    def member_parts(self) -> list[list[BoundField]]:
        """The rows of a combination."""
        if self.kind != RuleKind.COMBINATION:
            return []
        parts = ("property", "side", "limit", "hysteresis")
        return [
            [self[f"member{row}_{part}"] for part in parts] for row in range(1, MEMBER_ROWS + 1)
        ]

    def alarm_part(self) -> Iterator[BoundField]:
        """What the alarm is like."""
        return self.part(ALARM_FIELDS)

    def clean(self) -> dict[str, Any]:
        """What only several fields together can say."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.kind == RuleKind.MISSING and not (cleaned.get("span_min") or cleaned.get("count")):
            self.add_error("span_min", _("Say for how long, or how many reports."))
        if self.kind == RuleKind.COMBINATION:
            self._clean_members(cleaned)
        is_bare = not cleaned.get("fence") and cleaned.get("limit") is None
        if self.kind == RuleKind.DWELL and is_bare:
            self.add_error("limit", _("Give a speed, an area, or both."))
        return cleaned

    def _clean_members(self, cleaned: dict[str, Any]) -> None:
        rows = _list_members(cleaned)
        if len(rows) < 2:
            self.add_error("member2_property", _("A combination has at least two conditions."))
        if (cleaned.get("count") or 0) > len(rows):
            self.add_error("count", _("There are not so many conditions."))
        for row in range(1, MEMBER_ROWS + 1):
            has_limit = cleaned.get(f"member{row}_limit") is not None
            if bool(cleaned.get(f"member{row}_property")) != has_limit:
                self.add_error(f"member{row}_limit", _("Give both, or neither."))

    def values(self) -> dict[str, Any]:
        """The fields of a rule."""
        given = self.cleaned_data
        observed, thing, fence = (
            given.get(name) for name in ("observed_property", "thing", "fence")
        )
        return {
            "kind": self.kind,
            "name_zh": given["name_zh"],
            "name_en": given["name_en"],
            "severity": given["severity"],
            "system": given.get("system", ""),
            "observed_property_id": observed.pk if observed else None,
            "thing_id": thing.pk if thing else None,
            "thing_kind": given.get("thing_kind", ""),
            "place_code": given.get("place_code", ""),
            "period": given.get("period", ""),
            "statistic": given.get("statistic", ""),
            "limit": given.get("limit"),
            "hysteresis": given.get("hysteresis") or 0.0,
            "duration_s": _seconds(given.get("duration_min")),
            "count": given.get("count") or 0,
            "span_s": _seconds(given.get("span_min")),
            "fence_id": fence.pk if fence else None,
            "members": _list_members(given),
            "quiet_s": _seconds(given.get("quiet_min")),
            "flood_per_min": given.get("flood_per_min") or 0,
            "escalate_after_min": given.get("escalate_after_min") or 0,
            "opens_case": given["opens_case"],
            "advice": given["advice"].strip(),
        }


def _with_unit(row: ObservedProperty) -> str:
    unit = sign_of(row.unit)
    return f"{row.name} ({unit})" if unit else row.name


def _seconds(minutes: float | None) -> int:
    return round((minutes or 0) * 60)


def _list_members(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in range(1, MEMBER_ROWS + 1):
        observed, limit = given.get(f"member{row}_property"), given.get(f"member{row}_limit")
        if observed is not None and limit is not None:
            rows.append(
                {
                    "property": observed.pk,
                    "above": given.get(f"member{row}_side") != "below",
                    "limit": limit,
                    "hysteresis": given.get(f"member{row}_hysteresis") or 0.0,
                }
            )
    return rows


def initial_of(rule: Rule) -> dict[str, Any]:
    """What the form shows of a rule."""
    initial = {
        name: getattr(rule, name)
        for name in RuleForm.base_fields
        if hasattr(rule, name) and not name.endswith("_min")
    }
    initial |= {
        "duration_min": _minutes(rule.duration_s),
        "span_min": _minutes(rule.span_s),
        "quiet_min": _minutes(rule.quiet_s),
        "escalate_after_min": rule.escalate_after_min or None,
        "flood_per_min": rule.flood_per_min or None,
        "count": rule.count or None,
        "hysteresis": rule.hysteresis or None,
    }
    for row, member in enumerate(rule.members, 1):
        initial |= {
            f"member{row}_property": member.get("property"),
            f"member{row}_side": "above" if member.get("above", True) else "below",
            f"member{row}_limit": member.get("limit"),
            f"member{row}_hysteresis": member.get("hysteresis") or None,
        }
    return initial


def _minutes(seconds: int) -> float | None:
    return round(seconds / 60, 3) or None


def list_known_things() -> list[str]:
    """What the browser offers for a device."""
    things = Thing.objects.defer("credential").order_by("name_zh")[:MOST_LISTED]
    return [f"{thing.name} #{thing.pk}" for thing in things]
