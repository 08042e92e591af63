"""The monthly emission report as PDF, set by Typst from plain data; no network, no system font."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

import typst

from ipudong.systems.environment.air_tables import CHINA_STANDARD_TIME
from ipudong.systems.environment.emission import (
    ExceedanceEvent,
    MonthRow,
    TransmissionRate,
    combine_rates,
)
from ipudong.systems.environment.emission_tables import EMISSION_FACTORS
from ipudong.systems.environment.report_text import MONTHS, NOTES, TEXTS

FONT_PACKAGE = "manimgx_fonts_cjk"
"""Carries Noto Sans CJK (OFL 1.1) as one variable font."""
_TEMPLATE = files("ipudong.systems.environment") / "report.typ"


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A name in both languages."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Outlet:
    """An outlet of an enterprise."""

    code: str
    name: Bilingual
    enterprise: Bilingual


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """Everything the report prints; `rows` name their outlet by its code."""

    district: Bilingual
    department: Bilingual
    year: int
    month: int
    made_at: datetime
    outlets: tuple[Outlet, ...]
    rows: tuple[MonthRow, ...]


def render_pdf(report: MonthlyReport, language: str = "zh") -> bytes:
    """The report as PDF in `zh` or `en`; the same data give the same bytes."""
    data = json.dumps(compose(report, language), ensure_ascii=False)
    return typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"report": data},
        font_paths=_fonts(),
        timestamp=int(report.made_at.timestamp()),
    )


@cache
def _fonts() -> typst.Fonts:
    """The packaged font alone, read once: a report looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(files(FONT_PACKAGE))])


def compose(report: MonthlyReport, language: str) -> dict[str, object]:
    """The report as words and shares, ready to be set: what the template reads."""
    texts = TEXTS[language]
    names = {outlet.code: outlet.name[language] for outlet in report.outlets}
    rates = _rates(report.rows)
    total = combine_rates(list(rates.values()))
    return {
        "language": language,
        "text": dict(texts),
        "district": report.district[language],
        "department": report.department[language],
        "period": texts["period"].format(
            year=report.year, month=report.month, month_name=MONTHS[report.month - 1]
        ),
        "made_at": clock(report.made_at),
        "figures": [
            {"label": texts["outlets"], "value": str(len(report.outlets))},
            {"label": texts["factors"], "value": str(len(rates))},
            {"label": texts["effective"], "value": percent(total.effective, texts)},
            {"label": texts["events"], "value": str(sum(len(row.events) for row in report.rows))},
            {"label": texts["hours_over"], "value": str(sum(r.hours_over for r in report.rows))},
        ],
        "rates": [_rate_bar(outlet, rates, language) for outlet in report.outlets],
        "over": _over_bars(report, language),
        "rows": [_row(row, names, texts, language) for row in report.rows],
        "events": [
            _event(row, event, names, texts, language)
            for row in report.rows
            for event in row.events
        ],
        "notes": [texts[note] for note in NOTES],
    }


def _rates(rows: Sequence[MonthRow]) -> dict[tuple[str, str], TransmissionRate]:
    """One rate a factor: two limits on a factor (an hourly and a daily one) share their hours."""
    return {(row.outlet, row.factor): row.rate for row in rows}


def _rate_bar(
    outlet: Outlet, rates: Mapping[tuple[str, str], TransmissionRate], language: str
) -> dict[str, object]:
    rate = combine_rates([rate for (code, _), rate in rates.items() if code == outlet.code])
    shown = percent(rate.effective, TEXTS[language])
    return {"label": outlet.name[language], "share": rate.effective or 0.0, "value": shown}


def _over_bars(report: MonthlyReport, language: str) -> list[dict[str, object]]:
    hours = {
        outlet.code: sum(row.hours_over for row in report.rows if row.outlet == outlet.code)
        for outlet in report.outlets
    }
    most = max(hours.values(), default=0)
    return [
        {
            "label": outlet.name[language],
            "share": hours[outlet.code] / most,
            "value": TEXTS[language]["hours"].format(count=hours[outlet.code]),
        }
        for outlet in report.outlets
        if hours[outlet.code]
    ]


def _row(
    row: MonthRow, names: Mapping[str, str], texts: Mapping[str, str], language: str
) -> dict[str, object]:
    return {
        "outlet": names[row.outlet],
        "factor": factor_name(row.factor, language),
        "unit": row.limit.unit,
        "limit": limit_text(row),
        "averaging": texts[row.limit.averaging],
        "mean": figure(row.mean, texts),
        "highest": figure(row.highest, texts),
        "mass": figure(row.mass_kg, texts, suffix=" kg"),
        "transmission": percent(row.rate.transmission, texts),
        "validity": percent(row.rate.validity, texts),
        "effective": percent(row.rate.effective, texts),
        "hours_over": row.hours_over,
    }


def _event(
    row: MonthRow,
    event: ExceedanceEvent,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    language: str,
) -> dict[str, object]:
    return {
        "outlet": names[row.outlet],
        "factor": factor_name(event.factor, language),
        "start": clock(event.started_at),
        "end": clock(event.ended_at),
        "duration": texts["hours"].format(count=event.hours),
        "peak": f"{figure(event.peak, texts)} {row.limit.unit}".strip(),
        "limit": limit_text(row),
        "multiple": figure(event.multiple, texts),
        "ended_by": texts[event.ended_by],
    }


def factor_name(code: str, language: str) -> str:
    """Name of a factor by its HJ 212 code; the code itself when it is not in the table."""
    factor = EMISSION_FACTORS.get(code)
    if factor is None:
        return code
    return factor.name_en if language == "en" else factor.name_zh


def limit_text(row: MonthRow) -> str:
    """A limit as printed: `50`, or `6–9` for a range."""
    upper = f"{row.limit.upper:g}"
    return upper if row.limit.lower is None else f"{row.limit.lower:g}–{upper}"


def figure(value: float | None, texts: Mapping[str, str], suffix: str = "") -> str:
    """Three significant digits, never in exponents; a dash for nothing."""
    if value is None:
        return texts["nothing"]
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}{suffix}"


def percent(share: float | None, texts: Mapping[str, str]) -> str:
    """A share as printed, one decimal, never rounded up to a full hundred; a dash for nothing."""
    if share is None:
        return texts["nothing"]
    return f"{min(share * 100, 99.9) if share < 1 else 100.0:.1f}%"


def clock(at: datetime) -> str:
    """An instant as printed, China Standard Time."""
    return f"{at.astimezone(CHINA_STANDARD_TIME):%Y-%m-%d %H:%M}"
