"""Rules that staff make: drafted, tried, switched on; every change is a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Alarm, Fence, Rule, RuleVersion
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.rules.fence_shapes import shape_of
from ipudong.city.sensing.standing import end_standing

RULE_FIELDS: Final = (
    "name_zh",
    "name_en",
    "kind",
    "severity",
    "system",
    "observed_property_id",
    "other_property_id",
    "thing_id",
    "datastream_id",
    "thing_kind",
    "place_code",
    "period",
    "statistic",
    "limit",
    "hysteresis",
    "duration_s",
    "count",
    "span_s",
    "fence_id",
    "members",
    "status_mask",
    "quiet_s",
    "flood_per_min",
    "escalate_after_min",
    "opens_case",
    "advice",
)
# What decides which datastreams are watched, and for what: alarms found otherwise are not of it.
_WATCHED: Final = frozenset(RULE_FIELDS[2:3] + RULE_FIELDS[4:13] + ("fence_id", "members"))


def values_of(rule: Rule) -> dict[str, Any]:
    """What of a rule is versioned."""
    return {name: getattr(rule, name) for name in RULE_FIELDS}


@transaction.atomic
def draft_rule(*, values: Mapping[str, Any], by: str, at: datetime) -> Rule:
    """Keep a new rule, not in force."""
    rule = Rule(**values, enabled=False, is_draft=True, changed_at=at, changed_by=by)
    rule.code = f"own-{at:%Y%m%d%H%M%S%f}"
    rule.save()
    rule.code = f"own-{rule.pk}"
    rule.save(update_fields=["code"])
    _keep_version(rule, "drafted", by, at)
    return rule


@transaction.atomic
def change_rule(*, rule: Rule, values: Mapping[str, Any], by: str, at: datetime) -> Rule:
    """Keep a changed rule; in force it stays in force. Where it now watches something else, its
    alarms end. Raises SensingError `rule_declared`."""
    rule = _lock(rule)
    before = values_of(rule)
    changed = {name for name, value in values.items() if before[name] != value}
    if not changed:
        return rule
    for name in changed:
        setattr(rule, name, values[name])
    rule.version += 1
    rule.changed_at, rule.changed_by = at, by
    rule.save()
    if changed & _WATCHED:
        end_standing(Alarm.objects.filter(rule=rule), at=at)
    _keep_version(rule, "changed", by, at)
    bump_revision()
    return rule


@transaction.atomic
def copy_rule(*, rule: Rule, by: str, at: datetime) -> Rule:
    """A draft with the same values; also of rules a system brings."""
    values = values_of(rule)
    values["name_zh"] = f"{rule.name_zh}（副本）"[:150]
    values["name_en"] = f"{rule.name_en} (copy)"[:150] if rule.name_en else ""
    return draft_rule(values=values, by=by, at=at)


@transaction.atomic
def delete_rule(*, rule: Rule, by: str) -> None:
    """Delete a rule that never raised an alarm. Raises SensingError `rule_declared`,
    `rule_used`."""
    rule = _lock(rule)
    if rule.alarms.exists():
        raise SensingError("rule_used", rule=rule.pk)
    record(
        actor=by,
        action="sensing.delete_rule",
        subject=f"rule:{rule.pk}",
        detail={"code": rule.code, "name": rule.name_zh},
    )
    rule.delete()
    bump_revision()


@transaction.atomic
def save_fence(*, fence: Fence, by: str) -> Fence:
    """Keep an area; rules that use it judge by it from now on. Raises FenceError."""
    shape_of(fence)
    fence.save()
    record(
        actor=by,
        action="sensing.save_fence",
        subject=f"fence:{fence.pk}",
        detail={"name": fence.name_zh, "shape": fence.shape},
    )
    bump_revision()
    return fence


@transaction.atomic
def delete_fence(*, fence: Fence, by: str) -> None:
    """Delete an area. Raises ProtectedError while rules use it."""
    number, name = fence.pk, fence.name_zh
    fence.delete()
    record(
        actor=by,
        action="sensing.delete_fence",
        subject=f"fence:{number}",
        detail={"name": name},
    )


def note_switch(*, rule: Rule, enabled: bool, by: str, at: datetime) -> None:
    """Keep the switching of a rule among its versions; inside the caller's transaction."""
    RuleVersion.objects.create(
        rule=rule,
        number=rule.version,
        at=at,
        by=by,
        act="switched_on" if enabled else "switched_off",
    )


def _lock(rule: Rule) -> Rule:
    rule = Rule.objects.select_for_update().get(pk=rule.pk)
    if rule.declared:
        raise SensingError("rule_declared", rule=rule.pk)
    return rule


def _keep_version(rule: Rule, act: str, by: str, at: datetime) -> None:
    RuleVersion.objects.create(
        rule=rule, number=rule.version, at=at, by=by, act=act, values=values_of(rule)
    )
    record(
        actor=by,
        action=f"sensing.{'draft' if act == 'drafted' else 'change'}_rule",
        subject=f"rule:{rule.pk}",
        detail={"code": rule.code, "version": rule.version},
    )
