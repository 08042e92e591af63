"""A station whose clock is days off: its readings are kept and marked, and judged by nobody."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.crash.counting import count_stored
from tests.crash.station_by_hand import StationByHand, choose_station
from tests.running import running_district

DAYS_OFF = timedelta(days=3)


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_stations_with_a_wrong_clock_are_marked_and_never_in_an_aqi(
    tmp_path: Path, prepared: Path
) -> None:
    with running_district(tmp_path, like=prepared) as district:
        district.start("gateway")
        district.wait_until_ready(district.gateway_url)
        district.start_simulator("--fault", "clock=1", "--history-days", "1")
        while district.count_acknowledged() < 300:
            district.wait_for_acknowledgements()
        assert district.stop("simulator") == 0
        station = StationByHand(district.station_port, *choose_station())
        assert station.upload(at=datetime.now(UTC) + DAYS_OFF, value=999.0)
        station.close()
        assert district.stop("gateway") == 0

        found = count_stored(district)
        assert found["lost"] == found["changed"] == 0, found
        assert found["of_stations"] > 200, found
        assert found["stations_time_off"] == found["of_stations"], found
        assert found["valid_hours"] == 0, found
        assert found["aqi_hours"] == 0, found


@pytest.mark.crash
@pytest.mark.timeout(240)
def test_the_same_stations_with_a_right_clock_have_an_aqi(tmp_path: Path, prepared: Path) -> None:
    with running_district(tmp_path, like=prepared) as district:
        district.start("gateway")
        district.wait_until_ready(district.gateway_url)
        district.start_simulator("--history-days", "1")
        while district.count_acknowledged() < 300:
            district.wait_for_acknowledgements()
        assert district.stop("simulator") == 0
        assert district.stop("gateway") == 0

        found = count_stored(district)
        assert found["stations_time_off"] == 0, found
        assert found["valid_hours"] > 0, found
        assert found["aqi_hours"] > 0, found
