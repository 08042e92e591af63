"""Parameters of a terminal: id, name, kind, unit (JT/T 808-2013, 8.9; 1078)."""

from typing import Any, Final

import msgspec

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import CutOffError, Field, Kind, Reader, Values
from ipudong.protocols.jt808.kinds import TEXT, U8, U16, U32, Bcd, Group, List, Number, Raw

PARAMETER_LENGTH: Final = "parameter_length"  # a known parameter of another length; value is raw


class Parameter(msgspec.Struct, frozen=True):
    """A row of the table; `unit` is UCUM, empty where there is none."""

    parameter_id: int
    name: str
    kind: Kind = U32
    unit: str = ""
    since: Edition = Edition.V2011


V2013, V2019 = Edition.V2013, Edition.V2019

_STREAM: Final = ("encoding", "resolution", "frame_interval", "frame_rate", "bit_rate")
_STREAM_KINDS: Final = (U8, U8, U16, U8, U32)
_VIDEO: Final = Group(
    (
        *(Field(f"live_{n}", k) for n, k in zip(_STREAM, _STREAM_KINDS, strict=True)),
        *(Field(f"stored_{n}", k) for n, k in zip(_STREAM, _STREAM_KINDS, strict=True)),
        Field("overlay", U16),
        Field("audio", U8),
    )
)
_ALARM_RECORDING: Final = Group(
    (Field("storage_percent", U8), Field("duration_min", U8), Field("before_min", U8))
)
_WAKE_UP: Final = Group(
    (
        Field("mode", U8),
        Field("conditions", U8),
        Field("days", U8),
        Field("times", U8),
        *(Field(f"{what}_{n}", Bcd(2)) for n in range(1, 5) for what in ("wake", "sleep")),
    )
)

PARAMETERS: Final = (
    Parameter(0x0001, "heartbeat_interval", unit="s"),
    Parameter(0x0002, "tcp_timeout", unit="s"),
    Parameter(0x0003, "tcp_resends"),
    Parameter(0x0004, "udp_timeout", unit="s"),
    Parameter(0x0005, "udp_resends"),
    Parameter(0x0006, "sms_timeout", unit="s"),
    Parameter(0x0007, "sms_resends"),
    Parameter(0x0010, "apn", TEXT),
    Parameter(0x0011, "apn_user", TEXT),
    Parameter(0x0012, "apn_password", TEXT),
    Parameter(0x0013, "server", TEXT),
    Parameter(0x0014, "backup_apn", TEXT),
    Parameter(0x0015, "backup_apn_user", TEXT),
    Parameter(0x0016, "backup_apn_password", TEXT),
    Parameter(0x0017, "backup_server", TEXT),
    Parameter(0x0018, "server_tcp_port"),
    Parameter(0x0019, "server_udp_port"),
    Parameter(0x001A, "card_server", TEXT),
    Parameter(0x001B, "card_server_tcp_port"),
    Parameter(0x001C, "card_server_udp_port"),
    Parameter(0x001D, "card_backup_server", TEXT),
    Parameter(0x0020, "report_strategy"),
    Parameter(0x0021, "report_scheme"),
    Parameter(0x0022, "report_interval_no_driver", unit="s"),
    Parameter(0x0023, "second_apn", TEXT, since=V2019),
    Parameter(0x0024, "second_apn_user", TEXT, since=V2019),
    Parameter(0x0025, "second_apn_password", TEXT, since=V2019),
    Parameter(0x0026, "second_backup_server", TEXT, since=V2019),
    Parameter(0x0027, "report_interval_asleep", unit="s"),
    Parameter(0x0028, "report_interval_emergency", unit="s"),
    Parameter(0x0029, "report_interval", unit="s"),
    Parameter(0x002C, "report_distance", unit="m"),
    Parameter(0x002D, "report_distance_no_driver", unit="m"),
    Parameter(0x002E, "report_distance_asleep", unit="m"),
    Parameter(0x002F, "report_distance_emergency", unit="m"),
    Parameter(0x0030, "turn_angle", unit="deg"),
    Parameter(0x0031, "fence_radius", U16, unit="m", since=V2013),
    Parameter(0x0032, "forbidden_driving_times", Raw(4), since=V2019),
    Parameter(0x0040, "platform_phone", TEXT),
    Parameter(0x0041, "reset_phone", TEXT),
    Parameter(0x0042, "factory_reset_phone", TEXT),
    Parameter(0x0043, "sms_phone", TEXT),
    Parameter(0x0044, "alarm_sms_phone", TEXT),
    Parameter(0x0045, "call_answer_strategy"),
    Parameter(0x0046, "longest_call", unit="s"),
    Parameter(0x0047, "longest_calls_a_month", unit="s"),
    Parameter(0x0048, "listening_phone", TEXT),
    Parameter(0x0049, "privileged_sms_phone", TEXT),
    Parameter(0x0050, "alarm_mask"),
    Parameter(0x0051, "alarm_sms"),
    Parameter(0x0052, "alarm_snapshot"),
    Parameter(0x0053, "alarm_snapshot_keep"),
    Parameter(0x0054, "key_alarm"),
    Parameter(0x0055, "speed_limit", unit="km/h"),
    Parameter(0x0056, "overspeed_duration", unit="s"),
    Parameter(0x0057, "longest_driving", unit="s"),
    Parameter(0x0058, "longest_driving_a_day", unit="s"),
    Parameter(0x0059, "shortest_rest", unit="s"),
    Parameter(0x005A, "longest_parking", unit="s"),
    Parameter(0x005B, "overspeed_warning", Number(2, 10), unit="km/h", since=V2013),
    Parameter(0x005C, "fatigue_warning", U16, unit="s", since=V2013),
    Parameter(0x005D, "collision", U16, since=V2013),
    Parameter(0x005E, "rollover", U16, unit="deg", since=V2013),
    Parameter(0x0064, "timed_snapshot", since=V2013),
    Parameter(0x0065, "distance_snapshot", since=V2013),
    Parameter(0x0070, "image_quality"),
    Parameter(0x0071, "brightness"),
    Parameter(0x0072, "contrast"),
    Parameter(0x0073, "saturation"),
    Parameter(0x0074, "chroma"),
    Parameter(0x0075, "video", _VIDEO),
    Parameter(0x0079, "alarm_recording", _ALARM_RECORDING),
    Parameter(0x007A, "video_alarm_mask"),
    Parameter(
        0x007B, "image_analysis", Group((Field("passengers", U8), Field("fatigue_degree", U8)))
    ),
    Parameter(0x007C, "wake_up", _WAKE_UP),
    Parameter(0x0080, "odometer", Number(4, 10), unit="km"),
    Parameter(0x0081, "province", U16),
    Parameter(0x0082, "county", U16),
    Parameter(0x0083, "plate", TEXT),
    Parameter(0x0084, "plate_color", U8),
    Parameter(0x0090, "gnss_modes", U8, since=V2013),
    Parameter(0x0091, "gnss_baud_rate", U8, since=V2013),
    Parameter(0x0092, "gnss_output_rate", U8, since=V2013),
    Parameter(0x0093, "gnss_sampling_interval", unit="s", since=V2013),
    Parameter(0x0094, "gnss_upload", U8, since=V2013),
    Parameter(0x0095, "gnss_upload_setting", since=V2013),
    Parameter(0x0100, "can_1_sampling_interval", unit="ms", since=V2013),
    Parameter(0x0101, "can_1_upload_interval", U16, unit="s", since=V2013),
    Parameter(0x0102, "can_2_sampling_interval", unit="ms", since=V2013),
    Parameter(0x0103, "can_2_upload_interval", U16, unit="s", since=V2013),
    Parameter(0x0110, "can_id_sampling", Raw(8), since=V2013),
)
BY_ID: Final = {row.parameter_id: row for row in PARAMETERS}
BY_NAME: Final = {row.name: row for row in PARAMETERS}


class ParameterItem(msgspec.Struct, frozen=True):
    """One parameter: a dict of `id`, `name` and `value`; the value of an unknown one is bytes."""

    def read(self, reader: Reader) -> Values:
        parameter_id = int.from_bytes(reader.take(4), "big")
        raw = reader.take(reader.take(1)[0])
        row = BY_ID.get(parameter_id)
        if row is None:
            return {"id": parameter_id, "name": f"parameter_{parameter_id:04x}", "value": raw}
        return {"id": parameter_id, "name": row.name, "value": _read_value(row, raw, reader)}

    def write(self, value: Values, edition: Edition) -> bytes:
        parameter_id, raw = value["id"], value["value"]
        if not isinstance(raw, bytes):
            raw = BY_ID[parameter_id].kind.write(raw, edition)
        return int(parameter_id).to_bytes(4, "big") + bytes((len(raw),)) + raw


def _read_value(row: Parameter, raw: bytes, reader: Reader) -> Any:
    inner = Reader(raw, reader.edition)
    value: Any = raw
    try:
        value = row.kind.read(inner)
    except CutOffError:
        inner.is_cut = True
    if inner.is_cut or inner.left:
        reader.note(PARAMETER_LENGTH)
        return raw
    for defect in inner.defects:
        reader.note(defect)
    return value


PARAMETERS_FIELD: Final = Field("parameters", List(ParameterItem(), 1))
