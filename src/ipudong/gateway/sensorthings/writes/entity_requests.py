"""What each method does to an entity, a set or a link; call these in the database's thread."""

from collections.abc import Mapping
from typing import Any, Final

import jsonpatch
import orjson

from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS, related_rows
from ipudong.gateway.sensorthings.paths import Key, parse_path
from ipudong.gateway.sensorthings.reading import path_of
from ipudong.gateway.sensorthings.writes.bodies import (
    ID,
    Ref,
    read_change,
    read_new,
    read_object,
    read_ref,
)
from ipudong.gateway.sensorthings.writes.entity_writes import EntityWriter, get_linked
from ipudong.gateway.sensorthings.writes.shapes import SHAPES, Link
from ipudong.gateway.sensorthings.writes.targets import Entity, Place

MAX_PATCH_STEPS: Final = 100
MAX_PATCH_COPIES: Final = 4
MAX_PATCH_BYTES: Final = 64 * 1024


def create_in_set(writer: EntityWriter, set_name: str, body: Any) -> Entity:
    """`POST Things`."""
    return Entity(set_name, writer.create(read_new(set_name, body)))


def create_in_place(writer: EntityWriter, place: Place, body: Any) -> Entity | None:
    """`POST Things(1)/Datastreams`; None where it is an observation."""
    if place.relation.target == OBSERVATIONS:
        writer.observe(body, {SETS[place.owner.set_name].title: place.owner.row})
        return None
    link = _get_link(place)
    if not link.to_many:
        raise RequestRefused(405, "method_not_allowed", f"{place.name} leads to one entity.")
    if link.inverse:
        inverse = SHAPES[link.target].links[link.inverse]
        draft = read_new(link.target, body, (link.inverse,))
        given = {link.inverse: [place.owner.row] if inverse.to_many else place.owner.row}
        return Entity(link.target, writer.create(draft, given))
    made = writer.create(read_new(link.target, body))
    _add(writer, place, made)
    return Entity(link.target, made)


def change_entity(writer: EntityWriter, entity: Entity, body: Any, *, is_whole: bool) -> None:
    """`PATCH Things(1)` (what is named) and `PUT Things(1)` (everything)."""
    writer.change(entity.row, read_change(entity.set_name, body, is_whole=is_whole))


def patch_entity(writer: EntityWriter, entity: Entity, raw: bytes, steps: Any) -> None:
    """`PATCH Things(1)` with a JSON Patch (RFC 6902). Raises RequestRefused (400)."""
    _check_steps(raw, steps)
    shape, entity_set = SHAPES[entity.set_name], SETS[entity.set_name]
    own = {part.name for part in shape.fields if not part.is_ours}
    before = {name: value for name, value in entity_set.write(entity.row).items() if name in own}
    try:
        after = jsonpatch.apply_patch(before, steps)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise bad_request("bad_patch", f"The patch cannot be applied: {error}"[:300]) from error
    except (TypeError, ValueError, KeyError, RecursionError) as error:
        raise bad_request("bad_patch", "The patch cannot be applied.") from error
    change_entity(writer, entity, after, is_whole=True)


def _check_steps(raw: bytes, steps: Any) -> None:
    """A copy can double what is there, so copies are few."""
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise bad_request("bad_patch", "A JSON Patch is a list of operations.")
    copies = sum(step.get("op") == "copy" for step in steps)
    if len(raw) > MAX_PATCH_BYTES or len(steps) > MAX_PATCH_STEPS or copies > MAX_PATCH_COPIES:
        raise RequestRefused(413, "body_too_large", "The patch has too many operations.")


def delete_entity(writer: EntityWriter, entity: Entity) -> None:
    """`DELETE Things(1)`."""
    SHAPES[entity.set_name].verbs.delete(writer.act, entity.row)


def add_link(writer: EntityWriter, place: Place, body: Any, base: str) -> None:
    """`POST Things(1)/Locations/$ref`."""
    link = _get_link(place)
    if not link.to_many:
        raise RequestRefused(405, "method_not_allowed", f"{place.name} leads to one entity: PUT.")
    target = get_linked(read_link(link.target, body, base))
    if link.inverse:
        writer.relink(link, target, place.owner.row)
    else:
        _add(writer, place, target)


def set_link(writer: EntityWriter, place: Place, body: Any, base: str) -> None:
    """`PUT Datastreams(1)/Thing/$ref`."""
    link = _get_link(place)
    if link.to_many:
        raise RequestRefused(405, "method_not_allowed", f"{place.name} leads to many: POST.")
    target = get_linked(read_link(link.target, body, base))
    shape = SHAPES[place.owner.set_name]
    shape.verbs.update(writer.act, place.owner.row, {place.name: target}, {})


def remove_link(writer: EntityWriter, place: Place, key: Key | None) -> None:
    """`DELETE Things(1)/Locations(2)/$ref`. Raises RequestRefused (400) where it is required."""
    link = _get_link(place)
    is_required = (
        SHAPES[link.target].links[link.inverse].required if link.inverse else link.required
    )
    rows = list(related_rows(place.relation, place.owner.row))
    gone = [row for row in rows if row.pk == key]
    if not link.to_many or (is_required and (link.inverse or len(rows) == 1)):
        raise bad_request("link_required", f"{place.name} cannot be empty.", property=place.name)
    if not gone:
        raise not_found(SETS[link.target].title, key)
    if place.name == "Things":  # a location without the thing is the thing without the location
        _leave(writer, Entity("Things", gone[0]), "Locations", place.owner.row)
    else:
        _leave(writer, place.owner, place.name, gone[0])


def _leave(writer: EntityWriter, owner: Entity, name: str, gone: Any) -> None:
    relation = SETS[owner.set_name].relations[name]
    left = [row for row in related_rows(relation, owner.row) if row.pk != gone.pk]
    SHAPES[owner.set_name].verbs.update(writer.act, owner.row, {name: left}, {})


def _add(writer: EntityWriter, place: Place, target: Any) -> None:
    """A thing moves to its new location; a historical location knows one more."""
    links = [target]
    if place.owner.set_name == "HistoricalLocations":
        links = [*related_rows(place.relation, place.owner.row), target]
    shape = SHAPES[place.owner.set_name]
    shape.verbs.update(writer.act, place.owner.row, {place.name: links}, {})


def _get_link(place: Place) -> Link:
    link = SHAPES[place.owner.set_name].links.get(place.name)
    if link is None or link.target == OBSERVATIONS:
        raise bad_request("link_fixed", f"{place.name} cannot be written here.")
    return link


def read_link(set_name: str, body: Any, base: str) -> Ref:
    """The entity a `$ref` body names, by `@iot.id` or by its address. Raises RequestRefused."""
    fields = read_object(body, "A reference")
    if ID in fields:
        return read_ref(set_name, fields)
    for name in ("@iot.selfLink", "@odata.id", "@id", "url"):
        address = fields.get(name)
        if isinstance(address, str):
            return read_address(set_name, address, base)
    raise bad_request("bad_body", 'A reference names an entity: {"@iot.id": 1}.')


def read_address(set_name: str, address: str, base: str) -> Ref:
    """The entity of an address, absolute or below the service root. Raises RequestRefused."""
    segments = parse_path(address.removeprefix(base))
    if len(segments) != 1 or segments[0].name != set_name or segments[0].key is None:
        raise bad_request("bad_body", f"The reference is not one of {set_name}.")
    return Ref(set_name, segments[0].key)


def describe(entity: Entity, base: str) -> tuple[str, bytes]:
    """The address of an entity and the body that answers its making."""
    entity_set = SETS[entity.set_name]
    row = entity_set.rows().get(pk=entity.row.pk)
    link = f"{base}/{path_of(entity_set, row.pk)}"
    properties: Mapping[str, Any] = entity_set.write(row)
    return link, orjson.dumps({ID: row.pk, "@iot.selfLink": link, **properties})
