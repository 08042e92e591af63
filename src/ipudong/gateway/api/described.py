"""What the framework cannot read from the code for the OpenAPI document: errors and raw bodies."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from litestar.openapi.spec import (
    Example,
    OpenAPI,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Schema,
)

from ipudong.gateway.api.problems import PROBLEM_JSON

JSON: Final = "application/json"
_TEXT: Final = Schema(type=OpenAPIType.STRING)
_ANY: Final = Schema()
_OBJECT: Final = Schema(type=OpenAPIType.OBJECT)
_PROBLEM: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["type", "title", "status", "detail", "code"],
    properties={
        "type": _TEXT,
        "title": _TEXT,
        "status": Schema(type=OpenAPIType.INTEGER),
        "detail": _TEXT,
        "code": _TEXT,
    },
)
# The errors of the write interfaces of InfluxDB 2 and 1.
_ERRORS_V2: Final = Schema(
    type=OpenAPIType.OBJECT,
    required=["code", "message"],
    properties={"code": _TEXT, "message": _TEXT},
)
_ERRORS_V1: Final = Schema(type=OpenAPIType.OBJECT, required=["error"], properties={"error": _TEXT})
_ERRORS: Final[Mapping[str, tuple[str, Schema]]] = {
    "/api/v2/write": (JSON, _ERRORS_V2),
    "/write": (JSON, _ERRORS_V1),
    "/query": (JSON, _ERRORS_V1),
}
_LINE: Final = "env,device=pole-1 temperature=21.5"
# Bodies that handlers read themselves: media type, schema, an example.
_BODIES: Final[Mapping[str, tuple[str, Schema, Any]]] = {
    "/api/v2/write": ("text/plain", _TEXT, _LINE),
    "/write": ("text/plain", _TEXT, _LINE),
    "/push/csv": ("text/csv", _TEXT, "device,temperature\npole-1,21.5\n"),
    "/push/json": (JSON, _ANY, {"device": "pole-1", "temperature": 21.5}),
    "/sensorthings/v1.1/CreateObservations": (JSON, Schema(type=OpenAPIType.ARRAY, items=_ANY), []),
    "/sensorthings/v1.1/$batch": (JSON, _OBJECT, {"requests": []}),
    "/sensorthings/v1.1/{path}": (JSON, _OBJECT, {"name": "a", "description": "b"}),
}
_QUERIES: Final[Mapping[str, tuple[str, ...]]] = {
    "/api/v2/write": ("precision", "org", "bucket"),
    "/write": ("precision", "db", "rp", "u", "p"),
    "/query": ("q", "u", "p"),
    "/push/json": ("event",),
    "/live": ("ticket",),
    "/firmware/{package_id}/{name}": ("ticket", "device"),
}
_READ: Final = ("$top", "$skip", "$count", "$orderby", "$filter", "$expand", "$select")
# Answers beside the one that the code names.
_MORE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("/sensorthings/v1.1/{path}", "post"): ("204",),  # of $ref
    ("/sensorthings/v1.1/{path}", "put"): ("204",),  # of $ref
    ("/sensorthings/v1.1/{path}", "delete"): ("204",),
    ("/firmware/{package_id}/{name}", "get"): ("206", "304"),
    ("/firmware/{package_id}/{name}", "head"): ("206", "304"),
}
_WITH_BODY: Final = ("post", "put", "patch")


def complete_document(document: OpenAPI) -> None:
    """Add to the document what each operation takes and how it refuses."""
    for path, item in (document.paths or {}).items():
        for method in ("get", "head", "post", "put", "patch", "delete"):
            operation: Operation | None = getattr(item, method)
            if operation is not None:
                _complete(operation, path, method)


def _complete(operation: Operation, path: str, method: str) -> None:
    responses = operation.responses = operation.responses or {}
    responses.pop("400", None)  # the framework's own shape, which nobody sees here
    media_type, schema = _ERRORS.get(path, (PROBLEM_JSON, _PROBLEM))
    for status in [status for status in responses if status == "204" or method == "head"]:
        responses[status] = OpenAPIResponse(description="Done")
    for status in _MORE.get((path, method), ()):
        responses[status] = OpenAPIResponse(description="Done")
    responses["default"] = OpenAPIResponse(
        description="Refused", content={media_type: OpenAPIMediaType(schema=schema)}
    )
    if path == "/health":
        responses["503"] = OpenAPIResponse(description="The journal takes nothing now")
    if path in _BODIES and method in _WITH_BODY:
        operation.request_body = _write_body(*_BODIES[path])
    names = _READ if path.endswith("/{path}") and method == "get" else _QUERIES.get(path, ())
    operation.parameters = [*(operation.parameters or []), *_write_queries(names)]


def _write_body(media_type: str, schema: Schema, example: Any) -> RequestBody:
    shown = OpenAPIMediaType(schema=schema, examples={"one": Example(value=example)})
    return RequestBody(content={media_type: shown})


def _write_queries(names: Iterable[str]) -> list[Parameter]:
    return [Parameter(name=name, param_in="query", schema=_TEXT) for name in names]
