"""Findings as one line for the console; pages have their own words (catalogue)."""

from ipudong.systems.environment.defects import Finding
from ipudong.systems.environment.properties import PROPERTY_ROWS

_WORDS = {
    "copied_column": "{series}: equal in {rows} neighboring rows, one is a copy of the other",
    "duplicate_row": "{rows} rows repeat an earlier row",
    "conflicting_row": "{rows} rows contradict an earlier row of the same time",
    "flat_line": "{series}: the same value in {rows} rows",
    "missing_mark": "{series}: marked as missing in {rows} rows",
    "fine_above_coarse": "{series}: PM2.5 above PM10 in {rows} rows",
    "impossible_step": "{series}: changes faster than air can in {rows} rows",
    "published_differs": "{rows} published AQI do not follow from their own concentrations",
}


def describe_finding(finding: Finding, station: str) -> str:
    """`station: what is wrong, from when to when`."""
    names = [PROPERTY_ROWS[c].name_en if c in PROPERTY_ROWS else c for c in finding.series]
    text = _WORDS[finding.code].format(series=" and ".join(names), rows=finding.rows)
    if finding.start is None or finding.end is None:
        return f"{station}: {text}"
    return f"{station}: {text}, {finding.start:%Y-%m-%d %H:%M} to {finding.end:%Y-%m-%d %H:%M} UTC"
