"""Things with places, properties and observations to be found by filters."""

from dataclasses import dataclass

import pytest

from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.client import Client

RESULTS = (0.0, 1.5, -2.5, 3.0, 4.0, 5.0, 6.5, 33.2, 10.0, 9.0)
TIMES = (
    *(f"2015-0{month}-0{month}T0{month}:10:2{month}Z" for month in range(1, 10)),
    "2016-12-31T23:59:59.5Z",
)
LINE = {"type": "LineString", "coordinates": [[5, 52], [5, 53]]}
SQUARE = {"type": "Polygon", "coordinates": [[[8, 53], [7, 52], [7, 53], [8, 53]]]}


@dataclass
class Place:
    """What was created: datastreams by the name of their thing, and the client."""

    client: Client
    streams: dict[str, int]

    async def names(self, path: str) -> set[str]:
        """Names of the entities found."""
        return {entity["name"] for entity in (await self.client.get(path))["value"]}

    async def results(self, condition: str) -> list[float]:
        """Results of the first thing's observations that fulfil a condition, ascending."""
        stream = self.streams["first"]
        path = f"Datastreams({stream})/Observations?$top=100&$filter={condition}"
        return sorted(entity["result"] for entity in (await self.client.get(path))["value"])


@pytest.fixture
async def place(client: Client) -> Place:
    """Three things at a point, a line and a square; ten observations of the first."""
    streams = {}
    shapes = {"first": bodies.point(8, 52.0), "second": LINE, "third": SQUARE}
    for number, (name, shape) in enumerate(shapes.items()):
        body = bodies.a_thing(
            name=name,
            description="Sensor Things",
            properties={
                "number": number,
                "label": f"l{number}",
                "mixed": number if number else "zero",
                "deep": {"list": [number, number + 1], "on": number == 1},
            },
            Locations=[{**bodies.a_location(), "name": f"place of {name}", "location": shape}],
            Datastreams=[
                bodies.a_datastream(
                    name=f"stream of {name}",
                    Sensor=bodies.a_sensor(),
                    ObservedProperty=bodies.a_property(f"property of {name}"),
                )
            ],
        )
        link = await client.create("Things", body)
        stream = (await client.get(f"{link}/Datastreams"))["value"][0]["@iot.id"]
        streams[name] = stream
    rows = [[at, result] for at, result in zip(TIMES, RESULTS, strict=True)]
    group = {
        "Datastream": {"@iot.id": streams["first"]},
        "components": ["phenomenonTime", "result"],
        "dataArray": rows,
    }
    answer = await client.send("POST", "CreateObservations", [group])
    assert answer.status_code == 201, answer.text
    return Place(client, streams)
