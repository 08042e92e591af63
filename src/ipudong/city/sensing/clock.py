"""Instants as the store keeps them: microseconds since 1970-01-01 UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
HOUR_US = 3600 * SECOND_US
DAY_US = 24 * HOUR_US


def to_us(moment: datetime) -> int:
    """Microseconds of an aware datetime; a naive one raises TypeError."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(time_us: int) -> datetime:
    """The aware UTC datetime of an instant in microseconds."""
    return EPOCH + timedelta(microseconds=int(time_us))
