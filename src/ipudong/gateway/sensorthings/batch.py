"""`POST /$batch`: many requests in one (SensorThings 1.1, 11; the JSON form of OData 4.01, 19).

The requests are carried out one after the other. A change set stands or falls as one: when one of
its requests fails, what was created before it is deleted again, and what was changed is changed
back. Others may see it in between.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.dispatch import Inner, Outcome, refuse
from ipudong.gateway.sensorthings.roots import ROOT

MAX_REQUESTS: Final = 100
MAX_ANSWER_BYTES: Final = 32 * 1024 * 1024
_REFERENCE: Final = re.compile(r"\$([A-Za-z0-9_.-]{1,60})")

_KEPT: Final = ("location", "content-type", "retry-after")

CarryOut = Callable[[Inner], Awaitable[Outcome]]


@dataclass(slots=True)
class Batch:
    """The requests of a batch as they are carried out."""

    carry_out: CarryOut
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    _bytes: int = 0

    async def run(self, requests: Sequence[Inner]) -> list[tuple[Inner, Outcome]]:
        """Every request with its outcome, in order."""
        done: list[tuple[Inner, Outcome]] = []
        for group, members in groupby(requests, key=lambda inner: inner.group):
            some = list(members)
            if group:
                done += await self._run_group(some)
            else:
                done += [(inner, await self._run_one(inner)) for inner in some]
        return done

    async def _run_group(self, requests: list[Inner]) -> list[tuple[Inner, Outcome]]:
        """All or none."""
        if any(inner.method == "GET" for inner in requests) or any(
            inner.method == "DELETE" for inner in requests[:-1]
        ):
            refused = RequestRefused(
                501,
                "change_set_unsupported",
                "A change set only changes things, and may delete one as its last request.",
            )
            return [(inner, self._keep(inner, refuse(refused))) for inner in requests]
        done: list[tuple[Inner, Outcome]] = []
        undo: list[Inner] = []
        for inner in requests:
            before = await self._look(inner)
            outcome = await self._run_one(inner)
            done.append((inner, outcome))
            if not outcome.is_good:
                for step in reversed(undo):
                    await self.carry_out(step)
                return self._fail(requests, inner, outcome)
            if outcome.location and inner.method == "POST":
                undo.append(Inner("", "DELETE", urlsplit(outcome.location).path))
            elif before is not None:
                undo.append(before)
        return done

    async def _look(self, inner: Inner) -> Inner | None:
        """What would put back what a PATCH or PUT is about to change."""
        if inner.method not in ("PATCH", "PUT"):
            return None
        resolved = self._resolve(inner)
        found = await self.carry_out(Inner("", "GET", resolved.url))
        try:
            before, wanted = orjson.loads(found.body), orjson.loads(resolved.body)
            kept = {name: before.get(name) for name in wanted if not name.startswith("@")}
        except (orjson.JSONDecodeError, TypeError, AttributeError):
            return None  # it will be refused
        if resolved.method == "PUT":
            kept = {name: value for name, value in before.items() if "@" not in name}
        return Inner("", resolved.method, resolved.url, body=orjson.dumps(kept))

    def _fail(
        self, requests: list[Inner], failed: Inner, outcome: Outcome
    ) -> list[tuple[Inner, Outcome]]:
        other = refuse(
            RequestRefused(
                424, "change_set_failed", f"Undone, as request {failed.id} of the set failed."
            )
        )
        return [
            (inner, self._keep(inner, outcome if inner is failed else other)) for inner in requests
        ]

    async def _run_one(self, inner: Inner) -> Outcome:
        for needed in inner.depends_on:
            found = self.outcomes.get(needed)
            if found is None or not found.is_good:
                detail = f"It depends on {needed[:60]}, which failed or is not before it."
                refused = RequestRefused(424, "dependency_failed", detail)
                return self._keep(inner, refuse(refused))
        if self._bytes > MAX_ANSWER_BYTES:
            return self._keep(
                inner,
                refuse(RequestRefused(507, "answer_too_large", "Ask for less in one batch.")),
            )
        return self._keep(inner, await self.carry_out(self._resolve(inner)))

    def _keep(self, inner: Inner, outcome: Outcome) -> Outcome:
        self.outcomes[inner.id] = outcome
        self._bytes += len(outcome.body)
        return outcome

    # `$1` in an address or in a link stands for what request 1 created.

    def _resolve(self, inner: Inner) -> Inner:
        found = _REFERENCE.match(inner.url.lstrip("/"))
        url = inner.url
        if found and found.group(1) in self.outcomes:
            location = urlsplit(self.outcomes[found.group(1)].location).path
            place = location.partition(f"{ROOT}/")[2]
            if place:
                url = place + inner.url.lstrip("/")[found.end() :]
        body = inner.body
        if b"$" in body:
            body = self._resolve_body(body)
        return replace(inner, url=url, body=body)

    def _resolve_body(self, body: bytes) -> bytes:
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError:
            return body
        return orjson.dumps(self._resolve_links(document))

    def _resolve_links(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: self._find_id(inner) if key == "@iot.id" else self._resolve_links(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self._resolve_links(inner) for inner in value]
        return value

    def _find_id(self, value: Any) -> Any:
        found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if found is None or found.group(1) not in self.outcomes:
            return value
        return self.outcomes[found.group(1)].read_id()


def read_requests(document: Any) -> list[Inner]:
    """The requests of a JSON batch. Raises RequestRefused (400)."""
    requests = document.get("requests") if isinstance(document, dict) else None
    if not isinstance(requests, list) or not requests:
        raise bad_request("bad_batch", 'A batch is {"requests": [...]}.')
    check_count(len(requests))
    found = [_read_one(request, number) for number, request in enumerate(requests)]
    ids = [inner.id for inner in found]
    if len(set(ids)) != len(ids):
        raise bad_request("bad_batch", "Two requests have the same id.")
    groups = [key for key, _ in groupby(inner.group for inner in found) if key]
    if len(set(groups)) != len(groups):
        raise bad_request("bad_batch", "The requests of an atomicityGroup follow each other.")
    return found


def check_count(count: int) -> None:
    """Raises RequestRefused (400) for a batch of too many requests."""
    if count > MAX_REQUESTS:
        raise bad_request("bad_batch", f"A batch has at most {MAX_REQUESTS} requests.")


def _read_one(request: Any, number: int) -> Inner:
    fields = request if isinstance(request, dict) else {}
    texts = {name: fields.get(name, "") for name in ("id", "method", "url", "atomicityGroup")}
    if not all(isinstance(text, str) and len(text) < 8000 for text in texts.values()):
        raise bad_request("bad_batch", f"Request {number}: id, method and url are texts.")
    headers, depends_on = fields.get("headers", {}), fields.get("dependsOn", [])
    if not texts["id"] or not texts["method"] or not texts["url"]:
        raise bad_request("bad_batch", f"Request {number} needs id, method and url.")
    if not isinstance(headers, dict) or not isinstance(depends_on, list):
        raise bad_request("bad_batch", f"Request {number}: headers and dependsOn.")
    body = fields.get("body")
    return Inner(
        id=texts["id"],
        method=texts["method"].upper(),
        url=texts["url"],
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        body=b"" if body is None else orjson.dumps(body),
        group=texts["atomicityGroup"],
        depends_on=tuple(str(needed) for needed in depends_on),
    )


def write_responses(done: Sequence[tuple[Inner, Outcome]]) -> bytes:
    """The JSON answer to a JSON batch."""
    return orjson.dumps({"responses": list(_write_each(done))})


def _write_each(done: Sequence[tuple[Inner, Outcome]]) -> Iterator[dict[str, Any]]:
    for inner, outcome in done:
        response: dict[str, Any] = {"id": inner.id, "status": outcome.status}
        if inner.group:
            response["atomicityGroup"] = inner.group
        response["headers"] = {
            name: outcome.headers[name] for name in _KEPT if name in outcome.headers
        }
        if outcome.body:
            text = outcome.body.decode("utf-8", "replace")
            response["body"] = orjson.Fragment(outcome.body) if _is_json(outcome) else text
        yield response


def _is_json(outcome: Outcome) -> bool:
    return "json" in outcome.headers.get("content-type", "")
