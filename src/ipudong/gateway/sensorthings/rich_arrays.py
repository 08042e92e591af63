"""Data arrays whose observations say more than a time and a number: written one by one."""

from typing import TYPE_CHECKING, Any, Final

import orjson

from ipudong.city.identity.actors import Actor
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.data_arrays import MAX_GROUPS
from ipudong.gateway.sensorthings.posting import to_mapping
from ipudong.gateway.sensorthings.writes.requests import Write, perform

if TYPE_CHECKING:
    from ipudong.gateway.assembly import Gateway

MAX_RICH: Final = 1000
ERROR: Final = "error"
_OWNERS: Final = ("Datastream", "MultiDatastream")


async def take_rich_arrays(gateway: "Gateway", body: Any, base: str, actor: Actor) -> bytes:
    """An address or "error" for each observation, as a JSON list. Raises RequestRefused."""
    if not isinstance(body, list) or not 0 < len(body) <= MAX_GROUPS:
        raise bad_request("bad_body", f"A list of 1 to {MAX_GROUPS} data arrays is expected.")
    observations = [row for group in body for row in _read_group(group)]
    if len(observations) > MAX_RICH:
        raise bad_request(
            "bad_body", f"At most {MAX_RICH} observations with more than a time and a number."
        )
    links: list[str] = []
    for document in observations:
        try:
            write = Write("POST", "Observations", orjson.dumps(document), base, actor)
            links.append((await perform(gateway, write)).link)
        except RequestRefused as error:
            if error.status >= 500:
                raise
            links.append(ERROR)
    return orjson.dumps(links)


def _read_group(group: Any) -> list[dict[str, Any]]:
    fields = to_mapping(group, "A data array")
    owner = {name: fields[name] for name in _OWNERS if name in fields}
    names, rows = fields.get("components"), fields.get("dataArray")
    if not owner or not isinstance(names, list) or not isinstance(rows, list):
        raise bad_request("bad_body", "A data array has a Datastream, components and dataArray.")
    if any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        raise bad_request("bad_body", "Each row has one value for each component.")
    return [owner | _to_fields(names, row) for row in rows]


def _to_fields(names: list[Any], row: list[Any]) -> dict[str, Any]:
    """`FeatureOfInterest/id` is a link; every other component is a property."""
    fields: dict[str, Any] = {}
    for name, value in zip(names, row, strict=True):
        if value is None:
            continue
        if name in ("FeatureOfInterest/id", "FeatureOfInterest/@iot.id"):
            fields["FeatureOfInterest"] = {"@iot.id": value}
        elif name != "id":
            fields[str(name)] = value
    return fields
