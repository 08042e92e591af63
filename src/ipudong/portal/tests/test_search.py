"""What is found, and by whom."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from ipudong.city.identity.roles import DUTY_OFFICER, RESIDENT
from ipudong.city.sensing.models import Alarm

SignIn = Callable[[str], Client]


def hits(client: Client, wanted: str) -> set[str]:
    """Addresses found."""
    client.cookies["django_language"] = "en"
    found = client.get(reverse("portal:search"), {"q": wanted}).context["found"]
    return {hit.url for rows in found.values() for hit in rows}


@pytest.mark.parametrize("wanted", ["Chuansha", "川沙站", "31011500000001"])
def test_devices_are_found_by_name_and_identity(
    wanted: str, alarm: Alarm, sign_in: SignIn, client: Client
) -> None:
    page = reverse("portal:device", args=[alarm.thing_id])
    assert page in hits(sign_in(DUTY_OFFICER), wanted)
    assert page not in hits(sign_in(RESIDENT), wanted)
    assert page not in hits(client, wanted)


@pytest.mark.parametrize("wanted", ["PM2.5 is high", "偏高", "pm25-high"])
def test_alarms_are_found_by_their_rule_by_those_who_may_see_them(
    wanted: str, alarm: Alarm, sign_in: SignIn, client: Client
) -> None:
    page = reverse("portal:alarm", args=[alarm.pk])
    assert page in hits(sign_in(DUTY_OFFICER), wanted)
    assert page not in hits(sign_in(RESIDENT), wanted)
    assert page not in hits(client, wanted)


def test_tasks_marks_and_places_are_found_by_anybody(district: None, client: Client) -> None:
    found = hits(client, "fiber")
    assert any(url.startswith("/plan/marks/") for url in found)
    assert any(url.startswith("/plan/tasks/") for url in hits(client, "broadband"))
    assert any("place=" in url for url in hits(client, "Lujiazui"))


def test_what_nobody_wrote_finds_nothing(alarm: Alarm, sign_in: SignIn) -> None:
    assert hits(sign_in(DUTY_OFFICER), "zzzz") == set()


def test_a_place_that_was_found_is_where_the_map_begins(district: None, client: Client) -> None:
    (address,) = [url for url in hits(client, "Lujiazui") if "place=" in url]
    focus = client.get(address).context["spec"]["focus"]
    assert "Lujiazui" in focus["title"]
    assert (focus["lon"], focus["lat"]) == pytest.approx((121.50, 31.24), abs=0.03)
    for nowhere in ("0", "x" * 500, "<b>"):
        answer = client.get(reverse("portal:map"), {"place": nowhere})
        assert "focus" not in answer.context["spec"]
