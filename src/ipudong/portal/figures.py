"""Figures and instants as a reader of the page's language writes them."""

from datetime import datetime

from django.utils import timezone
from django.utils.formats import number_format


def format_figure(value: float | None, decimals: int | None = None) -> str:
    """`1,234.5`; decimals chosen by size unless given; an en dash for None."""
    if value is None:
        return "–"
    if decimals is None:
        size = abs(value)
        decimals = 0 if size >= 100 or float(value).is_integer() else 1 if size >= 10 else 2
    return number_format(round(value, decimals), decimals, use_l10n=True, force_grouping=True)


def as_instant(at: datetime) -> str:
    """ISO 8601 in the district's time zone, for charts and `<time datetime>`."""
    return timezone.localtime(at).isoformat(timespec="seconds")
