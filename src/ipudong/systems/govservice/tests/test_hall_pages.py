"""The hall: open for everybody, in both languages, closed where the permit was withdrawn."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from ipudong.city.identity.models import PermitChange
from ipudong.systems.govservice.tests.item_cases import CODES, load_house

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]
PAGES = (
    "/govservice/",
    "/govservice/items/",
    "/govservice/items/?theme=city&department=construction&for=person&online=1&page=2",
    "/govservice/items/restaurant/",
    "/govservice/items/restaurant/?situation=large",
    "/govservice/items/passport/",
    "/govservice/items/restaurant/check/",
    "/govservice/journeys/birth/",
    "/govservice/search/",
    "/govservice/search/?q=baitan",
    "/govservice/suggest/?q=kai",
    "/govservice/health/",
    "/govservice/catalogue.ttl",
    "/govservice/items/birth.jsonld",
)


@pytest.fixture(scope="module", autouse=True)
def hall(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        load_house()
        yield
        transaction.set_rollback(True)


def text_of(client: Client, path: str, language: str = "zh-hans") -> str:
    client.cookies["django_language"] = language
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_opens_for_anyone(path: str, language: str, client: Client) -> None:
    text_of(client, path, language)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_closed_where_the_permit_was_withdrawn(path: str, client: Client) -> None:
    PermitChange.objects.create(action="govservice.view", role="public", allowed=False)
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("code", CODES)
def test_every_guide_says_what_it_takes_in_both_languages(code: str, client: Client) -> None:
    chinese, english = (
        text_of(client, f"/govservice/items/{code}/", language) for language in ("zh-hans", "en")
    )
    assert "申请材料" in chinese
    assert "个工作日" in chinese
    assert "Materials" in english
    assert "working day" in english


def test_a_situation_changes_materials_and_time(client: Client) -> None:
    small = text_of(client, "/govservice/items/restaurant/?situation=drinks")
    large = text_of(client, "/govservice/items/restaurant/?situation=large")
    assert "公众聚集场所消防安全告知承诺书" in large
    assert "公众聚集场所消防安全告知承诺书" not in small
    assert '<strong class="figure">7</strong>' in small
    assert '<strong class="figure">10</strong>' in large


def test_an_unknown_situation_shows_the_first(client: Client) -> None:
    text = text_of(client, "/govservice/items/restaurant/?situation=<script>")
    assert "<script>" not in text.split("<body")[1].split("words")[0]


@pytest.mark.parametrize(
    "path",
    [
        "/govservice/items/nothing/",
        "/govservice/items/passport/check/",
        "/govservice/journeys/nothing/",
        "/govservice/catalogue.exe",
        "/govservice/items/nothing.ttl",
    ],
)
def test_what_is_not_there_is_said_so(path: str, client: Client) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"area_m2": "80", "fumes": "yes", "building": "commercial"}, "可以开店，不须消防安全检查"),
        ({"area_m2": "800", "fumes": "no", "building": "commercial"}, "须通过消防安全检查"),
        ({"area_m2": "80", "fumes": "yes", "building": "residential"}, "有油烟的餐饮不能开在这里"),
        ({"area_m2": "80", "fumes": "yes"}, "请回答每一个问题"),
        ({"area_m2": "-1; drop", "fumes": "yes", "building": "commercial"}, "请回答每一个问题"),
    ],
)
def test_the_check_answers_by_the_published_rules(
    answers: dict[str, str], said: str, client: Client
) -> None:
    answer = client.post("/govservice/items/restaurant/check/", answers)
    assert said in answer.content.decode()


def test_a_search_without_a_finding_helps_on(client: Client) -> None:
    text = text_of(client, "/govservice/search/?q=zzzzqqqq")
    assert "没有找到" in text
    assert "12345" in text
    assert "/govservice/journeys/birth/" in text


def test_a_query_is_shown_as_text_never_as_markup(client: Client) -> None:
    text = text_of(client, "/govservice/search/?q=<img src=x onerror=alert(1)>")
    assert "<img src=x" not in text


def test_the_search_of_the_portal_finds_services(client: Client) -> None:
    text = text_of(client, "/search/?q=摆地摊")
    assert "/govservice/items/street_stall/" in text


def test_an_item_that_is_not_online_says_so(client: Client) -> None:
    assert "还不能网上办理" in text_of(client, "/govservice/items/passport/")
