"""`POST /push/csv` and `POST /push/json`: readings of one device, or of many with an API token."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from litestar import Request, Response, post

from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.services import QuarantineRow
from ipudong.gateway import figures
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.intake import Content
from ipudong.gateway.mqtt.intake import Taken
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.formats import is_known_type, parse_json, read_parsed
from ipudong.gateway.payloads.targets import UNKNOWN_IDENTITY, list_numeric
from ipudong.gateway.payloads.topics import TELEMETRY, make_topic
from ipudong.gateway.push.bodies import decode_text, in_turn, read_body
from ipudong.gateway.push.desk import PushDesk, desk_of
from ipudong.gateway.push.durable import take_durably
from ipudong.gateway.push.lines import IDENTITY_LENGTH, PROTOCOL, RAW_KEPT_BYTES
from ipudong.gateway.push.sender import PROTOCOLS, Sender, guard, sender_of
from ipudong.gateway.push.tables import Table, parse_table
from ipudong.protocols.lineprotocol.points import BadLine

TAGS: Final = ["HTTP push"]
DEVICE_KEY: Final = "device"
MAX_DEVICES: Final = 10_000


@post("/push/csv", guards=[guard], status_code=204, summary="Push CSV", tags=TAGS)
async def push_csv(request: Request) -> Response[None]:
    """A header row, then a row for each reading (`device,time,field,value`) or a column for each
    field (`device,time,temperature,humidity`). Rows that cannot be read are named in a 400
    `partial_write`; the others are kept."""
    raw = await read_body(request)
    table = await in_turn(len(raw), parse_table, decode_text(raw))
    await _store(request, table, raw)
    return _answer(table)


@post("/push/json", guards=[guard], status_code=204, summary="Push JSON", tags=TAGS)
async def push_json(request: Request) -> Response[None]:
    """With a device's token: any payload that the device may send by MQTT. With an API token: an
    object or a list of objects that each name their `device`."""
    raw, sender = await read_body(request), sender_of(request)
    if sender.device is not None:
        await _take_payload(request, sender.device, raw)
        return Response(None, status_code=204)
    table = Table()
    try:
        _read_rows(parse_json(raw), table)
    except PayloadError as error:
        raise bad_request(error.code, "The body cannot be read as readings.") from error
    await _store(request, table, raw)
    return _answer(table)


HANDLERS: Final = (push_csv, push_json)


# The payload of one device.


async def _take_payload(request: Request, device: Device, raw: bytes) -> None:
    desk, sender = desk_of(request), sender_of(request)
    # curl calls everything a form: what is posted here is JSON unless it says CBOR or SenML.
    named = request.headers.get("content-type", "")
    content_type = named if is_known_type(named) else "application/json"
    # ChirpStack's HTTP integration names the kind of an event in the query.
    event = request.query_params.get("event", "")
    topic = f"push/event/{event}" if event else make_topic(device.identity, TELEMETRY)
    found: list[Taken] = []

    def take() -> bool:
        present = _find_device(desk, device.identity) or device
        taken = desk.interpreter.take(present, topic, raw, content_type, desk.gateway.now_us())
        found[:] = [taken]
        return not taken.awaits_channels

    figures.FRAMES.labels(PROTOCOL).inc()
    await take_durably(desk.gateway, take)
    if found[0].refusal:
        raise bad_request(found[0].refusal, "The body cannot be read as readings.")
    desk.gateway.records.note_frames(device.thing_id, 1, desk.gateway.now_us(), sender.peer)
    figures.READINGS.labels(PROTOCOL).inc(found[0].rows)
    figures.ACKNOWLEDGED.labels(PROTOCOL).inc()


# Readings of many devices.


def _read_rows(document: Any, table: Table) -> None:
    rows = document if isinstance(document, list) else [document]
    for number, row in enumerate(rows, 1):
        identity = row.get(DEVICE_KEY) if isinstance(row, Mapping) else None
        if not isinstance(identity, str) or not identity:
            table.refuse(number, "no_device", f"no {DEVICE_KEY!r} in the object", "")
            continue
        body = {key: row[key] for key in row if key != DEVICE_KEY}
        content = read_parsed(body, (), "")
        known = table.contents.setdefault(identity, Content([], []))
        known.samples.extend(content.samples)
        known.fixes.extend(content.fixes)


async def _store(request: Request, table: Table, raw: bytes) -> None:
    desk, sender = desk_of(request), sender_of(request)
    if len(table.contents) > MAX_DEVICES:
        raise RequestRefused(413, "too_many_devices", f"At most {MAX_DEVICES} devices at once.")
    _refuse_strangers(desk, sender, table)

    def take() -> bool:
        found = [(_find(desk, sender, key), body) for key, body in table.contents.items()]
        pairs = [(device, body) for device, body in found if device is not None]
        intake = desk.interpreter.intake
        ready = [intake.is_ready(device, body) for device, body in pairs]
        if not all(ready):  # all were asked: every missing datastream is made in one go
            return False
        _take_all(desk, sender, pairs, raw)
        return True

    figures.FRAMES.labels(PROTOCOL).inc()
    await take_durably(desk.gateway, take)
    figures.ACKNOWLEDGED.labels(PROTOCOL).inc()


def _take_all(
    desk: PushDesk, sender: Sender, pairs: Iterable[tuple[Device, Content]], raw: bytes
) -> None:
    now_us, rows = desk.gateway.now_us(), 0
    for device, content in pairs:
        rows += desk.interpreter.intake.take(device, content, now_us, raw, sender.peer).rows
        desk.gateway.records.note_frames(device.thing_id, 1, now_us, sender.peer)
    figures.READINGS.labels(PROTOCOL).inc(rows)


def _refuse_strangers(desk: PushDesk, sender: Sender, table: Table) -> None:
    for identity in list(table.contents):
        if _find(desk, sender, identity) is None:
            content = table.contents.pop(identity)
            table.refuse(0, "unknown_device", f"device {identity[:60]!r} is not known", "")
            if sender.device is None and identity:
                _quarantine(desk, sender, identity, content)


def _quarantine(desk: PushDesk, sender: Sender, identity: str, content: Content) -> None:
    desk.gateway.records.note_quarantined(
        QuarantineRow(
            protocol=PROTOCOL,
            identity=identity[:IDENTITY_LENGTH],
            peer=sender.peer,
            raw=repr(content.samples[:3]).encode()[:RAW_KEPT_BYTES],
            reason=UNKNOWN_IDENTITY,
            at=desk.gateway.now(),
            fields=list_numeric(content),
        )
    )


def _find(desk: PushDesk, sender: Sender, identity: str) -> Device | None:
    """The device a row is of; one that speaks for itself names nobody else."""
    if sender.device is not None:
        own = sender.device.identity
        return _find_device(desk, own) if identity in ("", own) else None
    return _find_device(desk, identity) if identity else None


def _find_device(desk: PushDesk, identity: str) -> Device | None:
    directory = desk.gateway.snapshot.directory
    found = (directory.find_device(protocol, identity) for protocol in PROTOCOLS)
    return next((device for device in found if device is not None), None)


def _answer(table: Table) -> Response[None]:
    """204, or raises RequestRefused (400) that names the rows."""
    if table.bad_count:
        raise RequestRefused(
            400,
            "partial_write",
            f"{table.bad_count} rows were refused; the others are kept.",
            refused=table.bad_count,
            lines=[_describe(row) for row in table.bad],
        )
    return Response(None, status_code=204)


def _describe(row: BadLine) -> dict[str, Any]:
    place = {"line": row.line} if row.line else {}
    return {**place, "code": row.code, "detail": row.detail}
