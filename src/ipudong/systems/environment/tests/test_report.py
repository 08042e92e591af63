"""The monthly report in both languages: its text, its numbers and its pages."""

from datetime import UTC, datetime
from io import BytesIO

import numpy as np
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from ipudong.systems.environment.emission import HourSeries, month_row
from ipudong.systems.environment.emission_tables import EMISSION_STANDARDS
from ipudong.systems.environment.report import (
    Bilingual,
    MonthlyReport,
    Outlet,
    clock,
    compose,
    figure,
    percent,
    render_pdf,
)
from ipudong.systems.environment.report_text import TEXTS
from ipudong.systems.environment.report_workbook import render_xlsx

OUTLETS = (
    Outlet(
        "DA001",
        Bilingual("焚烧炉 1 号烟囱", "Incinerator stack 1"),
        Bilingual("海滨资源再利用中心", "Seaside Resource Recovery Center"),
    ),
    Outlet(
        "DA002",
        Bilingual("燃气锅炉烟囱", "Gas boiler stack"),
        Bilingual("张江能源站", "Zhangjiang Energy Station"),
    ),
    Outlet(
        "DW001",
        Bilingual("总排口", "Main outfall"),
        Bilingual("临港污水处理厂", "Lingang Sewage Plant"),
    ),
)
STANDARD_OF = {"DA001": "waste_incineration", "DA002": "boiler_gas", "DW001": "sewage_1a"}


def series_for(seed: int, around: float, spread: float, spike: float) -> HourSeries:
    random = np.random.default_rng(seed)
    times = np.datetime64("2026-04-30T16", "h") + np.arange(744)
    values = np.abs(random.normal(around, spread, 744))
    values[300 + seed : 305 + seed] = spike
    valid = random.random(744) > 0.03
    kept = random.random(744) > 0.02
    return HourSeries(times[kept], values[kept], valid[kept])


@pytest.fixture(scope="module")
def report() -> MonthlyReport:
    rows = []
    for outlet in OUTLETS:
        for seed, limit in enumerate(EMISSION_STANDARDS[STANDARD_OF[outlet.code]]):
            around = 7.3 if limit.lower else limit.upper * 0.55
            spike = limit.upper * 1.4 if seed == 1 else around
            series = series_for(seed, around, around * 0.08, spike)
            mass = None if limit.lower else series.values * 0.004
            rows.append(month_row(outlet.code, series, limit, 2026, 5, mass_kg_h=mass))
    return MonthlyReport(
        district=Bilingual("上海市浦东新区", "Pudong New Area, Shanghai"),
        department=Bilingual("浦东新区生态环境局", "Pudong Ecology and Environment Bureau"),
        year=2026,
        month=5,
        made_at=datetime(2026, 6, 1, 1, 30, tzinfo=UTC),
        outlets=OUTLETS,
        rows=tuple(rows),
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pdf_holds_every_outlet_event_and_page_number(report, language):
    reader = PdfReader(BytesIO(render_pdf(report, language)))
    texts = TEXTS[language]
    pages = [page.extract_text() for page in reader.pages]
    text = "".join("".join(pages).split())
    for outlet in OUTLETS:
        assert "".join(outlet.name[language].split()) in text
    for heading in ("title", "rates_heading", "summary_heading", "events_heading", "notes_heading"):
        assert "".join(texts[heading].split()) in text
    events = [event for row in report.rows for event in row.events]
    assert len(events) >= 2
    for event in events:
        assert "".join(clock(event.started_at).split()) in text
    last = texts["page"].format(page=len(pages), pages=len(pages))
    assert "".join(last.split()) in "".join(pages[-1].split())
    assert reader.pages[0].mediabox.height == pytest.approx(841.89, abs=0.1)


def test_chinese_is_set_in_the_packaged_font(report):
    reader = PdfReader(BytesIO(render_pdf(report, "zh")))
    fonts = {font["/BaseFont"] for page in reader.pages for font in _fonts(page)}
    assert fonts
    assert all("NotoSansCJK" in font for font in fonts)


def _fonts(page):
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def test_a_factor_with_two_limits_is_one_factor_with_one_rate(report):
    factors = {(row.outlet, row.factor) for row in report.rows}
    assert len(factors) < len(report.rows)
    shown = {one["label"]: one["value"] for one in compose(report, "en")["figures"]}
    assert shown["Factors monitored"] == str(len(factors))


def test_the_same_data_give_the_same_pdf(report):
    assert render_pdf(report) == render_pdf(report)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_holds_numbers_as_numbers(report, language):
    book = load_workbook(BytesIO(render_xlsx(report, language)))
    summary = book[TEXTS[language]["summary_sheet"]]
    assert summary.max_row == 1 + len(report.rows)
    header = [cell.value for cell in summary[1]]
    effective = summary.cell(2, header.index(TEXTS[language]["effective"]) + 1)
    assert effective.value == pytest.approx(report.rows[0].rate.effective)
    assert effective.number_format == "0.0%"
    events = book[TEXTS[language]["events_sheet"]]
    assert events.max_row == 1 + sum(len(row.events) for row in report.rows)
    assert isinstance(events.cell(2, 4).value, datetime)


def test_a_name_that_begins_like_a_formula_stays_a_text(report):
    evil = Outlet("DA001", Bilingual("=1+1", "=1+1"), Bilingual("@x", "@x"))
    changed = MonthlyReport(
        report.district, report.department, 2026, 5, report.made_at, (evil,), report.rows[:1]
    )
    sheet = load_workbook(BytesIO(render_xlsx(changed))).worksheets[0]
    assert [sheet.cell(2, column).value for column in (1, 2)] == ["@x", "=1+1"]
    assert sheet.cell(2, 2).data_type == "s"
    assert "=1+1" in PdfReader(BytesIO(render_pdf(changed))).pages[0].extract_text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_month_without_outlets_is_still_a_report(report, language):
    empty = MonthlyReport(report.district, report.department, 2026, 5, report.made_at, (), ())
    text = PdfReader(BytesIO(render_pdf(empty, language))).pages[0].extract_text()
    assert TEXTS[language]["no_events"] in text
    assert load_workbook(BytesIO(render_xlsx(empty, language))).worksheets[0].max_row == 1


def test_both_languages_say_the_same_things():
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()


def test_a_rate_just_below_full_is_not_printed_as_full():
    assert [percent(s, TEXTS["en"]) for s in (None, 0.99999, 1.0, 0.9)] == [
        "—",
        "99.9%",
        "100.0%",
        "90.0%",
    ]
    assert [figure(v, TEXTS["en"]) for v in (None, 0.0123, 1.234, 12.34, 1234.5)] == [
        "—",
        "0.012",
        "1.23",
        "12.3",
        "1,234",
    ]
