"""What a terminal is: told at authentication, asked for once, seen anew after an update."""

import asyncio
import io
from dataclasses import dataclass, field
from typing import Any

import pytest

from ipudong.city.sensing.models import CampaignTarget, DeviceFacts, Thing
from ipudong.city.sensing.profiles import DeviceProfile, declare_profiles
from ipudong.city.sensing.services import (
    Pace,
    advance_campaigns,
    start_campaign,
    store_firmware,
)
from ipudong.gateway.jt808 import attributes
from ipudong.gateway.jt808.tests.conftest import CODE, PHONE, find_row
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.messages import encode_body
from ipudong.protocols.jt808.terminal_session import Send, TerminalSession

V2013, V2019 = Edition.V2013, Edition.V2019
# 0x0107 of 2013 as JT/T 808-2013 table 20 lays it out, written by hand: maker, model of 20 bytes,
# terminal id of 7, ICCID in BCD, counted hardware and firmware, GNSS, radio.
BODY_2013 = bytes.fromhex(
    "0007"
    "3730313131"
    "4b582d3900000000000000000000000000000000"
    "30303030303037"
    "89860012345678901234"
    "0448322e31"
    "03312e30"
    "0301"
)
SELF = {
    "terminal_type": 7,
    "maker": "70111",
    "model": "KX-9",
    "terminal_id": "0000007",
    "iccid": "89860012345678901234",
    "hardware": "H2.1",
    "firmware": "1.0",
    "gnss": 3,
    "radio": 1,
}
PROFILE = DeviceProfile(name="test-vehicle", protocol="jt808", title="Vehicle", channels=())


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Terminals are asked without the pause."""
    monkeypatch.setattr(attributes, "ASK_AFTER_S", 0.0)


def facts(thing: Thing, **more):
    return DeviceFacts.objects.filter(thing=thing, **more)


def reported(thing: Thing) -> dict[str, Any]:
    return Thing.objects.get(pk=thing.pk).properties.get("reported", {})


async def test_a_terminal_is_asked_once_what_it_is_and_its_words_become_facts(road):
    terminal = await road.authenticated()
    assert (await terminal.questions()).message_id == 0x8107
    await terminal.send(0x0107, BODY_2013)
    found = await find_row(facts(road.vehicle, firmware="1.0"))
    assert found.hardware == "H2.1"
    said = await asyncio.to_thread(reported, road.vehicle)
    assert (said["maker"], said["model"], said["terminal_id"]) == ("70111", "KX-9", "0000007")
    await terminal.close()
    again = await road.authenticated()
    with pytest.raises(TimeoutError):
        await again.questions(1.5)


async def test_the_imei_of_2019_is_kept_and_other_software_is_a_reason_to_ask_again(road):
    terminal = await road.authenticated(edition=V2019)
    await terminal.questions()
    await terminal.send(0x0107, encode_body(0x0107, SELF, V2019))
    await find_row(facts(road.vehicle, firmware="1.0"))
    said = await asyncio.to_thread(reported, road.vehicle)
    assert (said["imei"], said["software"]) == ("860000000000001", "v1")
    code = CODE.encode()
    software = b"v2".ljust(20, b"\0")
    await terminal.ask(0x0102, bytes((len(code),)) + code + b"860000000000001" + software)
    assert (await terminal.questions()).message_id == 0x8107


async def test_a_terminal_that_does_not_know_the_question_is_what_it_said_when_it_came(road):
    terminal = await road.authenticated(edition=V2019)
    asked = await terminal.questions()
    await terminal.send(0x0001, asked.serial.to_bytes(2, "big") + b"\x81\x07\x03")
    await find_row(facts(road.vehicle, firmware="v1"))


async def test_fields_of_zeros_and_blanks_say_nothing(road):
    terminal = await road.authenticated()
    await terminal.questions()
    blank = SELF | {"iccid": "0" * 20, "maker": "", "hardware": " "}
    await terminal.send(0x0107, encode_body(0x0107, blank, V2013))
    found = await find_row(facts(road.vehicle, firmware="1.0"))
    assert found.hardware == ""
    said = await asyncio.to_thread(reported, road.vehicle)
    assert not said.keys() & {"iccid", "maker", "hardware"}


@dataclass
class Vehicle:
    """What the simulator's session asks of a vehicle; it takes every update."""

    parameters: dict[int, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=SELF.copy)
    driver: dict[str, Any] = field(default_factory=dict)
    told: list[Message] = field(default_factory=list)

    def read_location(self) -> dict[str, Any]:
        raise AssertionError("nobody asks where it is")

    def execute(self, message: Message) -> int:
        self.told.append(message)
        return 0


class Drive:
    """The simulator's terminal on a socket of its own."""

    def __init__(self, vehicle: Vehicle) -> None:
        self.vehicle = vehicle
        self.session = TerminalSession(
            phone=PHONE, edition=V2019, device=vehicle, registration={}, code=CODE
        )

    async def start(self, port: int) -> "Drive":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.writer.write(self.session.connect(0.0))
        self.task = asyncio.create_task(self._run())
        return self

    async def _run(self) -> None:
        while data := await self.reader.read(65536):
            for event in self.session.receive_data(data, 0.0):
                if isinstance(event, Send):
                    self.writer.write(event.data)

    async def tell(self, result: int) -> None:
        """0x0108: a terminal (type 0) has updated, or failed to."""
        self.writer.write(self.session.send(0x0108, {"upgrade_type": 0, "result": result}, 0.0))

    async def stop(self) -> None:
        self.writer.close()
        await self.task


def begin_campaign(road) -> CampaignTarget:
    at = road.gateway.now()
    declare_profiles((PROFILE,))
    Thing.objects.filter(pk=road.vehicle.pk).update(profile=PROFILE.name)
    package = store_firmware(
        profile=PROFILE.name,
        version="2.0",
        name="kx9.bin",
        content=io.BytesIO(b"\x7fELF"),
        by="officer",
        at=at,
    )
    things = [road.vehicle.pk]
    start_campaign(
        package=package, title="二", things=things, by="officer", at=at, pace=Pace(at_once=1)
    )
    advance_campaigns(at)
    return CampaignTarget.objects.get()


async def ordered(vehicle: Vehicle) -> Message:
    """The update, once the terminal was told of it."""
    async with asyncio.timeout(5):
        while not vehicle.told:
            await asyncio.sleep(0.05)
    return vehicle.told[-1]


async def become(road, state: str) -> CampaignTarget:
    """The campaign's only device, once it is so."""
    async with asyncio.timeout(5):
        while True:
            await asyncio.to_thread(advance_campaigns, road.gateway.now())
            target = await asyncio.to_thread(CampaignTarget.objects.get)
            if target.state == state:
                return target
            await asyncio.sleep(0.1)


async def test_a_campaign_sees_a_terminal_come_back_with_the_new_version(road):
    vehicle = Vehicle()
    drive = await Drive(vehicle).start(road.port)
    await find_row(facts(road.vehicle, firmware="1.0"))
    await asyncio.to_thread(begin_campaign, road)
    order = (await ordered(vehicle)).values
    assert order["command"] == 1  # JT/T 808-2019 table 38: wireless upgrade
    parts = order["arguments"].split(";")
    assert "/kx9.bin?ticket=" in parts[0]
    assert (len(parts), parts[9]) == (12, "2.0")
    await drive.stop()
    vehicle.attributes["firmware"] = "2.0"
    drive = await Drive(vehicle).start(road.port)  # it restarts, and is asked again
    await find_row(facts(road.vehicle, firmware="2.0"))
    await become(road, "applied")
    await drive.tell(0)
    await drive.stop()


async def test_a_campaign_hears_of_an_update_that_failed(road):
    vehicle = Vehicle()
    drive = await Drive(vehicle).start(road.port)
    await find_row(facts(road.vehicle, firmware="1.0"))
    await asyncio.to_thread(begin_campaign, road)
    await ordered(vehicle)
    await drive.tell(1)
    target = await become(road, "failed")
    assert target.detail == "upgrade_failed"
    assert (await asyncio.to_thread(reported, road.vehicle))["upgrade_result"] == "failed"
    await drive.stop()
