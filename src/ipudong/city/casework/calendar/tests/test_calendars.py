from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.audit.models import Entry
from ipudong.city.casework.calendar import (
    CalendarError,
    YearDays,
    add_working_days,
    is_working_day,
)
from ipudong.city.casework.calendar.notices import NoticeYear, read_notice_file
from ipudong.city.casework.models import WorkCalendar
from ipudong.city.casework.queries.calendars import get_calendar, list_calendar_years
from ipudong.city.casework.services.calendars import (
    import_notice,
    load_known_years,
    store_years,
)
from ipudong.city.identity.actors import system_actor
from ipudong.config.imports import HOUSE_IMPORTERS

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
NOTICE_2027 = """date,kind,name
2027-01-01,holiday,元旦
2027-10-01,holiday,国庆节
2027-10-04,holiday,国庆节
2027-10-09,workday,国庆节
"""


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "2027.csv"
    path.write_text(NOTICE_2027, encoding="utf-8")
    return path


def test_a_district_without_years_reckons_by_weekends() -> None:
    assert get_calendar().edition == 0
    assert get_calendar().is_provisional(date(2011, 1, 1), date(2011, 1, 2))


def test_set_up_loads_every_known_year_once() -> None:
    assert load_known_years(by="system:setup", at=NOW) == 23
    assert load_known_years(by="system:setup", at=NOW) == 0
    assert WorkCalendar.objects.count() == 23
    assert Entry.objects.filter(action="casework.load_calendar").count() == 1
    calendar = get_calendar()
    assert calendar.edition == 1
    assert not is_working_day(date(2011, 10, 7), calendar)
    assert is_working_day(date(2011, 10, 8), calendar)
    assert calendar.years[2011].source.startswith("chinesecalendar ")


def test_a_changed_year_is_a_new_version_and_old_computations_keep_theirs() -> None:
    load_known_years(by="system:setup", at=NOW)
    before = get_calendar()
    corrected = NoticeYear(2011, {date(2011, 10, 3): "国庆节"}, {}, "correction")
    assert store_years([corrected], by="admin", at=NOW.replace(hour=10)) == 1
    after = get_calendar()
    assert (after.edition, after.find_version(2011), after.find_version(2012)) == (2, 2, 1)
    start = date(2011, 9, 30)
    assert add_working_days(start, 1, after) == date(2011, 10, 4)
    for kept in (before, get_calendar(1)):
        assert kept.edition == 1
        assert add_working_days(start, 1, kept) == date(2011, 10, 8)
    assert [str(row) for row in list_calendar_years()][15:17] == ["2011.2", "2011.1"]


def test_an_imported_year_is_not_undone_by_the_library() -> None:
    year = NoticeYear(2012, {date(2012, 1, 2): "元旦"}, {}, "2012.csv")
    store_years([year], by="admin", at=NOW)
    assert load_known_years(by="system:setup", at=NOW.replace(hour=11)) == 22
    assert get_calendar().years[2012].source == "2012.csv"


def test_a_notice_is_imported_from_a_file(notice: Path) -> None:
    importer = next(row for row in HOUSE_IMPORTERS if row.name == "calendar")
    report = importer.run(notice, system_actor("console"), lambda done, total: None)
    assert (report.accepted, report.rejected) == (4, 0)
    calendar = get_calendar()
    assert not calendar.is_provisional(date(2027, 1, 1), date(2027, 12, 31))
    assert is_working_day(date(2027, 10, 9), calendar)
    assert not is_working_day(date(2027, 10, 4), calendar)
    assert import_notice(notice, by="admin", at=NOW)[0] == 0


def test_a_file_with_a_wrong_row_changes_nothing_and_says_each(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    rows = [
        "2027-13-01,holiday,x",
        "1890-01-01,holiday,x",
        "2027-02-01,party,x",
        "2027-10-01,holiday,国庆节",
        "2027-10-09,workday,国庆节",
        "2027-10-09,workday,国庆节",
        "2027-10-11,workday,国庆节",
        "2027-10-12",
    ]
    path.write_text("date,kind,name\n" + "\n".join(rows), encoding="utf-8")
    changed, file = import_notice(path, by="admin", at=NOW)
    assert changed == 0
    assert [(line, code) for line, code, _row in file.rejects] == [
        (2, "not_a_date"),
        (3, "out_of_range"),
        (4, "unknown_kind"),
        (7, "day_twice"),
        (8, "weekday_is_worked"),
        (9, "unknown_kind"),
    ]
    assert not WorkCalendar.objects.exists()
    importer = next(row for row in HOUSE_IMPORTERS if row.name == "calendar")
    report = importer.run(path, system_actor("console"), lambda done, total: None)
    assert (report.accepted, report.rejected) == (0, 6)
    assert "2027-13-01" in report.rejects[0][1]


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", b"\xff\xfe\x00", b"", b'date,kind,name\n"2027-01-01,holiday,x\n'],
)
def test_what_is_no_notice_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(CalendarError, match="unreadable"):
        import_notice(path, by="admin", at=NOW)


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: f"date,kind,name\n{text}".encode()),
        st.lists(
            st.tuples(
                st.one_of(st.dates().map(str), st.text(max_size=8)),
                st.sampled_from(["holiday", "workday", "x", ""]),
                st.text(max_size=8),
            ),
            max_size=6,
        ).map(lambda rows: ("date,kind,name\n" + "\n".join(map(",".join, rows))).encode()),
    )
)
def test_whatever_the_file_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "notice.csv"
    path.write_bytes(content)
    try:
        file = read_notice_file(path)
    except CalendarError:
        return
    for year in file.years:
        YearDays(year.year, 1, year.holidays, year.workdays, year.source)


def test_a_file_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("date,kind,name\n" + "2027-01-01,holiday,x\n" * 20_001, encoding="utf-8")
    with pytest.raises(CalendarError, match="too_many"):
        import_notice(path, by="admin", at=NOW)
