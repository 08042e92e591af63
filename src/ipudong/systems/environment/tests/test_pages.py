"""Every page opens for whom it should, for nobody else, with a bounded number of queries."""

from contextlib import closing
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ipudong.city.sensing.history import open_journal, open_lake
from ipudong.city.sensing.models import Thing
from ipudong.systems.environment.urls import urlpatterns

pytestmark = pytest.mark.django_db
MOST_QUERIES = 24
PUBLIC = (
    *("air", "air_geojson", "pm25_surface", "pm25_error", "air_station", "air_csv"),
    *("water", "water_geojson", "water_section", "water_csv"),
    *("emission", "emission_geojson", "outlet", "outlet_csv", "quality"),
)
STAFF = ("desk", "emission_report")
ACTS = ("settle_finding", "handle_event", "handle_alarm")
STATIONS = {
    **dict.fromkeys(("air_station", "air_csv"), "air_station"),
    **dict.fromkeys(("water_section", "water_csv"), "water_station"),
    **dict.fromkeys(("outlet", "outlet_csv"), "emission_outlet"),
}


def address(name: str) -> str:
    if name in STATIONS:
        thing = Thing.objects.filter(kind=STATIONS[name]).first()
        return reverse(f"environment:{name}", args=[thing.pk])
    if name == "emission_report":
        now = datetime.now(UTC)
        return reverse("environment:emission_report", args=[now.year, now.month, "xlsx"])
    if name in ACTS:
        args = [1] if name == "settle_finding" else [1, "acknowledge"]
        return reverse(f"environment:{name}", args=args)
    return reverse(f"environment:{name}")


def test_every_address_is_visited_by_these_tests():
    assert {p.name for p in urlpatterns} == {*PUBLIC, *STAFF, *ACTS}


def test_a_resident_opens_every_public_page_in_both_languages(measured):
    for language in ("zh-hans", "en"):
        client = Client(headers={"accept-language": language})
        for name in PUBLIC:
            answer = client.get(address(name))
            assert answer.status_code == 200, name
            assert b"{%" not in answer.content, name


def test_public_pages_open_before_anything_was_measured(demo):
    for name in PUBLIC:
        assert Client().get(address(name)).status_code == 200, name


def test_the_queries_of_a_page_do_not_grow_with_the_stations(measured):
    for name in PUBLIC:
        url = address(name)
        with CaptureQueriesContext(connection) as queries:
            Client().get(url)
        assert len(queries) <= MOST_QUERIES, name


def test_a_staff_page_sends_a_stranger_to_sign_in(demo):
    for name in STAFF:
        answer = Client().get(address(name))
        assert answer.status_code == 302, name
        assert "/accounts/login" in answer.url, name


def test_a_staff_page_is_closed_to_a_resident_and_open_to_a_duty_officer(demo, sign_in):
    resident, officer = sign_in("resident"), sign_in("duty_officer")
    for name in STAFF:
        assert resident.get(address(name)).status_code == 403, name
        assert officer.get(address(name)).status_code == 200, name


def test_only_who_handles_events_may_act(demo, sign_in):
    for role in ("resident", "clerk", "supervisor"):
        client = sign_in(role)
        for name in ACTS:
            assert client.post(address(name)).status_code == 403, (role, name)


def test_an_air_page_says_the_number_the_standard_and_that_it_is_simulated(measured):
    page = Client().get(reverse("environment:air")).content.decode()
    assert "HJ 633-2026" in page
    assert "模拟数据" in page
    assert 'class="env-badge"' in page


def test_a_past_moment_can_be_asked_for_and_nonsense_is_now(measured):
    url = address("air_station")
    assert Client().get(url, {"at": "2014-07-01T12:00"}).status_code == 200
    assert Client().get(url, {"at": "yesterday-ish"}).status_code == 200
    assert Client().get(url, {"at": "9999-99-99"}).status_code == 200


def test_an_unknown_station_and_a_station_of_another_kind_are_not_found(demo):
    river = Thing.objects.filter(kind="water_station").first()
    assert Client().get(reverse("environment:air_station", args=[999_999])).status_code == 404
    assert Client().get(reverse("environment:air_station", args=[river.pk])).status_code == 404


def test_the_monthly_report_is_made_in_both_forms_and_no_other(measured, sign_in):
    now, clerk = datetime.now(UTC), sign_in("clerk")
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        url = reverse("environment:emission_report", args=[now.year, now.month, form])
        assert clerk.get(url).content.startswith(start)
    for wrong in ("2026-13.pdf", "2026-1.docx", "2999-1.pdf"):
        assert clerk.get(f"/environment/emission/report/{wrong}").status_code == 404


def test_the_map_layers_hold_what_the_browser_reads(measured):
    for name in ("air_geojson", "water_geojson", "emission_geojson", "pm25_surface"):
        document = Client().get(address(name)).json()
        assert document["features"]
        for feature in document["features"]:
            assert {"title", "url", "value", "color"} <= feature["properties"].keys()


def test_pages_of_history_say_that_the_lake_is_away_and_the_home_page_stays(measured):
    lake = open_lake()
    with closing(open_journal()) as journal:
        lake.seal(journal)
    lake.root.rename(lake.root.with_name("elsewhere"))
    for name in set(PUBLIC) - {"quality"}:  # findings are records, not readings
        answer = Client().get(address(name), headers={"accept-language": "en"})
        assert answer.status_code == 503, name
        assert "lake.missing" in answer.content.decode(), name
    home = Client().get("/", headers={"accept-language": "en"})
    assert home.status_code == 200
    assert "Cannot be shown right now" in home.content.decode()
    lake.root.with_name("elsewhere").rename(lake.root)
    assert Client().get(address("air_station")).status_code == 200
