"""Commands of the outbox: what goes out, what ends them, and what the vehicle gave back."""

import pytest

from ipudong.gateway.jt808.requests import BadCommand, make_requests
from ipudong.gateway.jt808.tests.conftest import wait_until
from ipudong.gateway.jt808.tests.terminal_double import location
from ipudong.gateway.outbox import ANSWERED, REFUSED, Outgoing
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.messages import encode_body

V2013, V2019 = Edition.V2013, Edition.V2019


def start(road, command: str, /, **arguments) -> None:
    road.gateway.jt808.commands.start(Outgoing(1, road.vehicle.pk, command, arguments))


async def ended(road):
    """The one command that ended."""
    found = []
    await wait_until(lambda: found.extend(road.gateway.jt808.commands.take_ended()) or found)
    (row,) = found
    return row


def answer_to(frame, result: int = 0) -> bytes:
    """The body of 0x0001."""
    return frame.serial.to_bytes(2, "big") + frame.message_id.to_bytes(2, "big") + bytes((result,))


@pytest.fixture
async def still(road):
    """The road, its outbox left alone: the test itself starts commands and takes their ends."""
    for task in road.gateway._tasks:
        task.cancel()
    return road


async def test_asking_where_it_is_ends_with_the_place_which_is_kept_too(still):
    terminal = await still.authenticated(edition=V2019)
    start(still, "locate_now")
    query = await terminal.receive()
    assert query.message_id == 0x8201
    await terminal.send(0x0201, query.serial.to_bytes(2, "big") + location(121.55, 31.2))
    row = await ended(still)
    assert (row.id, row.state) == (1, ANSWERED)
    assert row.answer["data"]["location"]["longitude"] == pytest.approx(121.55)
    await wait_until(lambda: [found["lon"] for found in still.positions()] == [121.55])


async def test_a_text_goes_out_in_gbk_and_ends_with_the_general_answer(still):
    terminal = await still.authenticated()
    start(still, "send_text", text="请绕行世纪大道", emergency=True)
    text = await terminal.receive()
    assert text.message_id == 0x8300
    assert text.body == b"\x0d" + "请绕行世纪大道".encode("gbk")
    await terminal.send(0x0001, answer_to(text))
    assert (await ended(still)).state == ANSWERED


async def test_what_the_terminal_refuses_is_refused(still):
    terminal = await still.authenticated()
    start(still, "control", command="reset")
    control = await terminal.receive()
    assert (control.message_id, control.body[0]) == (0x8105, 4)
    await terminal.send(0x0001, answer_to(control, 3))
    row = await ended(still)
    assert (row.state, row.answer["result"]) == (REFUSED, 3)


async def test_deleting_areas_sends_one_message_after_the_other(still):
    terminal = await still.authenticated()
    start(still, "delete_areas", area_ids=[7])
    seen = []
    for _ in range(4):
        message = await terminal.receive()
        seen.append(message.message_id)
        assert message.body == b"\x01\x00\x00\x00\x07"
        await terminal.send(0x0001, answer_to(message))
    assert seen == [0x8601, 0x8603, 0x8605, 0x8607]
    assert (await ended(still)).state == ANSWERED


async def test_a_command_whose_vehicle_leaves_has_timed_out(still):
    terminal = await still.authenticated()
    start(still, "query_parameters")
    await terminal.receive()
    await terminal.close()
    assert (await ended(still)).answer == {"reason": "disconnected"}


async def test_a_vehicle_that_is_not_there_cannot_be_asked(still):
    start(still, "locate_now")
    assert (await ended(still)).answer == {"reason": "not_connected"}


@pytest.mark.parametrize(
    ("edition", "locked", "body"),
    [
        (V2013, True, "01"),  # table 41 of 2013: bit 0 locks
        (V2013, False, "00"),
        (V2019, True, "0001000100"),  # table 41 of 2019: control 1, 0 locks
        (V2019, False, "0001000101"),
    ],
)
def test_doors_are_locked_as_the_edition_says(edition, locked, body):
    (request,) = make_requests("lock_doors", {"locked": locked}, edition)
    assert encode_body(request.message_id, request.values, edition).hex() == body


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("set_circle", {"area_id": 1, "lon": 121.5, "lat": 31.2, "radius_m": 500}),
        ("set_circle", {"area_id": 1, "lon": -1.5, "lat": -3, "radius_m": 5, "max_speed": 60}),
        ("set_polygon", {"area_id": 2, "points": [[121.5, 31.2], [121.6, 31.2], [121.6, 31.3]]}),
        ("set_route", {"area_id": 3, "points": [[121.5, 31.2], [121.6, 31.2]]}),
        ("set_parameters", {"parameters": {"0x0029": 30, "speed_limit": 80, "131": "沪A1"}}),
        ("take_snapshot", {"channel": 1}),
        ("temporary_tracking", {"interval_s": 5, "for_s": 600}),
        ("update_firmware", {"url": "http://x/f.bin", "version": "2"}),
    ],
)
@pytest.mark.parametrize("edition", [V2013, V2019])
def test_every_command_can_be_written_in_both_editions(command, arguments, edition):
    for request in make_requests(command, arguments, edition):
        assert encode_body(request.message_id, request.values, edition)


@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("dance", {}, "unknown_command"),
        ("send_text", {}, "bad_argument"),
        ("send_text", {"text": "x" * 2000}, "out_of_range"),
        ("set_parameters", {"parameters": [1]}, "bad_argument"),
        ("set_parameters", {"parameters": {"0xffff": 1}}, "unknown_parameter"),
        ("set_circle", {"area_id": 1, "lon": "nan", "lat": 0, "radius_m": 5}, "out_of_range"),
        ("set_polygon", {"area_id": 1, "points": [[1, 2]]}, "out_of_range"),
        ("set_polygon", {"area_id": 1, "points": [1, 2, 3]}, "bad_argument"),
        ("delete_areas", {"area_ids": "7"}, "bad_argument"),
        ("take_snapshot", {"channel": 900}, "out_of_range"),
        ("control", {"command": "explode"}, "out_of_range"),
    ],
)
def test_a_bad_command_names_what_is_wrong(command, arguments, code):
    with pytest.raises(BadCommand) as caught:
        make_requests(command, arguments, V2013)
    assert caught.value.code == code
