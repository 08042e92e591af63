"""Readers of the real files: what they take, what they name as rejected, and hostile input."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.systems.environment.readers.air_records import AirHour
from ipudong.systems.environment.readers.cnemc_air import read_cnemc_air
from ipudong.systems.environment.readers.cnemc_water import (
    WaterReading,
    read_cnemc_water_csv,
    read_cnemc_water_json,
)
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.readers.soda import (
    AirSite,
    WeatherReading,
    read_soda_air,
    read_soda_sites,
    read_soda_weather,
)

NAMESPACE = "http://schemas.datacontract.org/2004/07/Env.CnemcPublish.DAL"
STATION = {
    "StationCode": "1141A",
    "PositionName": "浦东川沙",
    "Longitude": "121.7",
    "Latitude": "31.19",
    "TimePoint": "2019-07-18T12:00:00",
    "PM2_5": "35",
    "PM10": "&mdash;",
    "CO": "0.6",
}
WATER_HEADER = (
    "省份,流域,断面名称,监测时间,水质类别,水温,pH,DO,电导率,浊度,"
    "CODMn,氨氮,总磷,总氮,叶绿素,藻,站点情况\n"
)
WATER_ROW = (
    "上海市,长江流域,三甲港,04-01 04:00,Ⅲ,15.8,8.29,9.10,380.9,78.8,"
    "1.99,0.031,0.104,2.47,*,--,正常\n"
)
AIR_HEADER = "时间\tPM2.5\tPM10\tO3\tSO2\tNO2\tCO\tAQI\t质量评价\t首要污染物\n"
AIR_ROW = "2014/7/1 0:00\t50\t87\t87\t11\t24\t0.7\t69\t良\tPM2.5\n"


def reasons(rows) -> Counter:
    return Counter(row.reason if isinstance(row, Reject) else "accepted" for row in rows)


def publication(*stations: dict[str, str], head: str = "") -> BytesIO:
    rows = "\n".join(
        "<b:AQIDataPublishLive>"
        + "".join(f"<b:{tag}>{text}</b:{tag}>" for tag, text in station.items())
        + "</b:AQIDataPublishLive>"
        for station in stations
    )
    return BytesIO(f'{head}<r xmlns:b="{NAMESPACE}">\n{rows}\n</r>'.encode())


@pytest.mark.parametrize(
    ("path", "read", "expected"),
    [
        ("environment/cnemc_hourly_20190718T12.xml", read_cnemc_air, {"accepted": 1499}),
        ("environment/cnemc_hourly_20190718T14.xml", read_cnemc_air, {"accepted": 1499}),
        ("transit/soda2015/environment/air.txt", read_soda_air, {"accepted": 1000}),
        ("transit/soda2015/environment/siteInfo.txt", read_soda_sites, {"accepted": 11}),
        ("transit/soda2015/weather/weather.txt", read_soda_weather, {"accepted": 1000}),
        (
            "environment/water_quality_shanghai_2021-04.csv",
            lambda source: read_cnemc_water_csv(source, 2021),
            {"accepted": 315, "duplicate": 64, "conflict": 3, "no_time": 10},
        ),
        (
            "environment/water_quality_jiangsu_zhejiang_2021-04.csv",
            lambda source: read_cnemc_water_csv(source, 2021),
            {"accepted": 5877, "duplicate": 422, "conflict": 193, "no_time": 226},
        ),
        (
            "environment/cnemc_water_2020-05-08.json",
            lambda source: read_cnemc_water_json(source, 2020),
            {"accepted": 1900, "conflict": 1},
        ),
        (
            "environment/cnemc_water_2020-08-01.json",
            lambda source: read_cnemc_water_json(source, 2020),
            {"accepted": 63, "no_time": 35},
        ),
    ],
    ids=lambda value: value.rsplit("/", 1)[-1] if isinstance(value, str) else "",
)
def test_every_row_of_the_real_files_is_accepted_or_named(
    shared_data: Path, path: str, read: Callable, expected: dict[str, int]
):
    with (shared_data / path).open("rb") as source:
        assert reasons(read(source)) == expected


def test_a_duplicate_names_its_line_and_the_line_it_repeats(shared_data: Path):
    path = shared_data / "environment/water_quality_shanghai_2021-04.csv"
    with path.open("rb") as source:
        repeated = [r for r in read_cnemc_water_csv(source, 2021) if isinstance(r, Reject)]
    first = next(r for r in repeated if r.reason == "duplicate")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[first.line - 1] == lines[first.first_line - 1]
    conflict = next(r for r in repeated if r.reason == "conflict")
    assert lines[conflict.line - 1] != lines[conflict.first_line - 1]


def test_raw_values_are_preferred_and_marks_are_kept(shared_data: Path):
    with (shared_data / "environment/cnemc_water_2020-08-01.json").open("rb") as source:
        readings = [r for r in read_cnemc_water_json(source, 2020) if isinstance(r, WaterReading)]
    gubeikou = next(r for r in readings if r.section == "古北口")
    assert (gubeikou.values["do"], gubeikou.displayed["do"]) == (6.58589, 6.59)
    assert (gubeikou.city, gubeikou.river) == ("密云区", "潮河")
    assert gubeikou.marks["algae"] == "not_monitored"
    assert any("extreme_filtered" in r.marks.values() for r in readings)


def test_the_four_slashes_of_the_weather_file_are_missing_values_by_name(shared_data: Path):
    with (shared_data / "transit/soda2015/weather/weather.txt").open("rb") as source:
        readings = [r for r in read_soda_weather(source) if isinstance(r, WeatherReading)]
    assert sum(bool(r.missing) for r in readings) == 114
    jinshan = readings[6]
    assert jinshan.missing == ("temperature_c", "wind_direction_deg", "wind_speed_m_s")
    assert (jinshan.station_name, jinshan.temperature_c, jinshan.rain_mm) == ("金山", None, 0)


def test_the_city_average_is_a_site_without_coordinates(shared_data: Path):
    with (shared_data / "transit/soda2015/environment/siteInfo.txt").open("rb") as source:
        sites = {r.code: r for r in read_soda_sites(source) if isinstance(r, AirSite)}
    assert (sites["0"].name_zh, sites["0"].lon) == ("全市平均", None)
    assert (sites["193"].lon, sites["193"].lat) == (121.707211, 31.188478)


def test_times_of_the_publications_are_china_standard_time():
    (record,) = read_cnemc_air(publication(STATION))
    assert isinstance(record, AirHour)
    assert record.at == datetime(2019, 7, 18, 4, tzinfo=UTC)
    assert (record.hour.pm25, record.hour.pm10, record.hour.co) == (35, None, 0.6)


def test_an_undeclared_dash_is_understood_wherever_a_chunk_ends():
    filler = {f"X{n}": "填" * 5000 for n in range(9)}
    for shift in range(12):
        station = {"Pad": "x" * shift} | filler | STATION
        (record,) = read_cnemc_air(publication(station))
        assert isinstance(record, AirHour)
        assert record.hour.pm10 is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"StationCode": ""}, "no_station"),
        ({"TimePoint": "2019-07-18"}, "bad_time"),
        ({"PM2_5": "high"}, "bad_number"),
        ({"PM2_5": "NaN"}, "bad_number"),
        ({"PM2_5": "-3"}, "out_of_range"),
        ({"Longitude": "181"}, "out_of_range"),
        ({"PrimaryPollutant": "灰"}, "unknown_pollutant"),
    ],
)
def test_a_bad_station_is_rejected_with_its_line_and_the_others_stand(change, reason):
    good, bad = read_cnemc_air(publication(STATION, STATION | change | {"PositionName": "x"}))
    assert isinstance(good, AirHour)
    assert (bad.reason, bad.line) == (reason, 3)


def test_an_entity_bomb_and_an_external_entity_are_refused():
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    file = '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    for head, text in ((bomb, "&b;"), (file, "&f;")):
        rows = list(read_cnemc_air(publication(STATION | {"PositionName": text}, head=head)))
        assert [row.reason for row in rows] == ["doctype"]


def test_a_cut_off_publication_keeps_what_came_before():
    whole = publication(STATION, STATION | {"StationCode": "1142A"}).getvalue()
    rows = list(read_cnemc_air(BytesIO(whole[: len(whole) - 30])))
    assert isinstance(rows[0], AirHour)
    assert rows[-1].reason == "malformed"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("上海市,长江流域\n", "wrong_columns"),
        (WATER_ROW.replace("04-01 04:00", "02-30 04:00"), "bad_time"),
        (WATER_ROW.replace("04-01 04:00", "--"), "no_time"),
        (WATER_ROW.replace("Ⅲ", "Ⅶ"), "unknown_class"),
        (WATER_ROW.replace("9.10", "9.1O"), "bad_number"),
        (WATER_ROW.replace("三甲港", ""), "no_station"),
        (WATER_ROW.replace("三甲港", "<script>x</script>"), "bad_cell"),
        ("x" * 70_000 + "\n", "line_too_long"),
        ("\udcff\n", "bad_encoding"),
    ],
)
def test_a_bad_water_row_is_rejected_with_its_line_and_the_next_one_stands(row, reason):
    text = (WATER_HEADER + row + WATER_ROW).encode("utf-8", "surrogateescape")
    bad, good = read_cnemc_water_csv(BytesIO(text), 2021)
    assert (bad.reason, bad.line) == (reason, 2)
    assert isinstance(good, WaterReading)
    assert good.line == 3


def test_a_file_of_another_shape_is_refused_at_its_header():
    assert reasons(read_soda_air(BytesIO(b"a,b,c\n1,2,3\n"))) == {"bad_header": 1}
    assert reasons(read_soda_sites(BytesIO(b"a,b,c\n1,2,3\n"))) == {"bad_header": 1}
    assert reasons(read_cnemc_water_csv(BytesIO(b"a,b,c\n1,2,3\n"), 2021)) == {"bad_header": 1}
    assert reasons(read_cnemc_water_json(BytesIO(b"[1"), 2021)) == {"malformed": 1}
    assert reasons(read_cnemc_water_json(BytesIO(b'{"tbody": 3}'), 2021)) == {"malformed": 1}
    assert reasons(read_cnemc_water_json(BytesIO(b'{"tbody": [3]}'), 2021)) == {"wrong_columns": 1}


def test_a_repeated_hour_with_other_values_is_a_conflict():
    text = AIR_HEADER + AIR_ROW + AIR_ROW + AIR_ROW.replace("\t50\t", "\t51\t")
    first, same, other = read_soda_air(BytesIO(text.encode()))
    assert isinstance(first, AirHour)
    assert (same.reason, same.first_line) == ("duplicate", 2)
    assert (other.reason, other.first_line) == ("conflict", 2)


READERS = [
    read_cnemc_air,
    read_soda_air,
    read_soda_sites,
    read_soda_weather,
    lambda source: read_cnemc_water_csv(source, 2021),
    lambda source: read_cnemc_water_json(source, 2021),
]
SEEDS = [
    publication(STATION).getvalue(),
    (AIR_HEADER + AIR_ROW).encode(),
    b'"id","SITEID","SITENAME"\n1,"0"\n',
    "201501010000 \t58361\t闵行\t2.3\t////\t4.2\t0\n".encode(),
    (WATER_HEADER + WATER_ROW).encode(),
    b'{"tbody": [["a", null]]}',
]


def test_a_bare_carriage_return_spoils_its_line_alone():
    source = BytesIO(f"{WATER_HEADER}\r,\n{WATER_ROW}".encode())
    found = list(read_cnemc_water_csv(source, 2021))
    assert [row.reason for row in found if isinstance(row, Reject)] == ["malformed"]
    assert len(found) == 2


@pytest.mark.parametrize(("read", "seed"), list(zip(READERS, SEEDS, strict=True)))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_reader_raise(read, seed, data):
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, len(seed)))
    for row in read(BytesIO(seed[:start] + data.draw(st.binary(max_size=40)) + seed[end:])):
        assert row is not None
