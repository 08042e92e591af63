"""Importing many devices from a table: all of them or none."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.device_table import read_table
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import DeviceFacts, Thing
from ipudong.city.sensing.profile_rows import refresh_profiles
from ipudong.city.sensing.profiles import DeviceProfile, declared_profiles
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.bulk_things import register_new_things
from ipudong.city.sensing.services.credentials import IDENTITY, draw_credential
from ipudong.city.sensing.services.devices import EDITABLE, edit_device
from ipudong.city.sensing.services.things import ensure_datastreams, place_code_at

MOST_INTERVAL_S: Final = 30 * 86_400
NAME_LENGTH: Final = 150
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A row that can be imported; `thing_id` is that of a device that is known already."""

    line: int
    profile: DeviceProfile
    identity: str
    facts: dict[str, Any]
    thing_id: int | None = None


@dataclass(slots=True)
class ImportPlan:
    """What an import would do; `rejects` are (line, code of the reason, what was wrong)."""

    rows: list[DeviceRow] = field(default_factory=list)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def fresh(self) -> int:
        """How many devices would be new."""
        return sum(row.thing_id is None for row in self.rows)

    @property
    def known(self) -> int:
        """How many are known and would be brought up to date."""
        return len(self.rows) - self.fresh


class _Reject(Exception):  # noqa: N818 - a row that is not taken is no failure
    def __init__(self, code: str, value: object = "") -> None:
        super().__init__(code)
        self.code, self.value = code, str(value)[:100]


def plan_import(name: str, content: BinaryIO) -> ImportPlan:
    """Read the table and check each row against the rest and against what is there.

    Raises SensingError as `device_table.read_table`.
    """
    refresh_profiles()
    profiles = _profiles_by_word()
    places = {place.code for place in list_places()}
    known = dict(_list_known())
    plan, lines = ImportPlan(), dict[tuple[str, str], int]()
    for line, cells in read_table(name, content):
        try:
            row = _read_row(line, cells, profiles, places)
            key = row.profile.protocol, row.identity
            if key in lines:
                raise _Reject("identity_twice", lines[key])
            lines[key] = line
            plan.rows.append(_match(row, known.get(key)))
        except _Reject as reject:
            plan.rejects.append((line, reject.code, reject.value))
    return plan


def _profiles_by_word() -> dict[str, DeviceProfile]:
    profiles = declared_profiles().values()
    by_title = {str(profile.title).casefold(): profile for profile in profiles}
    return by_title | {profile.name.casefold(): profile for profile in profiles}


def _list_known() -> Iterator[tuple[tuple[str, str], tuple[int, str]]]:
    things = Thing.objects.exclude(identity="")
    for pk, protocol, identity, profile in things.values_list(
        "pk", "protocol", "identity", "profile"
    ):
        yield (protocol, identity), (pk, profile)


def _match(row: DeviceRow, known: tuple[int, str] | None) -> DeviceRow:
    if known is None:
        return row
    thing_id, profile = known
    if profile != row.profile.name:
        raise _Reject("other_profile", profile)
    return DeviceRow(row.line, row.profile, row.identity, row.facts, thing_id)


def _read_row(
    line: int, cells: dict[str, str], profiles: dict[str, DeviceProfile], places: set[str]
) -> DeviceRow:
    profile = profiles.get(cells.get("profile", "").casefold())
    if profile is None:
        raise _Reject("unknown_profile", cells.get("profile", ""))
    identity = cells.get("identity", "")
    if not IDENTITY.fullmatch(identity):
        raise _Reject("bad_identity", identity)
    facts: dict[str, Any] = {"name_zh": _text(cells, "name_zh", NAME_LENGTH, needed=True)}
    facts["name_en"] = _text(cells, "name_en", NAME_LENGTH)
    facts["organisation"] = _text(cells, "organisation", 200)
    facts["lon"] = _number(cells, "lon", -180, 180)
    facts["lat"] = _number(cells, "lat", -90, 90)
    if (facts["lon"] is None) != (facts["lat"] is None):
        raise _Reject("half_position")
    facts["place_code"] = cells.get("place_code", "")
    if facts["place_code"] and facts["place_code"] not in places:
        raise _Reject("unknown_place", facts["place_code"])
    # Here, not while importing: until that ends nobody else can write.
    facts["place_code"] = facts["place_code"] or place_code_at(facts["lon"], facts["lat"])
    interval = _number(cells, "expected_interval_s", 0, MOST_INTERVAL_S)
    facts["expected_interval_s"] = int(interval or 0)
    return DeviceRow(line, profile, identity, facts)


def _text(cells: dict[str, str], code: str, length: int, *, needed: bool = False) -> str:
    text = cells.get(code, "")
    if needed and not text:
        raise _Reject("no_name")
    if len(text) > length or not text.isprintable():
        raise _Reject("bad_text", text)
    return text


def _number(cells: dict[str, str], code: str, low: float, high: float) -> float | None:
    text = cells.get(code, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise _Reject(f"bad_{code}", text) from error
    if not low <= value <= high:  # NaN is not within either
        raise _Reject(f"bad_{code}", text)
    return value


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `secrets` are (identity, name, token or password) of the new devices,
    told only here."""

    fresh: int
    changed: int
    secrets: list[tuple[str, str, str]] = field(repr=False)


@transaction.atomic
def import_devices(
    *, plan: ImportPlan, by: str, at: datetime, progress: Progress = lambda done, total: None
) -> Imported:
    """Do what was planned. Raises SensingError `rows_rejected` where any row was; `identity_taken`
    where somebody was faster; then nothing is imported."""
    if plan.rejects:
        raise SensingError("rows_rejected", count=len(plan.rejects))
    fresh = [row for row in plan.rows if row.thing_id is None]
    changed = [(row.thing_id, row) for row in plan.rows if row.thing_id is not None]
    secrets, total = _register(fresh, by, at), len(plan.rows)
    progress(len(fresh), total)
    for done, (thing_id, row) in enumerate(changed, start=len(fresh) + 1):
        _update(thing_id, row, by)
        progress(done, total)
    record(
        actor=by,
        action="sensing.import_devices",
        subject="devices",
        detail={"new": plan.fresh, "known": plan.known},
    )
    return Imported(plan.fresh, plan.known, secrets)


def _register(rows: list[DeviceRow], by: str, at: datetime) -> list[tuple[str, str, str]]:
    issued = [draw_credential(row.profile.protocol) for row in rows]
    things = [_new_thing(row, new.kept, at) for row, new in zip(rows, issued, strict=True)]
    register_new_things(things, at=at)
    DeviceFacts.objects.bulk_create(
        (DeviceFacts(thing=thing, credential_at=at, credential_by=by) for thing in things),
        batch_size=500,
    )
    for thing, row in zip(things, rows, strict=True):
        if row.profile.channels:
            ensure_datastreams(thing=thing, channels=row.profile.channels)
    bump_revision()
    return [
        (row.identity, row.facts["name_zh"], new.shown)
        for row, new in zip(rows, issued, strict=True)
    ]


def _new_thing(row: DeviceRow, credential: str, at: datetime) -> Thing:
    facts, profile = row.facts, row.profile
    values = {
        **facts,
        "expected_interval_s": facts["expected_interval_s"] or profile.expected_interval_s,
        "description": facts["name_en"] or facts["name_zh"],
    }
    return Thing(
        **values,
        kind=profile.kind or profile.name,
        system=profile.system,
        protocol=profile.protocol,
        identity=row.identity,
        profile=profile.name,
        credential=credential,
        registered_at=at,
    )


def _update(thing_id: int, row: DeviceRow, by: str) -> None:
    """Change what the table says; a cell left empty leaves the device as it is."""
    thing = Thing.objects.get(pk=thing_id)
    given = {name: value for name, value in row.facts.items() if value not in (None, "", 0)}
    edit_device(thing=thing, by=by, **{k: v for k, v in given.items() if k in EDITABLE})


def export_rows(things: Iterable[Thing]) -> Iterator[list[Any]]:
    """Things as rows of the same table; never a token or password."""
    for thing in things:
        yield [
            thing.name_zh,
            thing.name_en,
            thing.profile,
            thing.identity,
            thing.lon,
            thing.lat,
            thing.place_code,
            thing.organisation,
            thing.expected_interval_s or None,
        ]
