"""Observations that come in, by whichever way: one at a time or as data arrays."""

from typing import TYPE_CHECKING, Any

import orjson

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings import data_arrays, posting
from ipudong.gateway.sensorthings.observation_writing import make_id
from ipudong.gateway.sensorthings.posting import Row

if TYPE_CHECKING:
    from ipudong.gateway.assembly import Gateway

is_plain_arrays = data_arrays.is_plain


def read_json(body: bytes) -> Any:
    """The JSON document of a body. Raises RequestRefused (400)."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request("bad_body", f"The body is not JSON: {error}.") from error


def find_row(gateway: "Gateway", body: Any, stream: int | None = None) -> Row | None:
    """The row of a plain observation; None when it is not plain. Raises RequestRefused (400)."""
    if gateway.reloads.is_stale:
        return None  # the directory is about to change; the database knows already
    streams = gateway.snapshot.directory.streams
    return posting.find_plain_row(body, streams, gateway.now_us(), stream)


async def take_row(gateway: "Gateway", row: Row) -> str:
    """Make an observation durable and give its id. Raises RequestRefused (503)."""
    posting.check_room(gateway.pipeline)
    posting.add_row(gateway.pipeline, row)
    await posting.commit(gateway.pipeline, 1)
    return make_id(row[0], row[1])


async def take_arrays(gateway: "Gateway", body: Any, base: str) -> bytes:
    """Make the observations of plain data arrays durable; their addresses as a JSON list.

    Raises RequestRefused (400, 503).
    """
    try:
        columns = _read_arrays(gateway, body)
    except RequestRefused as error:
        if error.code != "no_such_datastream":
            raise
        await gateway.reloads.catch_up()  # one made a moment ago, or none
        columns = _read_arrays(gateway, body)
    posting.check_room(gateway.pipeline)
    taken = data_arrays.add_columns(gateway.pipeline, columns)
    await posting.commit(gateway.pipeline, taken)
    return data_arrays.write_links(base, columns)


def _read_arrays(gateway: "Gateway", body: Any) -> data_arrays.Columns:
    streams = gateway.snapshot.directory.streams
    return data_arrays.read_data_arrays(body, streams, gateway.now_us())


def write_created(base: str, own_id: str) -> tuple[str, bytes]:
    """The address and the body of the answer to a created observation."""
    link = f"{base}/Observations('{own_id}')"
    return link, orjson.dumps({"@iot.id": own_id, "@iot.selfLink": link})
