"""Rows by which systems say what devices send, what it means, and what to watch for.

A manifest names them; `declare_profiles` makes profiles known to a process, `sync_declared` brings
observed properties and rules into the database. Staff write further profiles as rows of a table;
`profile_rows.refresh_profiles` brings those into the process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from django.db import transaction

from ipudong.city.sensing.models import Alarm, ObservedProperty, Rule
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.standing import end_standing

HJ212: Final = "hj212"
# HJ 212-2017 table 5: what the reading stands for, by the command that carries it.
HJ212_PERIODS: Final = {
    "2011": "instant",
    "2051": "minute",
    "2061": "hour",
    "2031": "day",
}
HJ212_STATISTICS: Final = {
    "Rtd": "value",
    "ZsRtd": "value",
    "Avg": "mean",
    "ZsAvg": "mean",
    "Min": "min",
    "ZsMin": "min",
    "Max": "max",
    "ZsMax": "max",
    "Cou": "total",
}


class ProfileError(Exception):
    """A profile that cannot be: declared twice in two shapes, or a channel without a meaning."""


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One protocol field and what it observes: `result = raw * scale + offset`, in `unit`.

    For HJ 212 the field is `<CN>/<factor>-<attribute>` in the factor codes of 2017
    (`2061/a34004-Avg`), and period and statistic follow from it unless given. In JSON and CBOR it
    is a dotted path (`env.temp`, `probes.0.value`), in the line protocol `measurement.field`, in
    SenML and Sparkplug B the metric's name, and for a bare number `value`.
    """

    field: str
    property: str
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    period: str = ""
    statistic: str = ""


@dataclass(frozen=True, kw_only=True)
class DeviceProfile:
    """A kind of device: its protocol, the things it makes, and its channels.

    `payload` says how a message is written (`json`, `cbor`, `senml`, `number`, `sparkplug`,
    `lorawan`, `line`), `topic` is a further MQTT filter its devices publish to, with `{identity}`
    where each says its own. A profile that `guesses` takes fields of well-known names by itself.
    """

    name: str
    protocol: str
    title: Any
    channels: tuple[Channel, ...]
    kind: str = ""
    system: str = ""
    expected_interval_s: int = 0
    payload: str = "json"
    topic: str = ""
    guesses: bool = False

    def find_channel(self, field: str) -> Channel | None:
        """The channel of a protocol field."""
        return next((channel for channel in self.channels if channel.field == field), None)


@dataclass(frozen=True, kw_only=True)
class ObservedPropertyRow:
    """A property a system observes; limits are what physics and instruments allow."""

    code: str
    name_zh: str
    name_en: str
    unit: str = ""
    definition: str = ""
    physical_min: float | None = None
    physical_max: float | None = None
    max_rate_per_h: float | None = None
    decimals: int = 1


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """A rule a system brings; the fields are those of `models.Rule`, properties by code."""

    code: str
    name_zh: str
    name_en: str
    kind: str
    severity: str = "yellow"
    property: str | None = None
    other_property: str | None = None
    thing_kind: str = ""
    period: str = ""
    statistic: str = ""
    limit: float | None = None
    hysteresis: float = 0.0
    duration_s: int = 0
    count: int = 0
    span_s: int = 0
    # None: only the things of the declaring system; "" means the things of every system.
    system: str | None = None


class DeclaringSystem(Protocol):
    """What of a manifest concerns sensing."""

    @property
    def name(self) -> str: ...
    @property
    def observed_properties(self) -> tuple[Any, ...]: ...
    @property
    def device_profiles(self) -> tuple[Any, ...]: ...
    @property
    def rules(self) -> tuple[Any, ...]: ...


_PROFILES: dict[str, DeviceProfile] = {}


class _Written:
    """Profiles that staff wrote, as last read; replaced as a whole, so any thread may look."""

    profiles: Mapping[str, DeviceProfile] = {}


def hj212_channels(
    factor: str, property_code: str, unit: str, scale: float = 1.0
) -> tuple[Channel, ...]:
    """The usual channels of a factor: instant Rtd; Avg, Min, Max of minute, hour and day."""
    fields = [f"2011/{factor}-Rtd"]
    fields += [
        f"{cn}/{factor}-{attribute}"
        for cn in ("2051", "2061", "2031")
        for attribute in ("Avg", "Min", "Max")
    ]
    return tuple(
        Channel(field=field, property=property_code, unit=unit, scale=scale) for field in fields
    )


def meaning_of(protocol: str, channel: Channel) -> tuple[str, str]:
    """(period, statistic) of a channel: as given, else as its protocol field says."""
    period, statistic = channel.period, channel.statistic
    if protocol == HJ212:
        command, _, rest = channel.field.partition("/")
        period = period or HJ212_PERIODS.get(command, "instant")
        statistic = statistic or HJ212_STATISTICS.get(rest.rpartition("-")[2], "value")
    return period or "instant", statistic or "value"


def declare_profiles(profiles: Iterable[DeviceProfile]) -> None:
    """Make profiles known to this process; the same row twice is one row."""
    for profile in profiles:
        earlier = _PROFILES.get(profile.name)
        if earlier is not None and earlier != profile:
            raise ProfileError(f"device profile {profile.name} is declared twice")
        fields = [channel.field for channel in profile.channels]
        if len(set(fields)) != len(fields):
            raise ProfileError(f"device profile {profile.name} names a field twice")
        _PROFILES[profile.name] = profile


def use_profile_rows(rows: Mapping[str, DeviceProfile]) -> None:
    """Make these the profiles that staff wrote; a declared one of the same name goes before."""
    _Written.profiles = dict(rows)


def declared_profiles() -> dict[str, DeviceProfile]:
    """All known profiles by name: those staff wrote, and those manifests declare."""
    return {**_Written.profiles, **_PROFILES}


def is_declared(name: str) -> bool:
    """Whether a manifest or the house declares a profile of that name."""
    return name in _PROFILES


def find_profile(name: str) -> DeviceProfile | None:
    """The profile of that name."""
    return _PROFILES.get(name) or _Written.profiles.get(name)


@transaction.atomic
def sync_declared(
    systems: Iterable[DeclaringSystem], *, at: datetime | None = None
) -> tuple[int, int]:
    """Bring observed properties and rules of all manifests into the database.

    Returns how many of each. A rule no manifest names any more is put out of force, not deleted:
    its alarms remain, as cleared. What staff switched off stays off.
    """
    systems = tuple(systems)
    properties = [row for system in systems for row in system.observed_properties]
    for row in properties:
        _sync_property(row)
    codes = [_sync_rule(row, system.name) for system in systems for row in system.rules]
    _put_out_of_force(codes, at or datetime.now(UTC))
    for system in systems:
        declare_profiles(system.device_profiles)
    bump_revision()
    return len(properties), len(codes)


def _put_out_of_force(declared: list[str], at: datetime) -> None:
    """Of declared rules keep only these."""
    dropped = list(Rule.objects.filter(declared=True).exclude(code__in=declared))
    end_standing(Alarm.objects.filter(rule__in=dropped), at=at)
    # No longer declared: should a manifest name it again, it comes back into force.
    Rule.objects.filter(pk__in=[rule.pk for rule in dropped]).update(enabled=False, declared=False)


def _sync_property(row: ObservedPropertyRow) -> None:
    values = {key: value for key, value in vars(row).items() if key != "code"}
    ObservedProperty.objects.update_or_create(code=row.code, defaults=values)


def _sync_rule(row: RuleRow, system: str) -> str:
    values = {
        key: value
        for key, value in vars(row).items()
        if key not in ("code", "property", "other_property", "system")
    }
    values |= {
        "observed_property_id": row.property,
        "other_property_id": row.other_property,
        "system": system if row.system is None else row.system,
        "declared": True,
    }
    if Rule.objects.filter(code=row.code, declared=False).exists():
        values["enabled"] = True
    Rule.objects.update_or_create(code=row.code, defaults=values)
    return row.code
