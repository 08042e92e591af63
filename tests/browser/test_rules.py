"""Rules, areas and alarms in a real browser: drafted by hand and keyboard, tried, watched."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.looking import find_violations, overflow

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.history import open_journal
from ipudong.city.sensing.models import Alarm, Datastream, Fence, ObservedProperty, Rule
from ipudong.city.sensing.profiles import Channel
from ipudong.city.sensing.services.alarm_ledger import apply_rule_changes
from ipudong.city.sensing.services.things import register_thing
from ipudong.city.sensing.services.trials import run_trials
from ipudong.store import batches

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
OpenPage = Callable[..., Page]


@pytest.fixture
def stream(district: None) -> Datastream:
    """A station whose PM2.5 swung for three days."""
    ObservedProperty.objects.get_or_create(
        code="pm25", defaults={"name_zh": "PM2.5", "unit": "ug/m3"}
    )
    now = timezone.now()
    station = register_thing(
        name_zh="川沙站",
        name_en="Chuansha",
        kind="air_station",
        system="environment",
        at=now - timedelta(days=9),
        channels=[Channel(field="2011/a34004-Rtd", property="pm25", unit="ug/m3")],
    )
    stream = station.datastreams.get()
    minutes = np.arange(0, 3 * 1440, 10)
    times = to_us(now - timedelta(days=3)) + minutes * 60_000_000
    values = 60 + 30 * np.sin(minutes / 229)
    journal = open_journal()
    columns = (np.full(len(times), stream.pk, np.int32), times, values)
    rows = batches.observations(*columns, np.zeros(len(times), np.uint8))
    journal.append(batches.OBSERVATIONS, [rows])
    journal.close()
    return stream


@pytest.fixture
def alarm(stream: Datastream) -> Alarm:
    """One alarm of that station."""
    rule = Rule.objects.create(
        code="high",
        name_zh="PM2.5 偏高",
        name_en="PM2.5 is high",
        kind="above",
        limit=75,
        observed_property_id="pm25",
        advice="现场核查",
    )
    at = to_us(datetime.now(UTC) - timedelta(hours=2))
    event = AlarmEvent(rule.pk, stream.pk, at, at, 80.0, 88.0)
    apply_rule_changes(Changes(raised=(event,)), at=timezone.now())
    return Alarm.objects.get()


def test_a_rule_is_drafted_tried_and_switched_on_without_a_mouse(
    stream: Datastream, open_page: OpenPage
) -> None:
    page = open_page("/rules/new/above/", role="duty_officer", language="en")
    page.get_by_label("Chinese name").focus()
    page.keyboard.type("PM2.5 偏高")
    page.get_by_label("What is observed").select_option("pm25")
    page.get_by_label("Limit", exact=True).fill("80")
    page.get_by_label("Only this device").fill(f"川沙站 #{stream.thing_id}")
    page.get_by_role("button", name="Save and try on the last 30 days").press("Enter")
    expect(page.get_by_text("readings judged")).to_be_visible()
    run_trials(now=timezone.now())
    expect(page.locator(".trial-verdict")).to_contain_text("alarms in the last 30 days")
    expect(page.locator(".chart-plot[data-drawn] canvas").first).to_be_visible()
    assert find_violations(page) == []
    page.get_by_role("button", name="Switch on").press("Enter")
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    rule = Rule.objects.get(code__startswith="own-")
    assert (rule.enabled, rule.trials.get().count) == (True, 3)


def test_an_area_is_drawn_by_clicks_and_by_keys(open_page: OpenPage) -> None:
    page = open_page("/rules/areas/new/", role="duty_officer", language="en")
    canvas = page.locator(".map-canvas[data-drawn]")
    expect(canvas).to_be_visible(timeout=30_000)
    page.get_by_label("Chinese name").fill("外高桥")
    for x, y in ((200, 200), (300, 200), (300, 320)):
        canvas.click(position={"x": x, "y": y})
    corners = page.get_by_label("Corners")
    assert len(corners.input_value().splitlines()) == 3
    page.get_by_role("button", name="Take back the last corner").press("Enter")
    assert len(corners.input_value().splitlines()) == 2
    corners.press("Control+End")
    corners.type("\n121.6, 31.3")
    page.get_by_role("button", name="Save").press("Enter")
    page.wait_for_url("**/rules/areas/")
    assert Fence.objects.get().corners[2] == [121.6, 31.3]
    page.goto("/rules/areas/new/")
    page.get_by_label("Shape").select_option("place")
    expect(page.get_by_label("Subdistrict or town")).to_be_visible()
    expect(page.get_by_label("Corners")).to_be_hidden()


def test_alarms_are_marked_taken_and_put_aside(alarm: Alarm, open_page: OpenPage) -> None:
    page = open_page("/alarms/", role="duty_officer", language="en")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Take the marked").click()
    expect(page.get_by_text("You took 1 alarm.")).to_be_visible()
    page.goto(f"/alarms/{alarm.pk}/")
    expect(page.locator(".chart-plot[data-drawn]")).to_be_visible()
    page.get_by_text("Give it to somebody, or put it aside").click()
    page.get_by_label("Reason", exact=True).fill("已知")
    page.get_by_role("button", name="Put aside").click()
    expect(page.get_by_text("Held back until")).to_be_visible()
    alarm.refresh_from_db()
    assert alarm.state == "suppressed"


@pytest.mark.parametrize(("theme", "language"), [("light", "zh-hans"), ("dark", "en")])
def test_the_pages_keep_nobody_out_and_fit_a_small_phone(
    theme: str, language: str, alarm: Alarm, open_page: OpenPage
) -> None:
    page = open_page("/alarms/", role="administrator", theme=theme, language=language)
    faults = {}
    for path in (
        "/alarms/",
        f"/alarms/{alarm.pk}/",
        "/alarms/maintenance/",
        "/alarms/policies/",
        "/alarms/policies/new/",
        "/alarms/deliveries/",
        "/desk/",
        "/rules/",
        "/rules/new/",
        "/rules/new/combination/",
        f"/rules/{alarm.rule_id}/",
        "/rules/areas/",
        "/rules/areas/new/",
    ):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        found = find_violations(page)
        page.set_viewport_size({"width": 360, "height": 800})
        if overflow(page) > 0:
            found.append(f"{overflow(page)} px too wide")
        if found:
            faults[path] = found
    assert faults == {}
