"""Firmware goes out to a first share of the devices, then to the rest, and stops when it hurts."""

import hashlib
import io
from datetime import datetime, timedelta

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.firmware_tickets import (
    FirmwareTicket,
    issue_firmware_ticket,
    read_firmware_ticket,
)
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import Campaign, FirmwarePackage, StationCommand, Thing
from ipudong.city.sensing.profiles import declare_profiles, sync_declared
from ipudong.city.sensing.services import (
    FirmwareReport,
    Pace,
    abort_campaign,
    advance_campaigns,
    cancel_command,
    expire_commands,
    finish_command,
    media_file,
    note_download,
    note_firmware,
    pause_campaign,
    queue_command,
    register_device,
    resume_campaign,
    retry_command,
    start_campaign,
    store_firmware,
    take_commands,
    withdraw_firmware,
)

pytestmark = pytest.mark.django_db
IMAGE = b"\x7fELF firmware" * 1000


@pytest.fixture
def fleet(noon, tmp_path, monkeypatch) -> list[Thing]:
    """Ten generic sensors, and a data folder of this test's own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    sync_declared([HOUSE])
    declare_profiles(HOUSE.device_profiles)
    return [
        register_device(
            profile="generic_json", identity=f"n-{n}", name_zh=f"{n} 号", by="officer", at=noon
        )
        for n in range(10)
    ]


@pytest.fixture
def package(fleet, noon) -> FirmwarePackage:
    return store(noon)


def store(noon, content: bytes = IMAGE, **more) -> FirmwarePackage:
    facts = {"profile": "generic_json", "version": "2.0", "name": "../固件 v2.bin", **more}
    return store_firmware(**facts, content=io.BytesIO(content), by="officer", at=noon)


def start(package: FirmwarePackage, noon: datetime, **pace) -> Campaign:
    things = Thing.objects.values_list("pk", flat=True)
    return start_campaign(
        package=package, title="二版", things=things, by="officer", at=noon, pace=Pace(**pace)
    )


def states(campaign: Campaign) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in campaign.targets.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def report(campaign: Campaign, noon: datetime, count: int, version: str = "2.0") -> None:
    told = campaign.targets.filter(state__in=("notified", "downloading"))[:count]
    note_firmware([FirmwareReport(target.thing_id, version, noon) for target in told])


def test_a_package_is_kept_whole_with_its_digest_under_a_harmless_name(package) -> None:
    assert media_file(package).read_bytes() == IMAGE
    assert (package.sha256, package.size) == (hashlib.sha256(IMAGE).hexdigest(), len(IMAGE))
    assert ".." not in package.path
    assert package.name == "_v2.bin"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"content": b"", "version": "3"}, "file_empty"),
        ({"version": "2.0"}, "version_taken"),
        ({"version": "3", "profile": "nothing"}, "unknown_profile"),
    ],
)
def test_what_is_no_package_is_refused(package, noon, more, code) -> None:
    with pytest.raises(SensingError) as refused:
        store(noon, **more)
    assert refused.value.code == code
    assert len(list(media_file(package).parent.iterdir())) == 1


def test_a_file_too_large_leaves_nothing_behind(package, noon, monkeypatch) -> None:
    monkeypatch.setattr("ipudong.city.sensing.services.campaigns.MOST_BYTES", 100)
    with pytest.raises(SensingError) as refused:
        store(noon, version="3")
    assert refused.value.code == "file_too_large"
    assert len(list(media_file(package).parent.iterdir())) == 1


def test_the_first_share_goes_first_and_the_rest_when_it_did_well(package, noon) -> None:
    campaign = start(package, noon, canary_percent=15)
    advance_campaigns(noon)
    assert states(campaign) == {"notified": 2, "pending": 8}
    advance_campaigns(noon)
    assert states(campaign) == {"notified": 2, "pending": 8}
    report(campaign, noon, 2)
    advance_campaigns(noon + timedelta(seconds=10))
    assert states(campaign) == {"applied": 2, "notified": 8}
    report(campaign, noon, 8)
    advance_campaigns(noon + timedelta(seconds=20))
    campaign.refresh_from_db()
    assert (campaign.state, states(campaign)) == ("finished", {"applied": 10})


def test_devices_are_told_where_what_and_how_to_check_it(package, noon) -> None:
    start(package, noon, canary_percent=10)
    advance_campaigns(noon)
    command = StationCommand.objects.get()
    arguments = command.arguments
    assert arguments["sha256"] == package.sha256
    assert f"/firmware/{package.pk}/" in arguments["url"]
    ticket = read_firmware_ticket(arguments["url"].partition("?ticket=")[2])
    assert ticket == FirmwareTicket(package.pk, command.thing_id)


def test_no_more_devices_are_under_way_than_the_campaign_says(package, noon) -> None:
    campaign = start(package, noon, canary_percent=0, at_once=3)
    advance_campaigns(noon)
    assert states(campaign) == {"notified": 3, "pending": 7}
    report(campaign, noon, 1)
    advance_campaigns(noon)
    assert states(campaign) == {"applied": 1, "notified": 3, "pending": 6}


def test_a_first_share_that_fails_stops_the_campaign(package, noon) -> None:
    campaign = start(package, noon, canary_percent=20, most_failed_percent=40)
    advance_campaigns(noon)
    refused = StationCommand.objects.first()
    assert refused is not None
    finish_command(
        command_id=refused.pk, state="refused", at=noon, answer={"reason": "battery low"}
    )
    advance_campaigns(noon)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.ended_reason) == ("aborted", "too_many_failed")
    assert states(campaign) == {"failed": 1, "canceled": 9}
    assert campaign.targets.get(state="failed").detail == "battery low"
    assert StationCommand.objects.filter(state="canceled").count() == 1


def test_a_device_that_never_reports_the_version_times_out(package, noon) -> None:
    campaign = start(package, noon, canary_percent=0, timeout_s=600, most_failed_percent=100)
    advance_campaigns(noon)
    take_commands(at=noon, limit=1)
    report(campaign, noon, 8, version="1.9")
    advance_campaigns(noon + timedelta(seconds=601))
    details = sorted(campaign.targets.values_list("detail", flat=True))
    assert details == ["no_new_version"] + ["not_connected"] * 9
    campaign.refresh_from_db()
    assert campaign.state == "finished"


def test_a_paused_campaign_tells_nobody_but_sees_who_is_done(package, noon) -> None:
    campaign = start(package, noon, canary_percent=10)
    advance_campaigns(noon)
    pause_campaign(campaign=campaign, by="officer")
    report(campaign, noon, 1)
    advance_campaigns(noon)
    assert states(campaign) == {"applied": 1, "pending": 9}
    resume_campaign(campaign=campaign, by="officer")
    advance_campaigns(noon)
    assert states(campaign) == {"applied": 1, "notified": 9}
    abort_campaign(campaign=campaign, by="officer", at=noon)
    with pytest.raises(SensingError):
        resume_campaign(campaign=campaign, by="officer")
    verbs = Entry.objects.filter(subject=f"campaign:{campaign.pk}").values_list("action", flat=True)
    assert [verb.partition(".")[2] for verb in verbs.order_by("sequence")] == [
        "start_campaign",
        "pause_campaign",
        "resume_campaign",
        "abort_campaign",
    ]


def test_who_runs_the_version_already_is_left_alone(package, fleet, noon) -> None:
    note_firmware([FirmwareReport(thing.pk, "2.0", noon) for thing in fleet[:9]])
    campaign = start(package, noon)
    assert [target.thing_id for target in campaign.targets.all()] == [fleet[9].pk]
    note_firmware([FirmwareReport(fleet[9].pk, "2.0", noon)])
    with pytest.raises(SensingError) as refused:
        start(package, noon)
    assert refused.value.code == "nothing_to_update"


def test_a_download_is_seen(package, noon) -> None:
    campaign = start(package, noon, canary_percent=10)
    advance_campaigns(noon)
    target = campaign.targets.get(state="notified")
    note_download(ticket=FirmwareTicket(package.pk, target.thing_id), at=noon)
    assert states(campaign) == {"downloading": 1, "pending": 9}


def test_a_package_under_way_is_not_withdrawn_and_a_withdrawn_one_goes_nowhere(
    package, noon
) -> None:
    campaign = start(package, noon)
    with pytest.raises(SensingError) as refused:
        withdraw_firmware(package=package, by="officer", at=noon)
    assert refused.value.code == "campaign_open"
    abort_campaign(campaign=campaign, by="officer", at=noon)
    withdraw_firmware(package=package, by="officer", at=noon)
    package.refresh_from_db()
    with pytest.raises(SensingError) as refused:
        start(package, noon)
    assert refused.value.code == "withdrawn"


def test_a_forged_ticket_is_none() -> None:
    text = issue_firmware_ticket(FirmwareTicket(1, 2))
    assert read_firmware_ticket(text[:-1] + ("A" if text[-1] != "A" else "B")) is None
    assert read_firmware_ticket("") is None


# The outbox.


def test_a_command_is_delivered_and_then_answered(fleet, noon) -> None:
    row = queue_command(thing=fleet[0], command="reboot", by="officer", at=noon)
    take_commands(at=noon, things=[fleet[0].pk])
    assert finish_command(command_id=row.pk, state="delivered", at=noon)
    assert not finish_command(command_id=row.pk, state="delivered", at=noon)
    assert finish_command(command_id=row.pk, state="answered", at=noon)
    row.refresh_from_db()
    assert (row.state, row.delivered_at) == ("answered", noon)


def test_a_command_waits_as_long_as_it_was_told(fleet, noon) -> None:
    day = timedelta(days=1)
    patient = queue_command(thing=fleet[0], command="reboot", by="o", at=noon, wait=day)
    hasty = queue_command(thing=fleet[0], command="reboot", by="o", at=noon)
    expire_commands(now=noon + timedelta(hours=1))
    taken = take_commands(at=noon + timedelta(hours=1))
    assert [row.pk for row in taken] == [patient.pk]
    hasty.refresh_from_db()
    assert hasty.state == "expired"


def test_a_waiting_command_is_canceled_and_an_ended_one_sent_again(fleet, noon) -> None:
    row = queue_command(
        thing=fleet[0], command="set_interval", arguments={"interval_s": 5}, by="o", at=noon
    )
    with pytest.raises(SensingError):
        retry_command(command=row, by="o", at=noon)
    assert cancel_command(command_id=row.pk, by="officer", at=noon)
    assert not cancel_command(command_id=row.pk, by="officer", at=noon)
    row.refresh_from_db()
    again = retry_command(command=row, by="officer", at=noon)
    assert (again.arguments, again.retry_of, again.state) == ({"interval_s": 5}, row, "queued")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("set_interval", {}),
        ("set_interval", {"interval_s": 0}),
        ("set_interval", {"interval_s": True}),
        ("set_interval", {"interval_s": "60"}),
        ("reboot", {"now": True}),
    ],
)
def test_arguments_that_will_not_do_are_refused(fleet, noon, command, arguments) -> None:
    with pytest.raises(SensingError) as refused:
        queue_command(thing=fleet[0], command=command, arguments=arguments, by="o", at=noon)
    assert refused.value.code == "bad_argument"
