"""Errors of the HTTP face as problem details (RFC 9457): a status, a stable code, fields."""

from typing import Any

import orjson
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from ipudong.store.errors import JournalError, LakeError

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "urn:ipudong:problem:"


class RequestRefused(Exception):  # noqa: N818 - a refusal is not a failure of ours
    """A request that is answered with a problem: HTTP `status`, stable `code`, `fields`."""

    def __init__(self, status: int, code: str, detail: str, **fields: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.fields = fields


def bad_request(code: str, detail: str, **fields: object) -> RequestRefused:
    """The request itself is wrong."""
    return RequestRefused(400, code, detail, **fields)


def not_found(what: str, key: object) -> RequestRefused:
    """There is no such entity."""
    return RequestRefused(404, "no_such_entity", f"There is no {what} with this id.", id=key)


def not_implemented(code: str, detail: str, **fields: object) -> RequestRefused:
    """Part of a standard this server does not offer yet."""
    return RequestRefused(501, code, detail, **fields)


def answer_refused(request: Request, error: RequestRefused) -> Response:
    """The problem of a refusal."""
    headers = _headers_of(error)
    return _respond(error.status, error.code, error.detail, error.fields, headers)


def describe_problem(error: RequestRefused) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body of a refusal, for what is answered without the framework."""
    named = {**_headers_of(error), "Content-Type": PROBLEM_JSON}
    headers = [(name.lower().encode(), text.encode()) for name, text in named.items()]
    body = _describe(error.status, error.code, error.detail, error.fields)
    return error.status, headers, body


def _headers_of(error: RequestRefused) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if "retry_after_s" in error.fields:
        headers["Retry-After"] = str(error.fields["retry_after_s"])
    return headers


def answer_http_error(request: Request, error: HTTPException) -> Response:
    """The problem of what the framework refuses: no route, wrong method, bad body."""
    code = {404: "no_such_resource", 405: "method_not_allowed", 413: "body_too_large"}
    headers = {name: str(value) for name, value in (error.headers or {}).items()}
    return _respond(
        error.status_code, code.get(error.status_code, "bad_request"), error.detail, {}, headers
    )


def answer_history_away(request: Request, error: LakeError | JournalError) -> Response:
    """The problem of a lake or journal that cannot be read now."""
    log.error("history_away", path=request.url.path, error=str(error))
    text = "The history of readings cannot be read now; nothing that is sent is lost."
    return _respond(503, error.code, text, {}, {"Retry-After": "30"})


def answer_failure(request: Request, error: Exception) -> Response:
    """The problem of a fault of ours; the text stays in the log."""
    log.exception("http_failed", path=request.url.path, exc_info=error)
    return _respond(500, "internal_error", "The gateway could not answer.", {}, {})


def _respond(
    status: int, code: str, detail: str, fields: dict[str, Any], headers: dict[str, str]
) -> Response:
    body = _describe(status, code, detail, fields)
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM_JSON)


def _describe(status: int, code: str, detail: str, fields: dict[str, Any]) -> bytes:
    problem = {"type": TYPE_PREFIX + code, "title": code.replace("_", " "), "status": status}
    return orjson.dumps({**problem, "detail": detail, "code": code, **fields}, default=str)


EXCEPTION_HANDLERS: dict[Any, Any] = {
    RequestRefused: answer_refused,
    HTTPException: answer_http_error,
    LakeError: answer_history_away,
    JournalError: answer_history_away,
    Exception: answer_failure,
}
