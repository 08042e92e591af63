"""`$select`: which properties of an entity are written."""

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.options import QueryOptions
from ipudong.gateway.sensorthings.vocabulary import PROPERTIES
from ipudong.gateway.sensorthings.writing import Properties

_LINK = "@iot.navigationLink"
_MARKS = (_LINK, "@iot.nextLink", "@iot.count")


def check_select(entity_set: str, relations: frozenset[str], options: QueryOptions) -> None:
    """Refuse (400) a property the standard does not have, also when no entity is there."""
    known = {"id", "@iot.id", "@iot.selfLink", *PROPERTIES.get(entity_set, ()), *relations}
    for name in options.select:
        if name not in known:
            raise bad_request("unknown_property", f"There is no {name[:60]}.", property=name[:80])


def select_properties(entities: list[Properties], options: QueryOptions) -> list[Properties]:
    """The entities with what was selected, and what was expanded; all of it without `$select`."""
    if not options.select:
        return entities
    wanted = {"@iot.id" if name == "id" else name for name in options.select}
    wanted |= {expand.name for expand in options.expand}
    return [
        {key: value for key, value in entity.items() if _owner(key) in wanted}
        for entity in entities
    ]


def _owner(key: str) -> str:
    """The property a key belongs to: links and counts stand beside what they are of."""
    for mark in _MARKS:
        if key.endswith(mark) and key != mark:
            return key.removesuffix(mark)
    return key
