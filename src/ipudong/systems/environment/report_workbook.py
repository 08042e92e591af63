"""The monthly emission report as an XLSX workbook, numbers kept as numbers."""

from datetime import datetime
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ipudong.systems.environment.air_tables import CHINA_STANDARD_TIME
from ipudong.systems.environment.report import MonthlyReport, factor_name, limit_text
from ipudong.systems.environment.report_text import MONTHS, NOTES, TEXTS

_SUMMARY = (
    "enterprise", "outlet", "factor", "unit", "limit", "basis", "mean", "highest", "highest_at",
    "mass", "should", "received", "valid", "transmission", "validity", "effective", "events",
    "hours_over",
)  # fmt: skip
_EVENTS = (
    "enterprise", "outlet", "factor", "start", "end", "duration", "peak", "mean", "limit", "unit",
    "multiple", "ended_by",
)  # fmt: skip
_FORMATS = {
    "transmission": "0.0%",
    "validity": "0.0%",
    "effective": "0.0%",
    "mean": "0.00",
    "highest": "0.00",
    "peak": "0.00",
    "mass": "#,##0.0",
    "multiple": "0.00",
    "start": "yyyy-mm-dd hh:mm",
    "end": "yyyy-mm-dd hh:mm",
    "highest_at": "yyyy-mm-dd hh:mm",
}
_HEAD_FILL = PatternFill("solid", fgColor="1F4E79")
_WIDE = {"enterprise": 30, "outlet": 26, "basis": 24, "factor": 22}
Cell = str | float | int | datetime | None


def render_xlsx(report: MonthlyReport, language: str = "zh") -> bytes:
    """The report as a workbook of three sheets: summary, exceedances, notes."""
    texts = TEXTS[language]
    book = Workbook()
    first = book.active
    summary = first if isinstance(first, Worksheet) else book.create_sheet()
    summary.title = texts["summary_sheet"]
    _fill(summary, language, _SUMMARY, _summary_rows(report, language))
    _fill(
        book.create_sheet(texts["events_sheet"]), language, _EVENTS, _event_rows(report, language)
    )
    _notes(book.create_sheet(texts["notes_sheet"]), report, language)
    book.properties.title = texts["title"]
    book.properties.creator = report.department[language]
    book.properties.created = report.made_at.astimezone(CHINA_STANDARD_TIME).replace(tzinfo=None)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def _summary_rows(report: MonthlyReport, language: str) -> list[list[Cell]]:
    outlets = {outlet.code: outlet for outlet in report.outlets}
    return [
        [
            outlets[row.outlet].enterprise[language],
            outlets[row.outlet].name[language],
            factor_name(row.factor, language),
            row.limit.unit,
            limit_text(row),
            f"{row.limit.basis} ({TEXTS[language][row.limit.averaging]})",
            row.mean,
            row.highest,
            _local(row.highest_at),
            row.mass_kg,
            row.rate.should,
            row.rate.received,
            row.rate.valid,
            row.rate.transmission,
            row.rate.validity,
            row.rate.effective,
            len(row.events),
            row.hours_over,
        ]
        for row in report.rows
    ]


def _event_rows(report: MonthlyReport, language: str) -> list[list[Cell]]:
    outlets = {outlet.code: outlet for outlet in report.outlets}
    return [
        [
            outlets[row.outlet].enterprise[language],
            outlets[row.outlet].name[language],
            factor_name(event.factor, language),
            _local(event.started_at),
            _local(event.ended_at),
            event.hours,
            event.peak,
            event.mean,
            limit_text(row),
            row.limit.unit,
            event.multiple,
            TEXTS[language][event.ended_by],
        ]
        for row in report.rows
        for event in row.events
    ]


def _fill(
    sheet: Worksheet, language: str, columns: tuple[str, ...], rows: list[list[Cell]]
) -> None:
    sheet.append([_heading(name, language) for name in columns])
    for row in rows:
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
    for number, name in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDE.get(name, 16)
        for cell in sheet[get_column_letter(number)][1:]:
            cell.number_format = _FORMATS.get(name, "General")
            if isinstance(cell.value, str):  # a text that begins like a formula stays a text
                cell.data_type = "s"
                cell.quotePrefix = True
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = sheet.dimensions


def _heading(name: str, language: str) -> str:
    units = {"mass": " (kg)", "duration": " (h)"}
    return TEXTS[language][name] + units.get(name, "")


def _notes(sheet: Worksheet, report: MonthlyReport, language: str) -> None:
    texts = TEXTS[language]
    period = texts["period"].format(
        year=report.year, month=report.month, month_name=MONTHS[report.month - 1]
    )
    made = _local(report.made_at)
    sheet.append([f"{report.district[language]} {texts['title']} {period}"])
    sheet.append([report.department[language]])
    sheet.append([f"{texts['made_at']} {made:%Y-%m-%d %H:%M} ({texts['time_zone']})"])
    for note in NOTES:
        sheet.append([texts[note]])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100
    for cell in sheet["A"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _local(at: datetime | None) -> datetime | None:
    """China Standard Time without offset: a spreadsheet has no offsets."""
    return None if at is None else at.astimezone(CHINA_STANDARD_TIME).replace(tzinfo=None)
