"""Pages that anyone may open."""

import pytest
from django.core.signing import loads
from django.test import Client
from django.urls import reverse

PUBLIC = ("home", "search", "services", "about", "board", "wall", "tasks", "map")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", PUBLIC)
def test_anyone_may_open(name: str, language: str, district: None, client: Client) -> None:
    client.cookies["django_language"] = language
    answer = client.get(reverse(f"portal:{name}"))
    assert answer.status_code == 200
    assert "Content-Security-Policy" in answer.headers
    assert b"<script>" not in answer.content
    assert b" onclick=" not in answer.content


@pytest.mark.parametrize("name", ["alarms", "devices", "desk"])
def test_a_stranger_is_asked_to_sign_in(name: str, district: None, client: Client) -> None:
    answer = client.get(reverse(f"portal:{name}"))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


def test_before_the_plan_is_loaded_the_pages_say_so(db: None, client: Client) -> None:
    for name in PUBLIC:
        assert client.get(reverse(f"portal:{name}")).status_code == 200


def test_every_task_and_mark_has_its_page(district: None, client: Client) -> None:
    for number in range(1, 24):
        assert client.get(reverse("portal:task", args=[number])).status_code == 200
    assert client.get(reverse("portal:mark", args=["1.1"])).status_code == 200


def test_an_unmeasured_mark_says_so(district: None, client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = client.get(reverse("portal:mark", args=["1.1"])).content.decode()
    assert "Not measured yet" in page
    assert "29,000 sheath-km" in page


def test_the_board_can_be_narrowed(district: None, client: Client) -> None:
    client.cookies["django_language"] = "en"
    whole = client.get(reverse("portal:board")).content.decode()
    part = client.get(reverse("portal:board"), {"q": "fiber"}, headers={"HX-Request": "true"})
    assert "Homes passed by fiber" in part.content.decode()
    assert "WiFi hotspots" in whole
    assert "WiFi hotspots" not in part.content.decode()
    assert b"<html" not in part.content
    assert "HX-Request" in part.headers["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(district: None, client: Client) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert b"<html" in client.get(reverse("portal:board"), headers=headers).content


def test_the_board_comes_as_a_file(district: None, client: Client) -> None:
    answer = client.get(reverse("portal:board_csv"), {"group": "infrastructure"})
    lines = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert lines[1].startswith("1,")
    assert not any(line.startswith("10,") for line in lines)


def test_a_strange_filter_shows_all(district: None, client: Client) -> None:
    answer = client.get(reverse("portal:board"), {"group": "'--", "state": "<b>", "q": "%%"})
    assert answer.status_code == 200


@pytest.mark.parametrize("words", ["陆家嘴", "lujiazui", "宽带", "broadband", "plan board"])
def test_search_finds(words: str, district: None, client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = client.get(reverse("portal:search"), {"q": words}).content.decode()
    assert 'class="hits"' in page


def test_search_without_findings_suggests(district: None, client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = client.get(reverse("portal:search"), {"q": "<script>qq"}).content.decode()
    assert "Nothing was found" in page
    assert "<script>qq" not in page


def test_places_are_drawn_in_the_readers_language(district: None, client: Client) -> None:
    url = reverse("portal:places_geojson")
    client.cookies["django_language"] = "en"
    english = client.get(url).json()
    client.cookies["django_language"] = "zh-hans"
    chinese = client.get(url).json()
    assert len(english["features"]) == len(chinese["features"]) == 36
    names = {feature["properties"]["name"] for feature in chinese["features"]}
    assert "张江镇" in names
    assert all(feature["properties"]["approximate"] for feature in english["features"])


def test_a_theme_is_kept_and_a_strange_one_is_not(client: Client, db: None) -> None:
    url = reverse("portal:set_theme")
    answer = client.post(url, {"theme": "dark", "next": "/plan/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/plan/")
    assert b'data-theme="dark"' in client.get(reverse("portal:about")).content
    client.post(url, {"theme": '"><script>', "next": "https://elsewhere.example/"})
    assert client.cookies["theme"].value == "dark"


def test_one_is_never_sent_to_another_site(client: Client, db: None) -> None:
    answer = client.post(reverse("portal:set_theme"), {"next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_a_ticket_holds_the_topics_asked_for(client: Client, db: None) -> None:
    url = reverse("portal:live_ticket")
    answer = client.get(url, {"topic": ["things:environment", "datastreams:1,2"]})
    ticket = answer.json()["url"].partition("ticket=")[2].replace("%3A", ":")
    assert loads(ticket, salt="ipudong.live")["t"] == ["datastreams:1,2", "things:environment"]


@pytest.mark.parametrize("topic", ["alarms", "secrets", ""])
def test_a_ticket_for_what_one_may_not_see_is_refused(topic: str, client: Client, db: None) -> None:
    assert client.get(reverse("portal:live_ticket"), {"topic": topic}).status_code == 403
