"""Posts of line protocol, taken before the framework."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from ipudong.gateway.api.access import Desk
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.front import NO_CONTENT, Answer, Headers, PlainPost
from ipudong.gateway.push.bodies import unpack
from ipudong.gateway.push.desk import PushDesk
from ipudong.gateway.push.influx import (
    PRECISIONS_OF,
    VERSION_HEADERS,
    check_precision,
    describe_error,
    write_lines,
)
from ipudong.gateway.push.sender import Admission, read_credentials


def _encode(headers: Mapping[str, str]) -> Headers:
    return [(name.lower().encode(), text.encode()) for name, text in headers.items()]


_WRITTEN: Final = Answer(NO_CONTENT, _encode(VERSION_HEADERS))
_JSON: Final = (b"content-type", b"application/json")


class LineRoad:
    """`POST /api/v2/write` and `POST /write`."""

    def __init__(self, push: PushDesk, desk: Desk, limit: RateLimit) -> None:
        self._push = push
        self._admission = Admission(push.gateway, desk, limit)

    def is_on(self, path: str) -> bool:
        """Whether lines are written here."""
        return path in PRECISIONS_OF

    async def answer(self, post: PlainPost) -> Answer:
        """Admit, unpack, store, and only then answer. Raises RequestRefused."""
        query = _read_query(post.scope["query_string"])
        offered = read_credentials(post.find_header(b"authorization"), query)
        sender = await self._admission.admit(offered, post.peer)
        precision = check_precision(post.scope["path"], query)
        encoding = post.find_header(b"content-encoding", "identity")
        raw = await unpack(await post.read_body(), encoding)
        await write_lines(self._push, sender, precision, raw)
        return _WRITTEN

    def refuse(self, path: str, refused: RequestRefused) -> Answer:
        """A refusal as InfluxDB words it."""
        headers, body = describe_error(path, refused.status, refused.detail, refused.fields)
        return Answer(refused.status, [_JSON, *_encode(headers)], body)


def _read_query(raw: bytes) -> dict[str, str]:
    """The first value of each name, read as the framework reads them."""
    if not raw:
        return {}
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    return dict(reversed(pairs))
