"""Device profiles that staff write: between the rows of their table and `DeviceProfile`."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.utils.functional import Promise

from ipudong.city.languages import reads_chinese
from ipudong.city.sensing.models import ProfileRow
from ipudong.city.sensing.profiles import Channel, DeviceProfile, use_profile_rows

# The fields of a channel as a row keeps them, beside those it must have.
_OPTIONAL = {"unit": "", "scale": 1.0, "offset": 0.0, "period": "", "statistic": ""}


class BilingualTitle(Promise):
    """A title that is read in the language of the page."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en

    def __str__(self) -> str:
        return self.zh if reads_chinese() else self.en or self.zh

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BilingualTitle) and (self.zh, self.en) == (other.zh, other.en)

    def __hash__(self) -> int:
        return hash((self.zh, self.en))


def to_profile(row: ProfileRow) -> DeviceProfile:
    """The profile a row describes."""
    return DeviceProfile(
        name=row.name,
        protocol=row.protocol,
        title=BilingualTitle(row.title_zh, row.title_en),
        channels=tuple(Channel(**channel) for channel in row.channels),
        kind=row.kind,
        system=row.system,
        expected_interval_s=row.expected_interval_s,
        payload=row.payload,
        topic=row.topic,
    )


def to_rows(channels: Iterable[Channel]) -> list[dict[str, Any]]:
    """Channels as a row keeps them: what is as usual is left out."""
    return [
        {
            key: value
            for key, value in asdict(channel).items()
            if key not in _OPTIONAL or value != _OPTIONAL[key]
        }
        for channel in channels
    ]


def refresh_profiles() -> None:
    """Bring this process's profiles up to date with the table: one query.

    Pages and writes call it before they look a profile up; the gateway with each directory it
    loads, so that it knows a changed row within a second.
    """
    use_profile_rows({row.name: to_profile(row) for row in ProfileRow.objects.all()})
