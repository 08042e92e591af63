"""Posts of observations, taken before the framework."""

import re
from typing import Final

from ipudong.gateway.api.access import Desk, judge_access
from ipudong.gateway.api.problems import RequestRefused, describe_problem
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.front import Answer, PlainPost
from ipudong.gateway.sensorthings import intake
from ipudong.gateway.sensorthings.roots import POST, ROOT

_PATHS: Final = re.compile(
    rf"{re.escape(ROOT)}/(?:(?P<bulk>CreateObservations)"
    r"|(?:Datastreams\((?P<stream>[1-9]\d{0,8})\)/)?Observations)"
)
_JSON: Final = (b"content-type", b"application/json")


class ObservationRoad:
    """`POST Observations`, `Datastreams(1)/Observations` and `CreateObservations`, where what is
    posted is plain."""

    def __init__(self, gateway: Gateway, desk: Desk, limit: RateLimit) -> None:
        self._gateway = gateway
        self._desk = desk
        self._limit = limit

    def is_on(self, path: str) -> bool:
        """Whether observations are posted here."""
        return _PATHS.fullmatch(path) is not None

    async def answer(self, post: PlainPost) -> Answer | None:
        """Take what is plain: numbers with a time. Raises RequestRefused."""
        found = _PATHS.fullmatch(post.scope["path"])
        if found is None or post.find_header(b"content-encoding", "identity") != "identity":
            return None
        token = _read_token(post.find_header(b"authorization"))
        actor, allowed = await self._desk.ask(token, POST)
        judge_access(actor, allowed=allowed, action=POST)
        document = intake.read_json(await post.read_body())
        base = _base(post)
        if found.group("bulk"):
            if not intake.is_plain_arrays(document):
                return None
            self._limit.take(token or post.peer)
            return Answer(201, [_JSON], await intake.take_arrays(self._gateway, document, base))
        stream = found.group("stream")
        row = intake.find_row(self._gateway, document, int(stream) if stream else None)
        if row is None:
            return None
        self._limit.take(token or post.peer)
        link, body = intake.write_created(base, await intake.take_row(self._gateway, row))
        return Answer(201, [_JSON, (b"location", link.encode())], body)

    def refuse(self, path: str, refused: RequestRefused) -> Answer:
        """A refusal as a problem."""
        return Answer(*describe_problem(refused))


def _read_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip()[:200] if scheme.lower() == "bearer" else ""


def _base(post: PlainPost) -> str:
    scope = post.scope
    host = post.find_header(b"host")
    if not host:
        server = scope.get("server") or ("127.0.0.1", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}{ROOT}"
