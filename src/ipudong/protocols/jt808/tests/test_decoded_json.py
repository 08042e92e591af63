"""Frames with the values another implementation read (yezhihao/jt808-server, its unit test log).

Its names are mapped to ours here; nothing else about it is known to the codec.
"""

import json
from pathlib import Path
from typing import Any

from ipudong.protocols.jt808.framing import Framer
from ipudong.protocols.jt808.header import Frame
from ipudong.protocols.jt808.messages import decode

HEADER = {"messageId", "properties", "protocolVersion", "clientId", "serialNo", "verified"}
NAMES = {
    "responseSerialNo": "answered_serial",
    "responseMessageId": "answered_id",
    "resultCode": "result",
    "provinceId": "province",
    "cityId": "county",
    "makerId": "maker",
    "deviceModel": "model",
    "deviceId": "terminal_id",
    "plateColor": "plate_color",
    "plateNo": "plate",
    "token": "code",
    "deviceType": "terminal_type",
    "hardwareVersion": "hardware",
    "firmwareVersion": "firmware",
    "gnssAttribute": "gnss",
    "networkAttribute": "radio",
    "warnBit": "alarm",
    "statusBit": "status",
    "direction": "heading",
    "deviceTime": "time",
    "eventId": "event",
    "answerId": "answer",
    "cardStatus": "result",
    "licenseNo": "license",
    "institution": "authority",
    "licenseValidPeriod": "valid_until",
    "idCard": "identity_card",
    "channelId": "channel",
    "channelNo": "channel",
    "packet": "data",
    "validityPeriod": "validity_s",
    "startTime": "starts",
    "endTime": "ends",
    "maxSpeed": "max_speed",
    "nightMaxSpeed": "night_speed",
    "duration": "overspeed_s",
    "attribute": "attributes",
    "radius": "radius_m",
    "latitudeUL": "north",
    "longitudeUL": "west",
    "latitudeLR": "south",
    "longitudeLR": "east",
    "width": "width_m",
    "upperLimit": "longest_s",
    "lowerLimit": "shortest_s",
    "routeId": "segment_id",
    "mediaId": "media_id",
    "ip": "server",
    "tcpPort": "tcp_port",
    "udpPort": "udp_port",
    "mediaType": "media_type",
    "streamType": "stream",
    "storageType": "storage",
    "packetLossRate": "lost_percent",
    "playbackMode": "mode",
    "playbackSpeed": "speed",
    "playbackTime": "at",
    "closeType": "close",
    "username": "user",
    "condition": "conditions",
    "sequenceNo": "number",
    "fileTotal": "files",
    "platformAlarmId": "platform_alarm_id",
    "reserves": "reserved",
    "audioFormat": "audio_encoding",
    "audioChannels": "audio_channels",
    "audioSamplingRate": "audio_rate",
    "audioBitDepth": "audio_bits",
    "audioFrameLength": "audio_frame_bytes",
    "audioSupport": "has_audio_output",
    "videoFormat": "video_encoding",
    "maxAudioChannels": "max_audio_channels",
    "maxVideoChannels": "max_video_channels",
    "getOnCount": "boarded",
    "getOffCount": "alighted",
    "phoneNumber": "number",
    "parameter": "arguments",
}
# What a name means in one message only.
IN_MESSAGE: dict[int, dict[str, str]] = {
    0x0108: {"type": "upgrade_type"},
    0x8108: {"type": "upgrade_type"},
    0x0303: {"type": "information"},
    0x0702: {"status": "card_state", "dateTime": "time"},
    0x0704: {"type": "batch_type", "items": "reports"},
    0x0705: {"dateTime": "time_of_day", "items": "frames", "id": "can_id"},
    0x0800: {"id": "media_id", "type": "media_type"},
    0x0801: {"id": "media_id", "type": "media_type"},
    0x0802: {"id": "media_id", "type": "media_type", "items": "media"},
    0x0805: {"id": "media_ids"},
    0x0901: {"body": "data"},
    0x1205: {"items": "recordings", "warnBit": "alarms"},
    0x1210: {"dateTime": "time", "type": "kind"},
    0x1211: {"name": "file", "type": "file_type"},
    0x8003: {"responseSerialNo": "first_serial", "id": "parts"},
    0x8106: {"id": "parameter_ids"},
    0x8202: {"interval": "interval_s"},
    0x8203: {"responseSerialNo": "alarm_serial", "type": "alarms"},
    0x8300: {"sign": "flags", "content": "text", "type": "text_type"},
    0x8301: {"type": "action", "content": "text"},
    0x8302: {"sign": "flags", "content": "question", "options": "answers"},
    0x8303: {"type": "action", "infos": "menu"},
    0x8304: {"type": "information", "content": "text"},
    0x8400: {"type": "call_type"},
    0x8401: {"type": "action", "sign": "calls", "phone": "number"},
    0x8500: {"type": "flags"},
    0x8600: {"items": "areas", "id": "area_id"},
    0x8601: {"id": "area_ids"},
    0x8602: {"items": "areas", "id": "area_id"},
    0x8604: {"id": "area_id"},
    0x8606: {"items": "points"},
    0x8608: {"type": "area_type", "id": "area_ids"},
    0x8800: {"id": "missing"},
    0x8801: {"time": "interval_s", "save": "keep"},
    0x8802: {"type": "media_type"},
    0x8803: {"type": "media_type"},
    0x8804: {"time": "duration_s", "save": "keep", "audioSamplingRate": "sampling"},
    0x8805: {"id": "media_id"},
    0x9202: {"playbackMode": "command"},
    0x9208: {"dateTime": "time"},
    0x9212: {"name": "file", "type": "file_type"},
    0x9301: {"param1": "direction", "param2": "speed"},
    0x9302: {"param": "value"},
}
# Names inside a list that differ from those around it.
IN_LIST: dict[int, dict[str, str]] = {
    0x8302: {"content": "text"},
    0x8303: {"type": "id", "name": "text"},
    0x8606: {"id": "point_id"},
}
OF_ROUTE = {"id": "route_id"}
SCALED = {"latitude", "longitude", "north", "west", "south", "east"}
PARAMETERS = {
    "realtimeEncode": "live_encoding",
    "realtimeResolution": "live_resolution",
    "realtimeFrameInterval": "live_frame_interval",
    "realtimeFrameRate": "live_frame_rate",
    "realtimeBitRate": "live_bit_rate",
    "storageEncode": "stored_encoding",
    "storageResolution": "stored_resolution",
    "storageFrameInterval": "stored_frame_interval",
    "storageFrameRate": "stored_frame_rate",
    "storageBitRate": "stored_bit_rate",
    "odsConfig": "overlay",
    "audioEnabled": "audio",
    "storageThreshold": "storage_percent",
    "duration": "duration_min",
    "startTime": "before_min",
    "overloadThreshold": "passengers",
    "fatigueThreshold": "fatigue_degree",
    "mode": "mode",
    "conditionType": "conditions",
    "dayOfWeek": "days",
    "timeFlag": "times",
    **{f"{what}Time{n}": f"{what}_{n}" for n in range(1, 5) for what in ("wake", "sleep")},
}
VENDOR_PARAMETER = 0xF000
NOT_BEFORE_2019 = {(0x8300, "type"), (0x8500, "param")}
ITEM_NAMES = {
    "areaType": "place_type",
    "areaId": "place",
    "driveTime": "time_s",
    "id": "alarm_id",
    "state": "flag",
    "type": "alarm_type",
    "frontSpeed": "front_speed",
    "frontDistance": "front_distance",
    "deviateType": "deviation",
    "roadSign": "sign_type",
    "roadSignValue": "sign_value",
    "fatigueDegree": "fatigue",
    "reserves": "reserved",
    "alarmTime": "time",
    "statusBit": "vehicle_status",
}
OF_MARK = {
    "deviceId": "terminal_id",
    "dateTime": "time",
    "sequenceNo": "number",
    "fileTotal": "files",
}

# Rows (from 0) that differ, and why.
VENDOR = "parameters F364, F365 and F367 of T/JSATL 12 are kept raw"
TRANSPARENT = "data of kind F8 (T/JSATL 12) is kept raw"
DIFFERENT = {
    5: VENDOR,
    6: VENDOR,
    36: VENDOR,
    54: "a 0x8500 of 2019 without the count the standard puts in front",
    89: TRANSPARENT,
    90: TRANSPARENT,
}


class DifferError(AssertionError):
    pass


def check(is_same: bool, *what: object) -> None:
    if not is_same:
        raise DifferError(*what)


def compare_value(number: int, name: str, theirs: Any, ours: Any) -> None:
    if isinstance(theirs, list) and isinstance(ours, bytes):
        ours = [byte - 256 if byte > 127 else byte for byte in ours]
    elif isinstance(theirs, list):
        check(len(theirs) == len(ours), name, theirs, ours)
        for one, other in zip(theirs, ours, strict=True):
            if isinstance(one, dict):
                compare(number, one, other, IN_LIST.get(number, {}))
            else:
                compare_value(number, name, one, other)
        return
    elif isinstance(ours, bytes) and isinstance(theirs, str):
        ours = ours.hex()
    elif isinstance(ours, bytes):
        ours = int.from_bytes(ours, "big")
    elif name in SCALED:
        ours = round(abs(ours) * 1e6)  # theirs have no sign, ours are negative in south and west
    elif isinstance(ours, float):
        ours = round(ours * 10)
    elif isinstance(theirs, str) and theirs.isdigit() and "T" in ours:
        theirs = f"20{theirs[:2]}-{theirs[2:4]}-{theirs[4:6]}T" + ":".join(
            theirs[at : at + 2] for at in (6, 8, 10)
        )
    elif theirs == 0 and isinstance(ours, str):  # a BCD of zeros read as a number
        ours = int(ours)
    elif isinstance(ours, str) and isinstance(theirs, str) and ours.endswith(theirs):
        ours = theirs if not ours.removesuffix(theirs).strip("0") else ours
    check(theirs == ours, name, theirs, ours)


def read_item_value(key: str, mine: dict[str, Any], name: str) -> Any:
    if name in OF_MARK:
        return mine["mark"][OF_MARK[name]]
    if name == "reserved":
        return mine["mark"]["reserved_1"] << 8 | mine["mark"]["reserved_2"]
    own = "segment" if key == "19" and name == "areaId" else ITEM_NAMES.get(name, name)
    value = mine[own]
    if name in SCALED:
        return round(value * 1e6)
    return int.from_bytes(value, "big") if isinstance(value, bytes) else value


def compare_items(theirs: dict[str, Any], ours: list[dict[str, Any]]) -> None:
    found = {str(item["id"]): item["value"] for item in ours}
    check(theirs.keys() == found.keys(), theirs, found)
    for key, value in theirs.items():
        mine = found[key]
        if key == "43":
            mine = mine["analog_1"] << 16 | mine["analog_0"]
        if isinstance(value, dict) and isinstance(mine, bytes):
            check(bytes(value["value"]) == mine, key)
        elif isinstance(value, dict):
            for name, number in value.items():
                check(read_item_value(key, mine, name) == number, key, name)
        elif isinstance(mine, float):
            check(round(mine * 10) == value, key, mine, value)
        else:
            check(mine == value, key, mine, value)


def compare_parameters(theirs: dict[str, Any], ours: list[dict[str, Any]]) -> None:
    """The standard's own first, so that only vendors' are left to differ."""
    found = {str(item["id"]): item["value"] for item in ours}
    assert theirs.keys() == found.keys()
    for key, values in theirs.items():
        if int(key) < VENDOR_PARAMETER:
            for name, value in values.items():
                plain = str(value).replace(":", "")[:4] if ":" in str(value) else value
                assert found[key][PARAMETERS[name]] == plain, name
    check(all(int(key) < VENDOR_PARAMETER for key in theirs), "vendor parameters")


def find_ours(ours: dict[str, Any], name: str) -> Any:
    for place in (ours, ours.get("location"), ours.get("mark")):
        if isinstance(place, dict) and name in place:
            return place[name]
    raise DifferError("no such value", name, ours)


def compare_special(number: int, key: str, value: Any, ours: dict[str, Any]) -> bool:
    """What has no plain counterpart; False if it has one."""
    if key == "total":
        check(value in {len(v) for v in ours.values() if isinstance(v, list)}, key)
    elif key in ("warnBit1", "warnBit2"):
        half = find_ours(ours, "alarms")[:4] if key[-1] == "1" else ours["alarms"][4:]
        check(int.from_bytes(half, "big") == value, key)
    elif key == "reserved" and number in (0x9208, 0x1210):
        mark = ours["mark"]
        parts = [mark[part] for part in ("reserved_1", "reserved_2") if part in mark]
        check(int.from_bytes(bytes(parts), "big") == value, key, parts)
    elif key == "deviceId_":
        check(ours["mark"]["terminal_id"] == value, key)
    elif key == "fileTotal":
        check(ours["mark"]["files"] == value, key)
    elif key == "parameters":
        compare_parameters(value, ours[key])
    elif key == "items" and number == 0x9212:
        gaps = [gap[name] for gap in ours["gaps"] for name in ("offset", "length")]
        check(gaps == value, key)
    elif (number, key) in NOT_BEFORE_2019 and not ours.keys() & {"text_type", "controls"}:
        check(value == 0, key)  # theirs fill in a zero
    else:
        return False
    return True


def compare(number: int, theirs: dict[str, Any], ours: Any, special: dict[str, str]) -> None:
    if isinstance(ours, bytes):  # a report of 0x0704 is a body of its own
        from_body = Frame(0x0200, 0, None, b"", 0, ours)
        ours = decode(from_body).values
    names = NAMES | IN_MESSAGE.get(number, {}) | special
    for key, value in theirs.items():
        if key in HEADER:
            continue
        if key == "attributes" and isinstance(value, dict):
            compare_items(value, find_ours(ours, "items"))
        elif key == "location":
            compare(number, value, ours["location"], {})
        elif not compare_special(number, key, value, ours):
            name = names.get(key, key)
            compare_value(number, name, value, find_ours(ours, name))


def test_every_frame_reads_as_the_other_implementation_reads_it(shared_data: Path) -> None:
    path = shared_data / "protocols/jt808_hex_with_decoded_json.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    different = {}
    for number, row in enumerate(rows):
        (frame,) = Framer().receive(bytes.fromhex(row["hex"]))
        assert isinstance(frame, Frame)
        header = row["decoded"]
        assert (frame.message_id, frame.serial) == (header["messageId"], header["serialNo"])
        assert frame.phone == header["clientId"].lstrip("0")
        special = OF_ROUTE if frame.message_id == 0x8606 else {}
        try:
            compare(frame.message_id, header, decode(frame).values, special)
        except DifferError as error:
            different[number] = (hex(frame.message_id), error.args)
    assert len(rows) == 92
    assert different.keys() == DIFFERENT.keys(), different
