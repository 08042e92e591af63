"""Devices come in from a table, all of them or none, and go out in the same columns."""

import csv
import io
import zipfile
from contextlib import suppress

import pytest
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from ipudong.city.audit.models import Entry
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.device_table import CODES, read_table, titles, write_xlsx
from ipudong.city.sensing.directory import load_directory
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import QuarantinedDevice, Thing
from ipudong.city.sensing.profiles import declare_profiles, sync_declared
from ipudong.city.sensing.services import (
    export_rows,
    import_devices,
    plan_import,
    quarantine_device,
    register_thing,
)

pytestmark = pytest.mark.django_db
HEAD = "name_zh,name_en,profile,identity,lon,lat,place_code,organisation,expected_interval_s\n"


@pytest.fixture(autouse=True)
def house(db: None) -> None:
    load_places(read_places())
    sync_declared([HOUSE])
    declare_profiles(HOUSE.device_profiles)


def plan(text: str, name: str = "devices.csv", encoding: str = "utf-8"):
    return plan_import(name, io.BytesIO(text.encode(encoding)))


def bring(text: str, noon, **more):
    return import_devices(plan=plan(text, **more), by="officer", at=noon)


def test_new_devices_are_made_and_their_tokens_told_once(noon) -> None:
    done = bring(HEAD + "一号,One,generic_json,n-1,121.5447,31.2222,,某厂,60\n", noon)
    thing = Thing.objects.get()
    assert (thing.name_zh, thing.expected_interval_s, thing.organisation) == ("一号", 60, "某厂")
    assert thing.place_code
    [(identity, name, token)] = done.secrets
    assert (identity, name) == ("n-1", "一号")
    device = load_directory().find_device("mqtt", "n-1")
    assert device is not None
    assert device.accepts(token)
    assert token not in repr(done)
    assert Entry.objects.get(action="sensing.import_devices").detail == {"new": 1, "known": 0}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_headings_may_be_chinese_in_what_a_spreadsheet_saves(noon, encoding: str) -> None:
    text = "设备标识,中文名称,设备模型,备注\nn-1,一号,generic_json,随便\n"
    names = dict(zip(CODES, _chinese(), strict=True))
    text = text.replace("设备标识", names["identity"])
    text = text.replace("中文名称", names["name_zh"]).replace("设备模型", names["profile"])
    assert bring(text, noon, encoding=encoding).fresh == 1


def _chinese() -> list[str]:
    with override("zh-hans"):
        return titles()


BAD_ROWS = [
    (",,generic_json,n-1,,,,,", "no_name"),
    ("一号,,nothing,n-1,,,,,", "unknown_profile"),
    ("一号,,generic_json,,,,,,", "bad_identity"),
    ("一号,,generic_json,../../x,,,,,", "bad_identity"),
    ("一号,,generic_json,n-1,121.5,,,,", "half_position"),
    ("一号,,generic_json,n-1,east,31,,,", "bad_lon"),
    ("一号,,generic_json,n-1,121,nan,,,", "bad_lat"),
    ("一号,,generic_json,n-1,121,91,,,", "bad_lat"),
    ("一号,,generic_json,n-1,,,999999,,", "unknown_place"),
    ("一号,,generic_json,n-1,,,,,-5", "bad_expected_interval_s"),
    ("一号\x07,,generic_json,n-1,,,,,", "bad_text"),
]


@pytest.mark.parametrize(("row", "code"), BAD_ROWS)
def test_one_bad_row_is_named_by_line_and_nothing_is_imported(noon, row: str, code: str) -> None:
    text = f"{HEAD}好的,,generic_json,good,,,,,\n\n{row}\n"
    made = plan(text)
    assert [(line, reason) for line, reason, _value in made.rejects] == [(4, code)]
    with pytest.raises(SensingError) as refused:
        import_devices(plan=made, by="officer", at=noon)
    assert refused.value.code == "rows_rejected"
    assert not Thing.objects.exists()


def test_an_identity_twice_names_the_line_of_the_first(noon) -> None:
    made = plan(HEAD + "一,,generic_json,n-1,,,,,\n二,,generic_json,n-1,,,,,\n")
    assert made.rejects == [(3, "identity_twice", "2")]


def test_somebody_who_is_faster_undoes_the_whole_import(noon) -> None:
    made = plan(HEAD + "一,,generic_json,n-1,,,,,\n二,,generic_json,n-2,,,,,\n")
    bring(HEAD + "三,,generic_json,n-2,,,,,\n", noon)
    with pytest.raises(SensingError) as refused:
        import_devices(plan=made, by="officer", at=noon)
    assert refused.value.code == "identity_taken"
    assert Thing.objects.get().name_zh == "三"


def test_what_was_exported_comes_in_again_as_changes(noon) -> None:
    bring(HEAD + "一号,One,generic_json,n-1,121.5,31.2,,,60\n", noon)
    token = Thing.objects.get().credential
    rows = list(export_rows(Thing.objects.all()))
    book = load_workbook(io.BytesIO(write_xlsx(CODES, rows)))
    book.worksheets[0]["A2"] = "新名"
    stream = io.BytesIO()
    book.save(stream)
    made = plan_import("devices.xlsx", io.BytesIO(stream.getvalue()))
    assert (made.fresh, made.known, made.rejects) == (0, 1, [])
    done = import_devices(plan=made, by="officer", at=noon)
    thing = Thing.objects.get()
    assert (thing.name_zh, thing.name_en, thing.credential) == ("新名", "One", token)
    assert done.secrets == []


def test_a_name_that_is_a_formula_comes_back_as_it_was(noon) -> None:
    bring(HEAD + "=1+1,,generic_json,n-1,,,,,\n", noon)
    data = write_xlsx(CODES, export_rows(Thing.objects.all()))
    cell = load_workbook(io.BytesIO(data)).worksheets[0]["A2"]
    assert (cell.value, cell.data_type) == ("'=1+1", "s")
    [(_line, cells)] = list(read_table("x.xlsx", io.BytesIO(data)))
    assert cells["name_zh"] == "=1+1"


def test_a_number_of_a_spreadsheet_is_an_identity(noon) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["name_zh", "profile", "identity"])
    sheet.append(["车", "jt808_terminal", 13800138000.0])
    stream = io.BytesIO()
    book.save(stream)
    made = plan_import("x.xlsx", io.BytesIO(stream.getvalue()))
    assert [row.identity for row in made.rows] == ["13800138000"]


def test_a_stranger_that_is_imported_waits_no_more(noon) -> None:
    quarantine_device("mqtt", "n-1", "10.0.0.9", b"{}", "unknown_identity", noon)
    bring(HEAD + "一号,,generic_json,n-1,,,,,\n", noon)
    assert QuarantinedDevice.objects.get().state == "adopted"


def _zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (101 * 1024 * 1024))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("x.csv", b"", "missing_columns"),
        ("x.csv", b"a,b,c\n1,2,3\n", "missing_columns"),
        ("x.csv", b"\xff\xfe\x00\x01\x80", "unreadable_file"),
        ("x.csv", b"a" * (5 * 1024 * 1024 + 1), "file_too_large"),
        ("x.csv", (HEAD + "a,,p,i,,,,,\n" * 5001).encode(), "too_many_rows"),
        ("x.xlsx", b"no workbook", "unreadable_file"),
        ("x.xlsx", _zip_bomb(), "file_too_large"),
    ],
)
def test_what_is_no_table_is_refused(name: str, data: bytes, code: str) -> None:
    with pytest.raises(SensingError) as refused:
        list(read_table(name, io.BytesIO(data)))
    assert refused.value.code == code


@given(data=st.binary(max_size=300), name=st.sampled_from(["x.csv", "x.xlsx"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_is_read_or_refused(data: bytes, name: str) -> None:
    for content in (data, HEAD.encode() + data):
        with suppress(SensingError):
            list(read_table(name, io.BytesIO(content)))


@given(cells=st.lists(st.text(max_size=12), min_size=9, max_size=9))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_row_is_planned_or_rejected(cells: list[str]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow(cells)
    try:
        made = plan(HEAD + stream.getvalue(), encoding="utf-8")
    except (SensingError, UnicodeEncodeError):
        return
    assert len(made.rows) + len(made.rejects) <= 1 + stream.getvalue().count("\n")


def test_an_imported_device_is_as_one_registered_by_hand(noon) -> None:
    bring(HEAD + "一号,One,jt808_terminal,13800138000,121.5447,31.2222,,某厂,60\n", noon)
    profile = HOUSE.device_profiles[-1]
    register_thing(
        name_zh="一号",
        name_en="One",
        kind=profile.kind,
        system=profile.system,
        at=noon,
        protocol="jt808",
        identity="13800138001",
        channels=profile.channels,
        profile=profile.name,
        lon=121.5447,
        lat=31.2222,
        organisation="某厂",
        expected_interval_s=60,
    )
    imported, registered = (describe(thing) for thing in Thing.objects.order_by("identity"))
    assert imported == registered


def describe(thing: Thing) -> dict[str, object]:
    """All that is stored of a thing, without ids, identity and credential."""
    own = ("id", "identity", "credential")
    facts = {name: value for name, value in vars(thing).items() if name not in own}
    facts.pop("_state")
    [place], [past], [span] = (
        thing.locations.all(),
        thing.historical_locations.all(),
        thing.feature_spans.all(),
    )
    streams = thing.datastreams.order_by("channel").values(
        "channel", "unit", "observed_property", "name", "description", "observed_area"
    )
    return {
        **facts,
        "place": (place.name, place.description, place.geometry, place.west, place.north),
        "past": (past.time, [row.pk == place.pk for row in past.locations.all()]),
        "span": (span.start_us, span.feature.geometry, span.feature.location_id == place.pk),
        "streams": list(streams),
    }


def test_a_large_import_takes_few_statements(noon, django_assert_max_num_queries) -> None:
    rows = "".join(f"{n} 号,,generic_json,n-{n},121.5,31.2,,,\n" for n in range(300))
    made = plan(HEAD + rows)
    with django_assert_max_num_queries(60):
        import_devices(plan=made, by="officer", at=noon)
    assert Thing.objects.count() == 300
