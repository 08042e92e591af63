"""FROST's own client for Python makes, changes, reads and deletes entities of every kind.

It is synchronous, so that it works in a thread beside the gateway.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import frost_sta_client as fsc
import geojson
import pytest
import requests
from frost_sta_client.service.auth_handler import AuthHandler

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.bodies import MEASUREMENT
from ipudong.gateway.sensorthings.tests.conformance.client import ROOT

# The client uses a name its own dependency has given up.
pytestmark = pytest.mark.filterwarnings("ignore:furl.pathstr is deprecated:DeprecationWarning")


class Bearer(requests.auth.AuthBase):
    """The API token on each request."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class TokenHandler(AuthHandler):
    """The client asks its handler for what goes into `requests`."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def add_auth_header(self) -> Bearer:
        return Bearer(self._token)


@pytest.fixture
def service(district: District) -> fsc.SensorThingsService:
    address = f"{str(district.http.base_url).rstrip('/')}{ROOT}"
    return fsc.SensorThingsService(address, TokenHandler(district.tokens["administrator"]))


async def run(work: Callable[[], None]) -> None:
    await asyncio.to_thread(work)


def a_location() -> fsc.Location:
    return fsc.Location(
        name="here",
        description="and there",
        location=geojson.Point((121.5, 31.2)),
        encoding_type="application/geo+json",
    )


def a_thing() -> fsc.Thing:
    thing = fsc.Thing(name="thing", description="with a location", properties={"owner": "IOSB"})
    thing.locations = [a_location()]
    return thing


def a_sensor() -> fsc.Sensor:
    return fsc.Sensor(
        name="sensor", description="x", encoding_type="application/pdf", metadata="http://a.b/c"
    )


def a_property(name: str = "temperature") -> fsc.ObservedProperty:
    return fsc.ObservedProperty(name=name, definition="http://a.b/t", description="warmth")


def a_unit(symbol: str = "Cel") -> fsc.UnitOfMeasurement:
    return fsc.UnitOfMeasurement(name=symbol, symbol=symbol, definition=f"http://u/{symbol}")


def a_datastream() -> fsc.Datastream:
    return fsc.Datastream(
        name="stream",
        description="of temperatures",
        observation_type=MEASUREMENT,
        unit_of_measurement=a_unit(),
        thing=a_thing(),
        sensor=a_sensor(),
        observed_property=a_property(),
    )


async def test_a_thing_is_made_changed_and_deleted(service: fsc.SensorThingsService) -> None:
    def work() -> None:
        thing = a_thing()
        service.create(thing)
        found = service.things().find(thing.id)
        assert (found.name, found.properties) == ("thing", {"owner": "IOSB"})
        assert found.get_locations().query().list().entities[0].location["coordinates"] == [
            121.5,
            31.2,
        ]
        thing = fsc.Thing(id=thing.id, name="other", description="changed", properties={})
        service.update(thing)
        assert service.things().find(thing.id).name == "other"
        service.patch(thing, [{"op": "replace", "path": "/name", "value": "patched"}])
        assert service.things().find(thing.id).name == "patched"
        service.delete(thing)
        with pytest.raises(requests.HTTPError, match="404"):
            service.things().find(thing.id)

    await run(work)


async def test_a_datastream_with_observations(service: fsc.SensorThingsService) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)

    def work() -> None:
        stream = a_datastream()
        service.create(stream)
        for n in range(3):
            observation = fsc.Observation(
                result=float(n),
                phenomenon_time=(at + timedelta(minutes=n)).isoformat(),
                datastream=fsc.Datastream(id=stream.id),
            )
            service.create(observation)
        found = service.datastreams().find(stream.id)
        assert found.unit_of_measurement.symbol == "Cel"
        rows = found.get_observations().query().orderby("phenomenonTime", "desc").list()
        assert [row.result for row in rows.entities] == [2.0, 1.0, 0.0]
        last = rows.entities[0]
        changed = fsc.Observation(
            id=last.id, result=7.5, phenomenon_time=(at + timedelta(minutes=2)).isoformat()
        )
        service.update(changed)
        assert service.observations().find(last.id).result == 7.5
        service.delete(last)
        assert len(found.get_observations().query().list().entities) == 2

    await run(work)


async def test_all_other_kinds_of_entities(service: fsc.SensorThingsService) -> None:
    def work() -> None:
        thing, place = a_thing(), a_location()
        feature = fsc.FeatureOfInterest(
            name="feature",
            description="x",
            encoding_type="application/geo+json",
            feature=geojson.Polygon([[(121, 31), (122, 31), (122, 32), (121, 31)]]),
        )
        for entity in (thing, place, a_sensor(), a_property(), feature):
            service.create(entity)
            assert entity.id
            service.delete(entity)
        stays = a_thing()
        service.create(stays)
        there = a_location()
        service.create(there)
        past = fsc.HistoricalLocation(
            time="2020-01-01T00:00:00Z",
            thing=fsc.Thing(id=stays.id),
            locations=[fsc.Location(id=there.id)],
        )
        service.create(past)
        assert service.historical_locations().find(past.id).time
        service.delete(past)

    await run(work)


async def test_a_multi_datastream(service: fsc.SensorThingsService) -> None:
    body = bodies.a_multi_datastream(
        Thing=bodies.a_thing(Locations=[bodies.a_location()]),
        Sensor=bodies.a_sensor(),
        ObservedProperties=[bodies.a_property("speed"), bodies.a_property("direction")],
    )

    def work() -> None:
        # The client writes its list of units as null (its own fault): this one is posted plainly.
        made = service.execute("post", f"{service.url}/MultiDatastreams", json=body)
        multi = service.multi_datastreams().find(int(made.json()["@iot.id"]))
        assert multi.multi_observation_data_types == [MEASUREMENT, MEASUREMENT]
        observation = fsc.Observation(
            result=[3.5, 270.0], multi_datastream=fsc.MultiDatastream(id=multi.id)
        )
        service.create(observation)
        assert service.observations().find(observation.id).result == [3.5, 270.0]
        service.delete(multi)

    await run(work)


async def test_a_task(service: fsc.SensorThingsService) -> None:
    def work() -> None:
        capability = fsc.TaskingCapability(
            name="switch",
            description="on and off",
            tasking_parameters={
                "type": "DataRecord",
                "field": [{"name": "on", "type": "Boolean"}],
            },
            thing=a_thing(),
            actuator=fsc.Actuator(
                name="relay", description="x", encoding_type="text/plain", metadata="none"
            ),
        )
        service.create(capability)
        task = fsc.Task(
            tasking_parameters={"on": True},
            tasking_capability=fsc.TaskingCapability(id=capability.id),
        )
        service.create(task)
        assert service.tasks().find(task.id).tasking_parameters == {"on": True}
        service.delete(task)
        service.delete(capability)

    await run(work)


async def test_what_is_wrong_is_told_to_the_client(service: fsc.SensorThingsService) -> None:
    def work() -> None:
        stream = a_datastream()
        stream.sensor = None
        with pytest.raises(requests.HTTPError, match="400"):
            service.create(stream)
        with pytest.raises(requests.HTTPError, match="404"):
            service.delete(fsc.Thing(id=99999, name="x", description="x"))

    await run(work)
