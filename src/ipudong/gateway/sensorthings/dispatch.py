"""One request of a batch, carried out by the same application as if it had come alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import orjson

from ipudong.gateway.api.problems import RequestRefused, bad_request, describe_problem
from ipudong.gateway.sensorthings.roots import ROOT

METHODS: Final = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
_PASSED: Final = (b"authorization", b"host", b"x-forwarded-proto", b"x-forwarded-host")


@dataclass(frozen=True, slots=True)
class Inner:
    """One request of a batch; `group` names the change set it belongs to, "" for none."""

    id: str
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    group: str = ""
    depends_on: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of a request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        """Whether it was carried out."""
        return self.status < 400

    @property
    def location(self) -> str:
        """The address of what was created."""
        return self.headers.get("location", "")

    def read_id(self) -> Any:
        """The id of what was created, None when nothing was."""
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            document = None
        if isinstance(document, dict) and "@iot.id" in document:
            return document["@iot.id"]
        key = self.location.rpartition("(")[2].rstrip(")")
        return int(key) if key.isascii() and key.isdigit() else key.strip("'") or None


def refuse(error: RequestRefused) -> Outcome:
    """The outcome of a request that is not even tried."""
    status, headers, body = describe_problem(error)
    named = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    return Outcome(status, named, body)


def find_target(url: str, base: str) -> tuple[str, str]:
    """Path and query of a request's address, relative to the service root or whole.

    Raises RequestRefused (400) for one that is not of this service, or a batch again.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise bad_request("bad_url", "The address cannot be read.") from error
    if parts.scheme or parts.netloc:
        if not url.startswith(f"{base}/"):
            raise bad_request("bad_url", "The address is not of this service.")
        path = parts.path
    elif parts.path.startswith(f"{ROOT}/"):
        path = parts.path
    else:
        # Whatever stands for the root in front of the version is forgiven: /v1.1/Things.
        path = f"{ROOT}/{parts.path.lstrip('/').removeprefix('v1.1/')}"
    if "$batch" in path or ".." in path.split("/"):
        raise bad_request("bad_url", "A batch has no batches in it.")
    return path, parts.query


async def carry_out(outer: Mapping[str, Any], app: Any, inner: Inner, base: str) -> Outcome:
    """The outcome of one request; refusals are outcomes too."""
    if inner.method not in METHODS:
        return refuse(RequestRefused(405, "method_not_allowed", f"{inner.method[:20]}?"))
    try:
        path, query = find_target(inner.url, base)
    except RequestRefused as error:
        return refuse(error)
    headers = [pair for pair in outer["headers"] if pair[0] in _PASSED]
    headers += [(b"content-length", str(len(inner.body)).encode())]
    kind = inner.headers.get("content-type", "application/json")
    headers += [(b"content-type", kind.encode("latin-1", "replace"))]
    scope = {
        name: outer[name]
        for name in ("type", "asgi", "http_version", "scheme", "server", "client", "root_path")
        if name in outer
    }
    scope |= {
        "method": inner.method,
        "path": path,
        "raw_path": quote(path, safe="/()',$:;=@%").encode(),
        "query_string": quote(query, safe="%=&$()',/:;+@*!?-._~").encode(),
        "headers": headers,
        "state": {},
    }
    return await _ask(app, scope, inner.body)


async def _ask(app: Any, scope: dict[str, Any], body: bytes) -> Outcome:
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    outcome = Outcome(500, {}, b"")
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            outcome.status = message["status"]
            outcome.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    outcome.body = b"".join(parts)
    return outcome
