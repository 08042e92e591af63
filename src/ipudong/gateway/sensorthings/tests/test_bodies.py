"""Whatever JSON comes as a body: it becomes a bounded draft or is refused as a client's fault."""

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import orjson
import pytest
from hypothesis import HealthCheck, given, settings

from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.sensorthings.entities import SETS
from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.writes.bodies import (
    read_change,
    read_json,
    read_new,
)
from ipudong.gateway.sensorthings.writes.entity_requests import read_link
from ipudong.gateway.sensorthings.writes.observation_bodies import read_said
from ipudong.gateway.sensorthings.writes.shapes import SHAPES

NAMES = sorted(
    {part for shape in SHAPES.values() for part in (*shape.parts, *shape.links)}
    | {"@iot.id", "@iot.selfLink", "type", "coordinates", "symbol", "parameters", "validTime"}
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["2026-01-01T00:00:00Z", "application/geo+json", bodies.MEASUREMENT, "Point"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)
WHOLE = [
    bodies.a_whole_datastream(),
    bodies.a_thing(Locations=[bodies.a_location()]),
    bodies.a_multi_datastream(ObservedProperties=[bodies.a_property()]),
    bodies.a_feature(),
]
MIXED = st.builds(
    lambda body, name, value: {**body, name: value},
    st.sampled_from(WHOLE),
    st.sampled_from(NAMES),
    JSON,
)


def refusal_of(read: Callable[[], Any]) -> RequestRefused | None:
    """What a reader refuses a body with; None where it takes it."""
    try:
        read()
    except RequestRefused as refused:
        return refused
    return None


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SHAPES)), JSON | MIXED, st.booleans())
def test_any_body_is_a_draft_or_refused(name: str, body: Any, is_whole: bool) -> None:
    for read in (
        lambda: read_new(name, body),
        lambda: read_change(name, body, is_whole=is_whole),
        lambda: read_link(name, body, "http://x/v1.1"),
        lambda: read_said(body, 0) if isinstance(body, dict) else None,
    ):
        refused = refusal_of(read)
        assert refused is None or 400 <= refused.status < 500


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_refused(raw: bytes) -> None:
    refused = refusal_of(lambda: read_json(raw))
    assert refused is None or (refused.status, refused.code) == (400, "bad_body")


def test_every_set_can_be_written_and_every_link_is_one_of_its_own() -> None:
    assert set(SHAPES) == set(SETS)
    for name, shape in SHAPES.items():
        assert set(shape.links) <= set(SETS[name].relations), name
        for link_name, link in shape.links.items():
            relation = SETS[name].relations[link_name]
            assert (relation.target, relation.to_many) == (link.target, link.to_many)
            if link.inverse and link.target in SHAPES:
                back = SHAPES[link.target].links[link.inverse]
                assert back.target == name


@pytest.mark.parametrize("raw", [b'{"a": "\\u0000"}', b'["\\u0000"]'])
def test_a_nul_in_a_text_is_refused(raw: bytes) -> None:
    assert orjson.loads(raw)
    with pytest.raises(RequestRefused):
        read_json(raw)
