"""The pages show officers the vehicles, and nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from ipudong.city.identity import roles
from ipudong.systems.citysense.pages import LONGEST_SPAN, read_span
from ipudong.systems.citysense.tests.driven import BEGIN

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HALF_PAST = NOW - timedelta(minutes=30)


def addresses(vehicle) -> list[str]:
    return [
        reverse("citysense:home"),
        reverse("citysense:vehicles_geojson"),
        reverse("citysense:vehicle", args=[vehicle.pk]),
        reverse("citysense:track_points", args=[vehicle.pk]),
        reverse("citysense:track_file", args=[vehicle.pk, "csv"]),
    ]


def test_an_officer_opens_every_page(vehicle, sign_in):
    client = sign_in(roles.DUTY_OFFICER)
    for address in addresses(vehicle):
        assert client.get(address).status_code == 200, address


def test_residents_and_the_public_open_none(vehicle, sign_in, client):
    resident = sign_in(roles.RESIDENT)
    for address in addresses(vehicle):
        assert client.get(address).status_code == 302, address
        assert resident.get(address).status_code == 403, address


def test_the_layer_has_vehicles_that_reported_where_they_are(vehicle, sign_in):
    document = sign_in(roles.DUTY_OFFICER).get(reverse("citysense:vehicles_geojson")).json()
    (feature,) = document["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([121.57, 31.2])
    facts = feature["properties"]
    assert (facts["thing"], round(facts["speed"])) == (vehicle.pk, 57)
    assert facts["time"] > 1_700_000_000_000  # milliseconds


def test_the_layer_follows_positions_where_the_reader_may_see_them(vehicle, sign_in):
    officer = sign_in(roles.DUTY_OFFICER)
    for page in (reverse("citysense:home"), reverse("portal:map")):
        answer = officer.get(page)
        assert "topic=positions" in answer.context["live_ticket"], page
        assert "citysense-vehicles" in answer.content.decode(), page
    public = sign_in(roles.RESIDENT).get(reverse("portal:map"))
    assert "positions" not in public.context["live_ticket"]
    assert "citysense-vehicles" not in public.content.decode()


def test_the_page_of_a_vehicle_tells_its_way_and_its_stops(vehicle, sign_in):
    query = {"from": BEGIN.isoformat(), "to": (BEGIN + timedelta(hours=1)).isoformat()}
    address = reverse("citysense:vehicle", args=[vehicle.pk], query=query)
    answer = sign_in(roles.DUTY_OFFICER).get(address)
    assert len(answer.context["stops"]) == 1
    assert answer.context["summary"].fixes == 11
    assert b"121.53000, 31.20000" in answer.content


def test_files_carry_the_name_of_their_form(vehicle, sign_in):
    client = sign_in(roles.DUTY_OFFICER)
    for form, content_type in (
        ("csv", "text/csv; charset=utf-8"),
        ("gpx", "application/gpx+xml"),
        ("geojson", "application/geo+json"),
    ):
        answer = client.get(reverse("citysense:track_file", args=[vehicle.pk, form]))
        assert answer["Content-Type"] == content_type
        assert f".{form}" in answer["Content-Disposition"]
    assert client.get(reverse("citysense:track_file", args=[vehicle.pk, "exe"])).status_code == 404
    assert client.get(reverse("citysense:vehicle", args=[10**7])).status_code == 404


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [
        ("", "", NOW - timedelta(hours=1), NOW),
        (
            "2026-11-22T15:00",
            "2026-11-22T15:30",
            NOW - timedelta(hours=1),
            NOW - timedelta(minutes=30),
        ),
        ("rubbish", "2026-13-45T00:00", NOW - timedelta(hours=1), NOW),
        ("0001-01-01T00:00", "9999-12-31T00:00", NOW - timedelta(hours=1), NOW),
        ("2026-11-22T17:00", "2026-11-22T16:00", NOW - timedelta(hours=1), NOW),
        ("2020-01-01T00:00Z", "", NOW - LONGEST_SPAN, NOW),
    ],
)
def test_the_span_is_what_was_asked_within_reason(first, last, start, end):
    assert read_span(first, last, NOW) == (start, end)
