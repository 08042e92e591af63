"""One write as a whole: permits, a transaction, the directory, the journal, the answer."""

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from ipudong.city.audit.services import gathering
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.revision import bumping_once
from ipudong.city.sensing.services.details import keep_details
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS
from ipudong.gateway.sensorthings.intake import write_created
from ipudong.gateway.sensorthings.paths import REF, Segment, parse_path
from ipudong.gateway.sensorthings.posting import check_room, commit
from ipudong.gateway.sensorthings.roots import POST
from ipudong.gateway.sensorthings.writes import entity_requests, observation_changes
from ipudong.gateway.sensorthings.writes.acts import Act
from ipudong.gateway.sensorthings.writes.bodies import ID, read_json
from ipudong.gateway.sensorthings.writes.entity_writes import EntityWriter
from ipudong.gateway.sensorthings.writes.observation_writes import Gathered, Row
from ipudong.gateway.sensorthings.writes.standing import restore_latest
from ipudong.gateway.sensorthings.writes.targets import (
    Entity,
    get_entity,
    get_place,
    no_resource,
)

MANAGE: Final = "sensing.manage_things"
COMMAND: Final = "sensing.command_station"
JSON_PATCH: Final = "application/json-patch+json"

Result = TypeVar("Result")
Segments = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """A request that writes. `base` is the service root's address; `query` what stands behind ?."""

    method: str
    path: str
    body: bytes
    base: str
    actor: Actor
    media_type: str = "application/json"
    query: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The answer: 201 with the address of what was made, 200 or 204."""

    status: int
    link: str = ""
    body: bytes = b""


def action_of(method: str, path: str) -> str:
    """The permit a write needs first; what is nested in its body may need further ones."""
    names = [segment.name for segment in parse_path(path)]
    kept = [name for name in names if name != REF]
    if kept and kept[-1] == OBSERVATIONS and len(kept) == len(names):
        return POST
    return COMMAND if kept and kept[-1] == "Tasks" else MANAGE


async def perform(gateway: Gateway, write: Write) -> Written:
    """Do a write. Raises RequestRefused.

    All entities of a request are made in one transaction; the observations among them are durable
    in the journal before the answer.
    """
    segments = parse_path(write.path)
    if segments[-1].name == REF:
        return await _write_link(gateway, write, segments[:-1])
    if write.method == "POST":
        return await _create(gateway, write, segments)
    if segments[-1].name == OBSERVATIONS:
        return await _write_observation(gateway, write, segments)
    if write.method == "DELETE":
        return await _delete(gateway, write, segments)
    return await _change(gateway, write, segments)


async def _create(gateway: Gateway, write: Write, segments: Segments) -> Written:
    body = read_json(write.body)
    check_room(gateway.pipeline)
    _check_nested(write.actor, body, segments)

    def work(writer: EntityWriter) -> tuple[str, bytes] | None:
        made: Entity | None = None
        if len(segments) > 1:
            made = entity_requests.create_in_place(writer, get_place(segments), body)
        elif segments[0].key is not None:
            raise RequestRefused(405, "method_not_allowed", "POST goes to a set: PATCH or PUT.")
        elif segments[0].name == OBSERVATIONS:
            writer.observe(body, {})
        elif segments[0].name in SETS:
            made = entity_requests.create_in_set(writer, segments[0].name, body)
        else:
            raise no_resource(segments[0].name)
        return entity_requests.describe(made, write.base) if made else None

    is_observation = segments[-1].name == OBSERVATIONS
    described, gathered = await _transact(gateway, write.actor, work, is_entity=not is_observation)
    await _store(gateway, gathered.rows)
    if described is None:
        described = write_created(write.base, gathered.ids[0])
    return Written(201, *described)


async def _change(gateway: Gateway, write: Write, segments: Segments) -> Written:
    body = read_json(write.body)

    def work(writer: EntityWriter) -> tuple[str, bytes]:
        entity = get_entity(segments)
        if write.method == "PATCH" and write.media_type == JSON_PATCH:
            entity_requests.patch_entity(writer, entity, write.body, body)
        else:
            entity_requests.change_entity(writer, entity, body, is_whole=write.method == "PUT")
        return entity_requests.describe(entity, write.base)

    described, _ = await _transact(gateway, write.actor, work)
    return Written(200, *described)


async def _delete(gateway: Gateway, write: Write, segments: Segments) -> Written:
    withdrawn: list[Row] = []

    def work(writer: EntityWriter) -> None:
        entity = get_entity(segments)
        if entity.set_name == "FeaturesOfInterest":
            instants = observation_changes.list_instants_of(entity.row.pk)
            withdrawn.extend(observation_changes.withdraw(instants))
        entity_requests.delete_entity(writer, entity)

    check_room(gateway.pipeline)
    await _transact(gateway, write.actor, work)
    await _store(gateway, withdrawn)
    await _restore_latest(gateway, withdrawn)
    return Written(204)


async def _write_link(gateway: Gateway, write: Write, segments: Segments) -> Written:
    body = read_json(write.body) if write.method != "DELETE" else None

    def work(writer: EntityWriter) -> None:
        place = get_place(segments)
        if write.method == "POST":
            entity_requests.add_link(writer, place, body, write.base)
        elif write.method == "PUT":
            entity_requests.set_link(writer, place, body, write.base)
        elif write.method == "DELETE":
            key = segments[-1].key
            named = parse_qs(write.query).get("$id", [])
            if key is None and named:
                target = place.relation.target
                key = entity_requests.read_address(target, named[0], write.base).key
            entity_requests.remove_link(writer, place, key)
        else:
            raise RequestRefused(405, "method_not_allowed", "A reference is not patched.")

    if len(segments) < 2:
        raise bad_request("bad_path", "A reference stands behind a navigation property.")
    await _transact(gateway, write.actor, work)
    return Written(204)


async def _write_observation(gateway: Gateway, write: Write, segments: Segments) -> Written:
    key = segments[-1].key
    if key is None:
        raise bad_request("bad_path", "Name one observation by its id.")
    body = read_json(write.body) if write.method != "DELETE" else None
    if write.method == "PATCH" and write.media_type == JSON_PATCH:
        raise RequestRefused(415, "not_patchable", "Send what changes of an Observation as JSON.")
    check_room(gateway.pipeline)

    def work(writer: EntityWriter) -> list[Row]:
        found = observation_changes.get_observation(key)
        observation_changes.note_change(writer.act, str(key), write.method)
        if write.method == "DELETE":
            return observation_changes.withdraw(found.instants)
        observation_changes.change_observation(writer, found, body, is_whole=write.method == "PUT")
        return writer.gathered.rows

    rows, _ = await _transact(gateway, write.actor, work, is_entity=False)
    await _store(gateway, rows)
    if write.method == "DELETE":
        await _restore_latest(gateway, rows)
        return Written(204)
    return Written(200, *write_created(write.base, str(key)))


async def _transact(
    gateway: Gateway,
    actor: Actor,
    work: Callable[[EntityWriter], Result],
    *,
    is_entity: bool = True,
) -> tuple[Result, Gathered]:
    """Do the work in one transaction of the database's thread.

    After entities were written the directory is stale; observations alone do not change it.
    """

    def run() -> tuple[Result, Gathered]:
        gathered = Gathered(gateway.now_us())
        try:
            with transaction.atomic(), gathering(), bumping_once():
                result = work(EntityWriter(Act(actor.name, gateway.now()), gathered))
                keep_details(rows=gathered.details)
        except SensingError as error:
            raise observation_changes.refuse_sensing(error) from error
        except (IntegrityError, ProtectedError, RestrictedError) as error:
            raise RequestRefused(409, "in_use", "Other records refer to this.") from error
        except DataError as error:
            raise bad_request("bad_property", "A value cannot be kept.") from error
        return result, gathered

    found = await gateway.in_database(run)
    if is_entity or found[1].made:
        gateway.reloads.note_write()
    return found


def _check_nested(actor: Actor, body: Any, segments: Segments) -> None:
    """Raises RequestRefused (403) where a body makes more than its path was permitted for."""
    needed = set()
    is_observation = segments[-1].name == OBSERVATIONS
    if is_observation and isinstance(body, dict):
        owners = (body.get("Datastream"), body.get("MultiDatastream"))
        if any(isinstance(owner, dict) and ID not in owner for owner in owners):
            needed.add(MANAGE)
    if not is_observation:
        if _names(body, OBSERVATIONS):
            needed.add(POST)
        if segments[-1].name != "Tasks" and _names(body, "Tasks"):
            needed.add(COMMAND)
    for action in sorted(needed):
        _require(actor, action)


def _names(body: Any, name: str) -> bool:
    """Whether an object anywhere in the body has this property."""
    waiting = [body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get(name):
                return True
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return False


def _require(actor: Actor, action: str) -> None:
    if not is_allowed(actor, action):
        raise RequestRefused(403, "not_permitted", "Not permitted.", action=action)


async def _store(gateway: Gateway, rows: Sequence[Row]) -> None:
    """Make rows durable. Raises RequestRefused (503)."""
    if not rows:
        return
    if max(row.datastream for row in rows) >= gateway.snapshot.directory.streams.size:
        await gateway.reloads.catch_up()
    gateway.pipeline.buffer.append(
        array("i", [row.datastream for row in rows]),
        array("q", [row.time_us for row in rows]),
        [row.result for row in rows],
        bytes(row.quality for row in rows),
        True,
    )
    await commit(gateway.pipeline, len(rows))


async def _restore_latest(gateway: Gateway, rows: Sequence[Row]) -> None:
    """After readings were withdrawn: the latest of their datastreams are earlier ones."""
    if rows and not math.isfinite(rows[0].result):
        await restore_latest(gateway, [(row.datastream, row.time_us) for row in rows])
