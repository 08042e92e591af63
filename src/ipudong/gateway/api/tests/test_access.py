"""Who may ask what; probes; limits; the shape of errors."""

import pytest
from litestar.handlers import HTTPRouteHandler

from ipudong.city.identity import roles
from ipudong.city.identity.actors import ANONYMOUS
from ipudong.city.identity.models import ApiToken
from ipudong.gateway.api.access import Desk
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.app import create_app
from ipudong.gateway.conftest import District
from ipudong.gateway.hj212.tests.station_double import StationDouble

# A probe must answer when the database that knows the permits is away; two are InfluxDB's own.
OPEN_PATHS = {"/healthz", "/readyz", "/ping", "/health"}


async def test_every_route_names_what_it_takes(district: District) -> None:
    app = create_app(district.gateway)
    unmarked = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if not isinstance(handler, HTTPRouteHandler) or "litestar" in handler.fn.__module__:
                continue
            actions = [getattr(guard, "action", "") for guard in handler.guards or ()]
            # What is no permit, such as a device's own key, the handler names itself.
            if not any(actions) and "takes" not in handler.opt:
                unmarked.add(route.path)
    assert unmarked == OPEN_PATHS


async def test_probes_answer_and_figures_are_counted(district: District) -> None:
    assert (await district.http.get("/healthz")).json() == {"status": "ok"}
    checks = {"database": "ok", "journal": "ok", "mqtt_bridge": "ok"}
    assert (await district.http.get("/readyz")).json() == checks
    station: StationDouble = await district.connect()
    station.upload()
    await station.wait_acknowledged(1)
    district.gateway.hj212.note_counts()
    text = (await district.http.get("/metrics")).text
    for name in (
        'ipudong_gateway_frames_total{protocol="hj212"}',
        'ipudong_gateway_readings_total{protocol="hj212"}',
        "ipudong_gateway_commit_seconds_bucket",
        'ipudong_gateway_connections{protocol="hj212"} 1.0',
        "ipudong_gateway_journal_ok 1.0",
        "ipudong_gateway_watchers",
    ):
        assert name in text
    await station.close()


async def test_a_withdrawn_permit_closes_figures_and_reads(district: District) -> None:
    desk: Desk = Desk()
    assert await desk.ask("", "sensing.view_things") == (ANONYMOUS, True)
    assert await desk.ask("", "sensing.post_observations") == (ANONYMOUS, False)
    assert await desk.ask("ipd_unknown", "sensing.view_things") == (None, False)
    assert await desk.ask("", "no.such_action") == (ANONYMOUS, False)


async def test_the_use_of_a_token_is_noted(district: District) -> None:
    token = district.tokens[roles.INTEGRATOR]
    actor, _ = await Desk().ask(token, "sensing.view_things")
    assert actor is not None
    used = ApiToken.objects.exclude(last_used_at=None).values_list("account__username", flat=True)
    assert [name async for name in used] == [roles.INTEGRATOR]


async def test_answers_of_the_desk_are_remembered_for_seconds_only(district: District) -> None:
    now = [0.0]
    desk = Desk(clock=lambda: now[0])
    await desk.ask("", "sensing.view_things")
    desk._known["", "sensing.view_things"] = (0.0, ANONYMOUS, False)
    assert (await desk.ask("", "sensing.view_things"))[1] is False
    now[0] = 6.0
    assert (await desk.ask("", "sensing.view_things"))[1] is True


def test_a_sender_that_posts_too_often_is_told_when_to_come_back() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    limit.take("a")
    limit.take("a")
    limit.take("b")
    with pytest.raises(RequestRefused) as refused:
        limit.take("a")
    assert (refused.value.status, refused.value.fields["retry_after_s"]) == (429, 30)
    now[0] = 30.0
    limit.take("a")


async def test_an_unknown_path_is_a_problem(district: District) -> None:
    answer = await district.http.get("/no/such")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "no_such_resource"


async def test_pages_of_the_portal_may_read_and_others_may_not(district: District) -> None:
    for origin, allowed in (("http://127.0.0.1:8800", True), ("http://evil.example", False)):
        answer = await district.http.get("/healthz", headers={"Origin": origin})
        assert ("access-control-allow-origin" in answer.headers) is allowed


async def test_the_interface_describes_itself(district: District) -> None:
    schema = (await district.http.get("/schema/openapi.json")).json()
    assert "/sensorthings/v1.1/CreateObservations" in schema["paths"]
