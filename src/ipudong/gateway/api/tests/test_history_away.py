"""A lake that is away is said to machines too, and not passed over."""

from ipudong.city.sensing.history import open_lake
from ipudong.gateway.conftest import District


async def test_observations_of_a_lake_moved_away_are_a_problem_of_503(district: District) -> None:
    station = await district.connect()
    station.send(station.make_frame(items="a34004-Rtd=3"))
    await station.wait_acknowledged(1)
    await station.close()
    lake = open_lake()
    lake.seal(district.gateway.journal)
    lake.root.rename(lake.root.with_name("elsewhere"))
    answer = await district.http.get(
        "/sensorthings/v1.1/Observations", headers=district.headers("clerk")
    )
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "30"
    assert answer.json()["code"] == "lake.missing"
    lake.root.with_name("elsewhere").rename(lake.root)
    answer = await district.http.get(
        "/sensorthings/v1.1/Observations", headers=district.headers("clerk")
    )
    assert answer.status_code == 200
