"""Every route of the OpenAPI document is asked by schemathesis, which we did not write."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from requests.exceptions import InvalidJSONError
from schemathesis import APIOperation, Case
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS

CHECKS: Final = [status_code_conformance, content_type_conformance, response_schema_conformance]
SENSORTHINGS: Final = "/sensorthings/v1.1/{path}"
# What the gateway may say of itself: not done, cannot take it now. Never 500.
FAILURES_MEANT: Final = (501, 503)
VALUES: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES: Final = st.sampled_from([*SETS, OBSERVATIONS])
KEYS: Final = st.sampled_from(["", "(1)", "(2)", "('test_a34004')", "(99999999)", "('x')", "(-1)"])
SEGMENTS: Final = st.tuples(NAMES, KEYS).map("".join) | st.sampled_from(["$ref", "$value", "name"])
PATHS: Final = st.lists(SEGMENTS, min_size=1, max_size=3).map("/".join) | st.text(
    st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20
)
PROPERTIES: Final = st.sampled_from(
    [
        "@iot.id",
        "name",
        "description",
        "properties",
        "encodingType",
        "location",
        "metadata",
        "definition",
        "feature",
        "time",
        "result",
        "phenomenonTime",
        "unitOfMeasurement",
        "observationType",
        "taskingParameters",
        "Thing",
        "Things",
        "Locations",
        "Datastream",
        "Datastreams",
        "Sensor",
        "ObservedProperty",
        "TaskingCapability",
        "Observations",
    ]
)
BODIES: Final = st.dictionaries(
    PROPERTIES, VALUES | st.just({"@iot.id": 1}) | st.just([{"@iot.id": 1}]), max_size=6
)


def _ask_all(
    document: dict[str, Any], url: str, headers: dict[str, str], examples: int
) -> dict[str, set[int]]:
    """The statuses that each operation gave."""
    seen: dict[str, set[int]] = {}
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = found.ok()
        statuses = seen.setdefault(operation.label, set())
        _make_asker(operation, url, headers, examples, statuses)()
    return seen


def _make_asker(
    operation: APIOperation,
    url: str,
    headers: dict[str, str],
    examples: int,
    statuses: set[int],
) -> Callable[[], None]:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case: Case = data.draw(operation.as_strategy())
        if operation.path == SENSORTHINGS:
            case.path_parameters["path"] = data.draw(PATHS)
            if operation.method in ("post", "put", "patch"):
                case.body = data.draw(BODIES)
        try:
            response = case.call(base_url=url, headers=headers, timeout=10)
        except InvalidJSONError:  # a body with an infinity, which the client cannot write
            reject()
        assert response.status_code < 500 or response.status_code in FAILURES_MEANT, case
        case.validate_response(response, checks=CHECKS)
        statuses.add(response.status_code)

    return ask


async def _explore(district: District, examples: int) -> dict[str, set[int]]:
    load_all_checks()
    document = (await district.http.get("/schema/openapi.json")).json()
    url = str(district.http.base_url)
    headers = district.headers("administrator")
    return await asyncio.to_thread(_ask_all, document, url, headers, examples)


def _count_operations(document: dict[str, Any]) -> int:
    return sum(len(item) for item in document["paths"].values())


async def test_every_route_answers_as_the_document_says(district: District) -> None:
    seen = await _explore(district, 30)
    document = (await district.http.get("/schema/openapi.json")).json()
    assert len(seen) == _count_operations(document)
    assert {"POST /api/v2/write", "POST /devices/provision", "GET /live"} <= set(seen)
    assert 200 in seen["GET /healthz"]
    assert 204 in seen["GET /ping"]


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_no_route_fails_however_long_it_is_asked(district: District) -> None:
    seen = await _explore(district, 500)
    assert all(seen.values())
