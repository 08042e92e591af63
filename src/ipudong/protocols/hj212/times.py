"""HJ 212 time texts: Beijing time, 14 digits to the second, 17 to the millisecond."""

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SPANS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))


def find_time_us(text: str) -> int | None:
    """Microseconds since 1970 UTC of ``YYYYMMDDhhmmss[zzz]`` in Beijing time, or None."""
    return _time_us(text) if len(text) in (14, 17) else None


# Stations report on the same minute, so nearly every text has been read before.
@lru_cache(maxsize=4096)
def _time_us(text: str) -> int | None:
    if not (text.isascii() and text.isdigit()):
        return None
    year, *rest = (int(text[start:stop]) for start, stop in _SPANS)
    month, day, hour, minute, second = rest
    micros = int(text[14:] or 0) * 1000
    try:
        moment = datetime(year, month, day, hour, minute, second, micros, BEIJING)
    except ValueError:
        return None
    return (moment - _EPOCH) // _MICROSECOND


def time_from_us(time_us: int) -> datetime:
    """The aware Beijing time of microseconds since 1970 UTC."""
    return (_EPOCH + timedelta(microseconds=time_us)).astimezone(BEIJING)


def format_time(moment: datetime) -> str:
    """14 digits of an aware instant, for DataTime, SystemTime, BeginTime and their like."""
    return moment.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def format_qn(moment: datetime) -> str:
    """17 digits of an aware instant: the QN that names one request or upload."""
    local = moment.astimezone(BEIJING)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
