"""Command codes (HJ 212-2017 table 9; the older ones from HJ/T 212-2005) as rows."""

from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from ipudong.protocols.hj212.data import parse_data
from ipudong.protocols.hj212.packet import (
    ANSWER_WANTED,
    ST_SYSTEM,
    VERSION_2017,
    EncodingError,
    Packet,
    encode,
    encode_frame,
    encode_segment,
)


class Kind(StrEnum):
    """How a command is answered."""

    REQUEST = "request"  # platform to station: 9011, then data, then 9012
    NOTICE = "notice"  # either way: 9013
    UPLOAD = "upload"  # station to platform: 9014
    ANSWER = "answer"  # answers are not answered


class Command(Struct, frozen=True):
    """One CN: what a platform means by it (`down`) and what a station means by it (`up`)."""

    cn: str
    name_zh: str
    name_en: str
    down: Kind | None
    up: Kind | None
    editions: tuple[int, ...] = (2005, 2017)


_REQUEST, _NOTICE, _UPLOAD, _ANSWER = Kind.REQUEST, Kind.NOTICE, Kind.UPLOAD, Kind.ANSWER
_OLD = (2005,)
_NEW = (2017,)

COMMANDS: tuple[Command, ...] = (
    Command("1000", "设置超时时间及重发次数", "Set timeout and resend count", _REQUEST, None),
    Command("1001", "设置超限报警时间", "Set over-limit alarm time", _REQUEST, None, _OLD),
    Command("1011", "提取/上传现场机时间", "Read station clock", _REQUEST, _UPLOAD),
    Command("1012", "设置现场机时间", "Set station clock", _REQUEST, None),
    Command("1013", "现场机时间校准请求", "Ask for the time", None, _NOTICE, _NEW),
    Command("1021", "提取污染物报警门限值", "Read alarm limits", _REQUEST, _UPLOAD, _OLD),
    Command("1022", "设置污染物报警门限值", "Set alarm limits", _REQUEST, None, _OLD),
    Command("1031", "提取上位机地址", "Read platform address", _REQUEST, _UPLOAD, _OLD),
    Command("1032", "设置上位机地址", "Set platform address", _REQUEST, None, _OLD),
    Command("1041", "提取数据上报时间", "Read daily report time", _REQUEST, _UPLOAD, _OLD),
    Command("1042", "设置数据上报时间", "Set daily report time", _REQUEST, None, _OLD),
    Command("1061", "提取/上传实时数据间隔", "Read realtime interval", _REQUEST, _UPLOAD),
    Command("1062", "设置实时数据间隔", "Set realtime interval", _REQUEST, None),
    Command("1063", "提取/上传分钟数据间隔", "Read minute interval", _REQUEST, _UPLOAD, _NEW),
    Command("1064", "设置分钟数据间隔", "Set minute interval", _REQUEST, None, _NEW),
    Command("1072", "设置现场机密码", "Set station password", _REQUEST, None),
    Command("2011", "取/上传污染物实时数据", "Realtime data", _REQUEST, _UPLOAD),
    Command("2012", "停止察看污染物实时数据", "Stop realtime data", _NOTICE, None),
    Command("2021", "取/上传设备运行状态数据", "Equipment state", _REQUEST, _UPLOAD),
    Command("2022", "停止察看设备运行状态", "Stop equipment state", _NOTICE, None),
    Command("2031", "取/上传污染物日历史数据", "Daily data", _REQUEST, _UPLOAD),
    Command("2041", "取/上传设备运行时间日历史数据", "Daily running time", _REQUEST, _UPLOAD),
    Command("2051", "取/上传污染物分钟数据", "Minute data", _REQUEST, _UPLOAD),
    Command("2061", "取/上传污染物小时数据", "Hourly data", _REQUEST, _UPLOAD),
    Command("2071", "取/上传污染物报警记录", "Alarm records", _REQUEST, _UPLOAD, _OLD),
    Command("2072", "上传报警事件", "Alarm event", None, _NOTICE, _OLD),
    Command("2081", "上传数采仪开机时间", "Restart time", None, _UPLOAD, _NEW),
    Command("3011", "零点校准量程校准", "Calibrate zero and span", _REQUEST, None),
    Command("3012", "即时采样", "Sample now", _REQUEST, None),
    Command("3013", "启动清洗/反吹", "Start cleaning", _REQUEST, None),
    Command("3014", "比对采样", "Comparison sample", _REQUEST, None),
    Command("3015", "超标留样", "Keep a sample", _REQUEST, _UPLOAD, _NEW),
    Command("3016", "设置采样时间周期", "Set sampling period", _REQUEST, None, _NEW),
    Command("3017", "提取/上传采样时间周期", "Read sampling period", _REQUEST, _UPLOAD, _NEW),
    Command("3018", "提取/上传出样时间", "Read result delay", _REQUEST, _UPLOAD, _NEW),
    Command("3019", "提取/上传设备唯一标识", "Read device identity", _REQUEST, _UPLOAD, _NEW),
    Command("3020", "提取/上传现场机信息", "Read station information", _REQUEST, _UPLOAD, _NEW),
    Command("3021", "设置现场机参数", "Set station parameter", _REQUEST, None, _NEW),
    Command("9011", "请求应答", "Request answer", _ANSWER, _ANSWER),
    Command("9012", "执行结果", "Execution result", _ANSWER, _ANSWER),
    Command("9013", "通知应答", "Notice answer", _ANSWER, _ANSWER),
    Command("9014", "数据应答", "Data answer", _ANSWER, _ANSWER),
)
_BY_CN = {command.cn: command for command in COMMANDS}

REQUEST_ANSWER = "9011"
EXECUTION_RESULT = "9012"
NOTICE_ANSWER = "9013"
DATA_ANSWER = "9014"


def find_command(cn: str) -> Command | None:
    """The row of a command, None where this code does not know it (2025 adds some)."""
    return _BY_CN.get(cn)


def kind_from_station(packet: Packet) -> Kind | None:
    """What a station's packet is, None where its command is unknown."""
    command = _BY_CN.get(packet.cn)
    return None if command is None else command.up


def kind_from_platform(packet: Packet) -> Kind | None:
    """What a platform's packet is, None where its command is unknown."""
    command = _BY_CN.get(packet.cn)
    return None if command is None else command.down


class QnRtn:
    """Codes of a 9011 (HJ 212-2017 table 6)."""

    READY = 1
    REFUSED = 2
    WRONG_PASSWORD = 3
    WRONG_MN = 4
    WRONG_ST = 5
    WRONG_FLAG = 6
    WRONG_QN = 7
    WRONG_CN = 8
    WRONG_CRC = 9
    UNKNOWN = 100


class ExeRtn:
    """Codes of a 9012 (HJ 212-2017 table 5)."""

    SUCCEEDED = 1
    FAILED = 2
    WRONG_CONDITION = 3
    TIMED_OUT = 4
    BUSY = 5
    FAULT = 6
    NO_DATA = 100


def make_answer(packet: Packet, cn: str, cp: str = "") -> Packet:
    """The answer of a platform to a packet: same QN, ST 91, Flag of the same edition, no answer."""
    # The edition without the bits for answer and split.
    flag = packet.version << 2
    return Packet(qn=packet.qn, st=ST_SYSTEM, cn=cn, pw=packet.pw, mn=packet.mn, flag=flag, cp=cp)


def encode_answer(packet: Packet, cn: str, cp: str = "") -> bytes | None:
    """The frame of `make_answer`; None if no answer is wanted.

    Also None if the packet's own header, garbage that came with a good checksum, leaves no room.
    """
    flag, qn, mn, pw = packet.flag, packet.qn, packet.mn, packet.pw
    if flag is None or not flag & ANSWER_WANTED:
        return None
    try:
        if qn.isdecimal() and len(mn) + len(pw) <= _CACHED_CHARS:
            return encode_frame(b"QN=%b;%b" % (qn.encode(), _answer_rest(mn, pw, flag, cn, cp)))
        return encode(make_answer(packet, cn, cp))
    except EncodingError:
        return None


@lru_cache(maxsize=16_384)
def _answer_rest(mn: str, pw: str, flag: int, cn: str, cp: str) -> bytes:
    """What all answers of one kind to one station share: the segment behind its QN."""
    asked = Packet(cn="", mn=mn, pw=pw, flag=flag)
    return encode_segment(make_answer(asked, cn, cp))


_CACHED_CHARS = 200


def make_request(
    cn: str, *, qn: str, st: str, mn: str, pw: str, cp: str = "", version: int = VERSION_2017
) -> Packet:
    """A request or notice of a platform to a station, answer wanted."""
    flag = version << 2 | ANSWER_WANTED
    return Packet(qn=qn, st=st, cn=cn, pw=pw, mn=mn, flag=flag, cp=cp)


def read_code(packet: Packet, name: str, missing: int) -> int:
    """QnRtn or ExeRtn of an answer, `missing` where it has none."""
    text = parse_data(packet.cp).find(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else missing
