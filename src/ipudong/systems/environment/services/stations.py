"""What a station is judged by: sections with their target, outlets with their limits."""

from datetime import date, datetime
from typing import Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.models import Datastream, Rule, Thing
from ipudong.city.sensing.revision import bump_revision
from ipudong.systems.environment.devices import SYSTEM_NAME
from ipudong.systems.environment.models import Outlet, OutletLimit, WaterSection
from ipudong.systems.environment.properties import PROPERTY_ROWS

# A limit for flue gas is held against the concentration converted to the reference oxygen.
JUDGED_PROPERTY: Final = {
    "dust": "dust_converted",
    "flue_so2": "flue_so2_converted",
    "nox": "nox_converted",
}


def register_water_section(
    *, thing: Thing, body: str, target_class: int, is_source: bool = False
) -> WaterSection:
    """The section of a water station, made or brought up to date."""
    facts = {"body": body, "target_class": target_class, "is_source": is_source}
    return WaterSection.objects.update_or_create(thing=thing, defaults=facts)[0]


def register_outlet(
    *,
    thing: Thing,
    kind: str,
    organization_zh: str,
    organization_en: str = "",
    standard: str = "",
    reference_o2_pct: float | None = None,
) -> Outlet:
    """The outlet of a thing, made or brought up to date."""
    facts = {
        "kind": kind,
        "organization_zh": organization_zh,
        "organization_en": organization_en,
        "standard": standard,
        "reference_o2_pct": reference_o2_pct,
    }
    return Outlet.objects.update_or_create(thing=thing, defaults=facts)[0]


@transaction.atomic
def set_outlet_limit(
    *,
    outlet: Outlet,
    factor: str,
    upper: float,
    lower: float | None = None,
    averaging: str = "hour",
    basis: str,
    effective_from: date,
    effective_to: date | None = None,
    by: str,
    at: datetime,
) -> OutletLimit:
    """Set a limit from a day on: means above it are exceedances and raise an alarm.

    `factor` is the property as the standard names it (`nox`, `cod`); for flue gas the converted
    concentration is judged. Setting the same limit of the same day again changes it.
    """
    judged = JUDGED_PROPERTY.get(factor, factor)
    limit, made = OutletLimit.objects.update_or_create(
        outlet=outlet,
        observed_property_id=judged,
        effective_from=effective_from,
        defaults={
            "upper": upper,
            "lower": lower,
            "averaging": averaging,
            "unit": PROPERTY_ROWS[judged].unit,
            "basis": basis,
            "effective_to": effective_to,
        },
    )
    _sync_limit_rules(limit, at=at)
    if made:
        record(
            actor=by,
            action="environment.set_outlet_limit",
            subject=f"thing:{outlet.thing_id}",
            detail={"factor": judged, "upper": upper, "from": effective_from.isoformat()},
        )
    return limit


def _sync_limit_rules(limit: OutletLimit, *, at: datetime) -> None:
    """Let the gateway watch the limit that holds today."""
    today = at.date()
    if limit.effective_from > today or (limit.effective_to and limit.effective_to < today):
        return
    stream = Datastream.objects.filter(
        thing_id=limit.outlet_id,
        observed_property_id=limit.observed_property_id,
        period=limit.averaging,
        statistic="mean",
    ).first()
    if stream is None:
        return
    _sync_limit_rule(limit, stream, "above", limit.upper)
    if limit.lower is not None:
        _sync_limit_rule(limit, stream, "below", limit.lower)
    bump_revision()


def _sync_limit_rule(limit: OutletLimit, stream: Datastream, kind: str, value: float) -> None:
    row = PROPERTY_ROWS[limit.observed_property_id]
    words = {"above": ("超过排放限值", "above its limit"), "below": ("低于下限", "below its limit")}
    Rule.objects.update_or_create(
        code=f"environment-limit-{stream.pk}-{kind}",
        defaults={
            "name_zh": f"{row.name_zh}{words[kind][0]} {value:g}",
            "name_en": f"{row.name_en} {words[kind][1]} of {value:g}",
            "kind": kind,
            "severity": "orange",
            "system": SYSTEM_NAME,
            "datastream": stream,
            "period": limit.averaging,
            "statistic": "mean",
            "limit": value,
        },
    )
