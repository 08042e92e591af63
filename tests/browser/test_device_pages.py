"""Devices in a browser: registered, adopted, imported, updated, labelled; every page seen."""

import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage
from tests.browser.looking import find_english, find_violations, is_reached_by_tab, overflow

from ipudong.city.sensing.directory import load_directory
from ipudong.city.sensing.models import QuarantinedDevice, StationCommand, Thing
from ipudong.city.sensing.services import (
    FirmwareReport,
    advance_campaigns,
    note_firmware,
    quarantine_device,
    register_device,
)

HEAD = "name_zh,profile,identity,lon,lat\n"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Media and journal of this test's own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))


def make_fleet(count: int) -> list[Thing]:
    return [
        register_device(
            profile="generic_json",
            identity=f"node-{n}",
            name_zh=f"{n} 号传感器",
            name_en=f"Sensor {n}",
            by="officer",
            at=timezone.now(),
            lon=121.54 + n / 100,
            lat=31.2,
        )
        for n in range(count)
    ]


def test_a_device_is_registered_placed_on_the_map_and_its_token_opens_the_door(
    open_page: OpenPage,
) -> None:
    page = open_page("/devices/new/", language="en", role="integrator")
    page.fill("[name=name_zh]", "一号温度计")
    page.fill("[name=identity]", "room-7")
    page.locator(".map-canvas[data-drawn]").wait_for(timeout=20_000)
    page.locator(".pick-map canvas").click(position={"x": 120, "y": 150})
    expect(page.locator("[name=lon]")).not_to_have_value("")
    page.get_by_role("button", name="Register").click()
    expect(page.locator("h1")).to_contain_text("一号温度计 is registered")
    token = page.locator("#secret").inner_text()
    assert token in page.locator("#snippet-1").inner_text()
    device = load_directory().find_device("mqtt", "room-7")
    assert device is not None
    assert device.accepts(token)
    assert Thing.objects.get().lon is not None
    page.get_by_role("link", name="Open its page").click()
    assert token not in page.content()
    expect(page.get_by_text("Never heard")).to_be_visible()


def test_an_identity_that_is_taken_is_said_beside_the_field(open_page: OpenPage) -> None:
    make_fleet(1)
    page = open_page("/devices/new/", language="en", role="integrator")
    page.fill("[name=name_zh]", "又一个")
    page.fill("[name=identity]", "node-0")
    page.get_by_role("button", name="Register").click()
    expect(page.locator(".field[data-invalid] .field-error")).to_contain_text("registered already")
    expect(page.locator("[name=name_zh]")).to_have_value("又一个")


def test_a_stranger_is_adopted_with_fields_that_were_guessed_and_one_made_new(
    open_page: OpenPage,
) -> None:
    raw = b'{"temp": 21.5, "env": {"rh": 48}, "frob": 7}'
    fields = ("temp", "env.rh", "frob")
    quarantine_device("mqtt", "node-9", "10.0.0.9", raw, "unknown_identity", timezone.now(), fields)
    stranger = QuarantinedDevice.objects.get()
    page = open_page(f"/devices/strangers/{stranger.pk}/", language="en", role="duty_officer")
    rows = page.locator(".field-row")
    expect(rows).to_have_count(3)
    expect(page.get_by_text("last: 21.5")).to_be_visible()
    rows.filter(has_text="frob").locator("select").select_option("__new__")
    page.get_by_role("button", name="Adopt").click()
    expect(page.get_by_text("The device is adopted")).to_be_visible()
    streams = Thing.objects.get().datastreams.values_list("channel", "observed_property")
    assert dict(streams) == {"temp": "temperature", "env.rh": "humidity", "frob": "frob"}


def test_an_import_with_errors_names_their_lines_and_imports_nothing(
    open_page: OpenPage, tmp_path: Path
) -> None:
    table = tmp_path / "devices.csv"
    page = open_page("/devices/import/", language="en", role="integrator")
    table.write_text(
        HEAD + "一号,generic_json,a-1,121.5,31.2\n二号,nothing,a-2,,\n三号,generic_json,a-1,,\n"
    )
    page.set_input_files("[name=file]", table)
    page.locator("button[name=import]").click()
    expect(page.get_by_text("1 new, 0 known, 2 rejected.")).to_be_visible()
    expect(page.locator("tbody tr").nth(0)).to_contain_text("no device profile “nothing”")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("line 2")
    assert not Thing.objects.exists()


def test_a_clean_import_offers_the_tokens_once(open_page: OpenPage, tmp_path: Path) -> None:
    table = tmp_path / "devices.csv"
    table.write_text(HEAD + "一号,generic_json,a-1,121.5,31.2\n二号,generic_json,a-2,,\n")
    page = open_page("/devices/import/", language="en", role="integrator")
    page.set_input_files("[name=file]", table)
    page.locator("button[name=trial]").click()
    expect(page.get_by_text("2 new, 0 known, 0 rejected.")).to_be_visible()
    assert not Thing.objects.exists()
    page.set_input_files("[name=file]", table)
    page.locator("button[name=import]").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download their tokens").click()
    lines = waiting.value.path().read_text("utf-8-sig").splitlines()
    identity, _name, token = lines[1].split(",")
    device = load_directory().find_device("mqtt", identity)
    assert device is not None
    assert device.accepts(token.removeprefix("'"))


def test_firmware_goes_out_by_a_campaign_and_its_progress_is_seen(
    open_page: OpenPage, tmp_path: Path
) -> None:
    make_fleet(4)
    image = tmp_path / "image.bin"
    image.write_bytes(b"firmware" * 100)
    page = open_page("/devices/firmware/new/", language="en", role="integrator")
    page.select_option("[name=profile]", "generic_json")
    page.fill("[name=version]", "2.0")
    page.set_input_files("[name=file]", image)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("link", name="Start a campaign").first.click()
    page.fill("[name=title]", "第二版")
    page.fill("[name=canary_percent]", "25")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_have_text("第二版")
    advance_campaigns(timezone.now())
    told = StationCommand.objects.get()
    note_firmware([FirmwareReport(told.thing_id, "2.0", timezone.now())])
    advance_campaigns(timezone.now())
    page.reload()
    progress = page.locator(".progress-bar-line")
    expect(progress).to_have_attribute("aria-label", "1 of 4 devices updated, 0 failed")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Abort").click()
    expect(page.get_by_text("Aborted by hand.")).to_be_visible()


def test_a_label_leads_to_its_device(open_page: OpenPage) -> None:
    [thing] = make_fleet(1)
    page = open_page(f"/devices/labels/?id={thing.pk}", language="en", role="duty_officer")
    title = page.locator(".label svg title").text_content() or ""
    found = re.search(r"/d/[0-9A-Z-]+$", title)
    assert found is not None
    page.goto(found.group())
    expect(page.locator("h1")).to_have_text("Sensor 0")


def test_twenty_four_labels_fill_one_sheet(open_page: OpenPage) -> None:
    [thing] = make_fleet(1)
    page = open_page(f"/devices/labels/?id={thing.pk}&copies=24", role="duty_officer")
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1


PAGES = (
    "/devices/",
    "/devices/new/",
    "/devices/import/",
    "/devices/profiles/",
    "/devices/profiles/new/?like=jt808_terminal",
    "/devices/keys/",
    "/devices/commands/",
    "/devices/firmware/",
    "/devices/firmware/new/",
    "/devices/campaigns/new/",
    "/devices/labels/",
    "/devices/{id}/",
    "/devices/{id}/edit/",
    "/devices/{id}/credential/",
    "/devices/{id}/fields/",
)


@pytest.mark.parametrize("path", PAGES)
def test_device_pages_have_no_barriers_fit_a_phone_and_speak_chinese(
    open_page: OpenPage, path: str
) -> None:
    [thing] = make_fleet(1)
    page = open_page(path.format(id=thing.pk), role="administrator")
    assert find_violations(page) == []
    assert find_english(page) == []
    page.set_viewport_size({"width": 360, "height": 780})
    page.wait_for_timeout(100)
    assert overflow(page) <= 0


def test_a_device_is_registered_without_a_mouse(open_page: OpenPage) -> None:
    page: Page = open_page("/devices/new/", role="integrator")
    assert is_reached_by_tab(page, "main form button.btn-primary")
