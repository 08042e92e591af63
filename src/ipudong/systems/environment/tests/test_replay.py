"""Real records leave as what a station would send."""

from datetime import UTC, datetime

from ipudong.systems.environment.simulation import replay


def test_the_city_hours_of_2014_and_the_sections_of_2021_are_sent(shared_data):
    uploads = list(replay(shared_data))
    by_kind = {kind: [u for u in uploads if u[0].kind == kind] for kind in ("air", "water")}
    city = [u for u in by_kind["air"] if u[0].name_zh == "全市平均"]
    assert len(city) == 1000
    _station, command, began, fields = city[0]
    assert (command, began) == ("2061", datetime(2014, 6, 30, 15, tzinfo=UTC))
    assert fields["a34004"] == {"Avg": 50.0, "Flag": "N"}
    assert {"三甲港", "二团"} <= {u[0].name_zh for u in by_kind["water"]}
    assert len({u[0].mn for u in by_kind["water"]}) == 14


def test_a_folder_without_records_sends_nothing(tmp_path):
    assert list(replay(tmp_path)) == []
