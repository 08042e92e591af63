"""The environment pages in a real browser: for everyone, in both languages, at every width."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.sensing.models import Alarm, Datastream, Rule, Thing
from ipudong.city.sensing.services import quarantine_device
from ipudong.systems.environment.services import record_exceedances, record_findings

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

HOURS_KEPT = 60
# Page, and what somebody without a mouse must be able to come to.
PAGES = {
    "air": "#env-place",
    "air_station": "main a[href$='.csv']",
    "water": "main a[href*='/water/']",
    "water_section": "main a[href$='.csv']",
    "emission": "main a[href*='/emission/']",
    "outlet": "main a[href$='.csv']",
    "quality": "#env-code",
    "desk": "main .env-counts a",
}
KINDS = {
    "air_station": ("air", "air_station"),
    "water_section": ("water", "water_station"),
    "outlet": ("emission", "emission_outlet"),
}


def path_of(name: str) -> str:
    if name not in KINDS:
        return "/environment/" if name == "air" else f"/environment/{name}/"
    folder, kind = KINDS[name]
    return f"/environment/{folder}/{Thing.objects.filter(kind=kind).first().pk}/"


def fill_the_desk() -> None:
    """Something in every list of the desk."""
    now = datetime.now(UTC)
    record_exceedances(now)
    record_findings(now)
    stream = Datastream.objects.filter(observed_property__code="pm25", period="hour").first()
    Alarm.objects.create(
        rule=Rule.objects.get(code="environment-pm25-above-150"),
        thing=stream.thing,
        datastream=stream,
        severity="orange",
        raised_at=now,
        began_at=now,
        noticed_at=now,
        changed_at=now,
        value=171.0,
        peak=173.0,
        limit=150.0,
    )
    quarantine_device("hj212", "STRANGER01", "127.0.0.1:50000", b"##", "unknown_mn", now)


@pytest.fixture(scope="module")
def environment_server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("environment")
    with serving(folder, django_db_blocker, hours=HOURS_KEPT) as address:
        fill_the_desk()
        yield address


@pytest.fixture(scope="module")
def visitor(chromium: Browser, environment_server: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, environment_server)
    visitor.sign_in("duty_officer")
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_keeps_nobody_out(name: str, visitor: Visitor) -> None:
    assert_chinese_is_for_everyone(visitor, path_of(name), PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_keeps_nobody_out_in_the_dark(name: str, visitor: Visitor) -> None:
    assert_english_is_for_everyone(visitor, path_of(name))
