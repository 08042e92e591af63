"""Published files come in whole or not at all, and their known defects are found."""

from pathlib import Path

import numpy as np
import pytest

from ipudong.city.identity.actors import system_actor
from ipudong.city.manifest import ImportReport, installed
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Datastream, Thing
from ipudong.city.sensing.profiles import sync_declared
from ipudong.options import data_path
from ipudong.store.quality import RESENT, SUSPECT, is_valid
from ipudong.systems.environment.importers import IMPORTERS
from ipudong.systems.environment.models import DataFinding, ImportRun

pytestmark = pytest.mark.django_db
ACTOR = system_actor("test")
AIR = "transit/soda2015/environment/air.txt"


@pytest.fixture
def declared(tmp_path, monkeypatch):
    """Rows of the manifests in the database, and a data folder of the test's own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    sync_declared(installed())


def run(name: str, path: Path) -> ImportReport:
    importer = next(row for row in IMPORTERS if row.name == name)
    return importer.run(path, ACTOR, lambda done, total: None)


def readings(station: str, factor: str):
    stream = Datastream.objects.get(thing__name_zh=station, observed_property=factor)
    return open_history().read([stream.pk])


def test_the_copied_pm10_of_2014_is_found_and_marked_in_every_row(declared, shared_data):
    report = run("air-soda", shared_data / AIR)
    assert (report.accepted, report.rejected) == (1000, 0)
    finding = DataFinding.objects.get(code="copied_column")
    assert (finding.rows, set(finding.factors)) == (1000, {"pm10", "o3"})
    quality = readings("上海全市平均", "pm10")["quality"].to_numpy()
    assert (quality == RESENT | SUSPECT).all()
    assert is_valid(readings("上海全市平均", "o3")["quality"].to_numpy()).all()


def test_the_hour_is_kept_by_its_beginning(declared, shared_data):
    run("air-soda", shared_data / AIR)
    table = readings("上海全市平均", "pm25")
    first = table["time"].cast("int64").to_numpy().astype("datetime64[us]").min()
    assert first == np.datetime64("2014-06-30T15:00")
    assert table["result"].to_numpy()[0] == 50


def test_importing_twice_changes_nothing(declared, shared_data):
    for _ in range(2):
        run("air-soda", shared_data / AIR)
    assert readings("上海全市平均", "pm25").num_rows == 1000
    assert Thing.objects.filter(protocol="import").count() == 1
    assert ImportRun.objects.count() == 2


def test_repeated_rows_of_the_water_file_are_rejected_with_line_and_counted(declared, shared_data):
    report = run("water-cnemc", shared_data / "environment/water_quality_shanghai_2021-04.csv")
    assert report.accepted + report.rejected == 392
    assert (4, "duplicate of line 3") in report.rejects
    repeats = DataFinding.objects.filter(code="duplicate_row")
    assert sum(one.rows for one in repeats) == sum(
        reason.startswith("duplicate") for _, reason in report.rejects
    )
    assert {"三甲港", "二团"} <= set(Thing.objects.values_list("name_zh", flat=True))


def test_the_slashes_of_the_weather_file_are_shown_as_missing(declared, shared_data):
    report = run("air-soda", shared_data / "transit/soda2015/weather/weather.txt")
    assert report.accepted == 1000
    marks = DataFinding.objects.filter(code="missing_mark")
    assert marks.count() >= 1
    assert all(one.detail["marks"] == ["////"] for one in marks)


def test_a_file_cut_short_leaves_nothing_behind(declared, shared_data, tmp_path):
    whole = (shared_data / "environment/cnemc_hourly_20190718T12.xml").read_bytes()
    broken = tmp_path / "cut.xml"
    broken.write_bytes(whole[:20_000])
    report = run("air-cnemc", broken)
    assert report.accepted == 0
    assert any(reason.startswith("malformed") for _, reason in report.rejects)
    assert not Thing.objects.filter(protocol="import").exists()
    assert not DataFinding.objects.exists()
    assert not data_path("journal.sqlite3").exists() or open_history().read().num_rows == 0


def test_a_journal_that_cannot_be_written_keeps_no_run(declared, shared_data, tmp_path):
    (tmp_path / "journal.sqlite3").mkdir()
    with pytest.raises(Exception, match=r"journal|open"):
        run("air-soda", shared_data / AIR)
    assert not ImportRun.objects.exists()
    assert not DataFinding.objects.exists()
