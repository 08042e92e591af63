"""`connect-a-sensor.md` followed to the letter, in a browser and a shell."""

import re
import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import ComeIn
from tests.journeys.tutorial import read_section, run_blocks
from tests.running import District, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def _register(page: Page, name: str, identity: str, profile: str) -> str:
    """Register a device as the tutorial says; the token its page shows once."""
    page.goto("/devices/")
    page.get_by_role("link", name="Register a device").first.click()
    page.select_option("[name=profile]", label=profile)
    page.fill("[name=name_zh]", name)
    page.fill("[name=identity]", identity)
    page.get_by_role("button", name="Register").click()
    token = page.locator("#secret").inner_text()
    page.get_by_role("link", name="Open its page").click()
    time.sleep(2)  # nobody pastes faster; the gateway knows a new device within a second
    return token


def _shows(page: Page, text: str) -> bool:
    page.reload()
    return text in page.locator("main").inner_text()


def test_an_mqtt_sensor_in_five_minutes(
    district: District, come_in: ComeIn, tmp_path: Path
) -> None:
    assert shutil.which("mosquitto_pub"), "tools/prepare-debian installs it"
    page = come_in("admin")
    token = _register(
        page, "我的第一个传感器", "my-first-sensor", "Any device that sends JSON (MQTT)"
    )
    paste, first, second, attributes, python = read_section("MQTT")
    run_blocks([paste, first], district, token, tmp_path)
    wait_for(lambda: _shows(page, "21.5"), within_s=20, what="21.5 on its page")
    assert _shows(page, "48")
    expect(page.locator("main")).to_contain_text("Online")
    run_blocks([paste, second], district, token, tmp_path)
    expect(page.locator("main")).to_contain_text("22.5", timeout=20_000)  # by itself

    publish, watch = re.split(r"^(?=mosquitto_sub)", attributes, flags=re.MULTILINE)
    run_blocks([paste, publish], district, token, tmp_path)
    wait_for(lambda: _shows(page, "1.0.0"), within_s=20, what="the firmware on its page")
    page.locator("summary", has_text="Restart").click()
    page.locator("details[open] button").first.click()
    # Whoever is away when a command is sent gets it on coming back; -C 1 ends after one message.
    heard = run_blocks(
        [paste, watch.replace("mosquitto_sub", "mosquitto_sub -C 1 -W 40")],
        district,
        token,
        tmp_path,
    )
    assert re.search(r"v1/devices/my-first-sensor/commands/\d+ ", heard), heard
    run_blocks([paste, python], district, token, tmp_path)
    wait_for(lambda: _shows(page, "21.9"), within_s=20, what="21.9 on its page")


def test_a_collector_that_posts_lines_csv_and_json(
    district: District, come_in: ComeIn, tmp_path: Path
) -> None:
    page = come_in("admin")
    token = _register(
        page, "采集器", "my-collector", "Any collector that posts lines or CSV (HTTP)"
    )
    lines, rest = read_section("HTTP: line protocol, CSV, JSON")
    wait_for(  # "A 503 says that the datastreams are still being made: send it once more."
        lambda: "204 No Content" in run_blocks([lines], district, token, tmp_path),
        within_s=20,
        what="204",
    )
    wait_for(lambda: _shows(page, "21.5"), within_s=20, what="21.5 on its page")
    answers = run_blocks(["TOKEN='paste the token here'", rest], district, token, tmp_path)
    assert len(re.findall(r"^HTTP/1.1 (20[0-9]|503)", answers, re.MULTILINE)) == 2, answers


def test_a_program_that_describes_its_own_sensor(
    district: District, come_in: ComeIn, tmp_path: Path
) -> None:
    page = come_in("admin")
    page.goto("/administration/tokens/")
    page.get_by_role("link", name="Issue a token").first.click()
    page.fill("[name=name]", "tutorial")
    page.get_by_label("Send observations through the interface").check()
    page.get_by_label(
        "Create, change and delete things and datastreams through the interface"
    ).check()
    page.get_by_role("button", name="Issue the token").click()
    token = page.locator("#token").input_value()
    printed = run_blocks(read_section("SensorThings"), district, token, tmp_path)
    assert "HTTP/1.1 201" in printed, printed
    assert re.search(r'"result": ?4\.5', printed), printed
