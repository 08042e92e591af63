"""Built-in operators and functions (18-088, 9.3.3.5), in the words of the standard's tables."""

import pytest

from ipudong.gateway.sensorthings.tests.conformance.c03_filtering.conftest import RESULTS, Place

EVERY = {"first", "second", "third"}

TEXT = {
    "substringof('Sensor Things',description)": EVERY,
    "substringof('sensor',description)": set(),
    "endswith(description,'Things')": EVERY,
    "startswith(description,'Sensor')": EVERY,
    "startswith(description,'sensor')": set(),
    "length(description) eq 13": EVERY,
    "indexof(description,'Things') eq 7": EVERY,
    "substring(description,1) eq 'ensor Things'": EVERY,
    "substring(description,2,4) eq 'nsor'": EVERY,
    "tolower(description) eq 'sensor things'": EVERY,
    "toupper(description) eq 'SENSOR THINGS'": EVERY,
    "trim(concat(concat('  ',name),'  ')) eq 'first'": {"first"},
    "concat(concat(name,', '),description) eq 'third, Sensor Things'": {"third"},
    "endswith(name,'nd') or endswith(name,'rd')": {"second", "third"},
    "not (substringof('ir',name))": {"second"},
    "name in ('first','third')": {"first", "third"},
    "name gt 'first'": {"second", "third"},
}
JSON = {
    "properties/number eq 1": {"second"},
    "properties/number ge 1": {"second", "third"},
    "properties/number ne 1": {"first", "third"},
    "properties/number mul 2 sub 1 eq 3": {"third"},
    "properties/number mod 2 eq 0": {"first", "third"},
    "properties/number div 2 eq 0.5": {"second"},
    "5 sub properties/number lt 4": {"third"},
    "properties/label eq 'l2'": {"third"},
    "properties/mixed eq 'zero'": {"first"},
    "properties/mixed gt 0": {"second", "third"},
    "properties/deep/on eq true": {"second"},
    "properties/deep/list/1 eq 3": {"third"},
    "properties/nothing eq null": EVERY,
    "properties/nothing gt 1": set(),
    "startswith(properties/label,'l') and properties/number lt 2": {"first", "second"},
}
PLACES = {
    "geo.distance(Locations/location, geography'POINT(8 52.5)') lt 0.6": {"first", "third"},
    "geo.distance(Locations/location, geography'POINT(8 52)') eq 0": {"first"},
    "geo.length(Locations/location) gt 3": {"third"},
    "geo.length(Locations/location) eq 1": {"second"},
    "geo.intersects(Locations/location, geography'LINESTRING(7.5 51, 7.5 54)')": {"third"},
    "st_equals(Locations/location, geography'POINT(8 52)')": {"first"},
    "st_disjoint(Locations/location, geography'POINT(8 52)')": {"second", "third"},
    "st_touches(Locations/location, geography'LINESTRING(8 52,9 52)')": {"first"},
    "st_within(Locations/location, geography'POLYGON((7 51,7 54,9 54,9 51,7 51))')": {
        "first",
        "third",
    },
    "st_overlaps(Locations/location, geography'POLYGON((7 52,7 53,7.5 53,7.5 52,7 52))')": {
        "third"
    },
    "st_crosses(Locations/location, geography'LINESTRING(4 52.5,6 52.5)')": {"second"},
    "st_intersects(Locations/location, geography'LINESTRING(4 52.5,6 52.5)')": {"second"},
    "st_contains(Locations/location, geography'POINT(7.1 52.5)')": {"third"},
    "st_relate(Locations/location, geography'POINT(8 52)', 'T********')": {"first"},
}
RELATED = {
    "Datastreams/name eq 'stream of second'": {"second"},
    "Datastreams/Thing/name eq 'third'": {"third"},
    "Locations/name eq 'place of first' or Datastreams/name eq 'stream of third'": {
        "first",
        "third",
    },
    "tolower(Datastreams/name) eq 'stream of second'": {"second"},
    "concat(name, Datastreams/name) eq 'firststream of first'": {"first"},
    "Datastreams/any(d:d/name eq 'stream of second' and d/id gt 0)": {"second"},
    "Datastreams/all(d:d/name ne 'stream of second')": {"first", "third"},
    "Datastreams/any()": EVERY,
    "not Datastreams/any(d:d/name eq 'stream of second')": {"first", "third"},
    "Datastreams/Observations/result gt 30": {"first"},
    "Datastreams/Observations/result gt 40": set(),
    "Datastreams/Observations/resultTime ge 2015-01-01T00:00:00Z and name ne 'x'": {"first"},
    "HistoricalLocations/time lt 2010-01-01T00:00:00Z": set(),
    "HistoricalLocations/time lt now() add duration'P1D'": EVERY,
}


@pytest.mark.parametrize(
    "table", [TEXT, JSON, PLACES, RELATED], ids=["text", "json", "geo", "ways"]
)
async def test_things_are_found_by_every_function(place: Place, table: dict) -> None:
    for condition, names in table.items():
        found = await place.names(
            f"Things?$filter=({condition}) and description eq 'Sensor Things'"
        )
        assert found == names, condition
        counted = await place.client.get(
            f"Things?$count=true&$top=1&$filter=({condition}) and description eq 'Sensor Things'"
        )
        assert counted["@iot.count"] == len(names), condition


OBSERVATIONS = {
    "result eq 3": [3.0],
    "result ne 3": sorted(set(RESULTS) - {3.0}),
    "result gt 9": [10.0, 33.2],
    "result ge 9 and result le 10": [9.0, 10.0],
    "result lt 0 or result gt 33": [-2.5, 33.2],
    "not (result lt 9)": [9.0, 10.0, 33.2],
    "result add 5 eq 10": [5.0],
    "result sub 5 eq 0": [5.0],
    "result mul 2 gt 19": [10.0, 33.2],
    "result div 2 gt 4": [9.0, 10.0, 33.2],
    "result mod 5 eq 0": [0.0, 5.0, 10.0],
    "10 div result gt 9": [],
    "(result add 1) mul 2 eq 8": [3.0],
    "round(result) eq 33": [33.2],
    "round(result) eq -3": [-2.5],
    "floor(result) eq 1": [1.5],
    "ceiling(result) eq 34": [33.2],
    "resultQuality/valid eq true": sorted(RESULTS),
    "year(phenomenonTime) eq 2016": [9.0],
    "month(phenomenonTime) eq 3": [-2.5],
    "day(phenomenonTime) eq 31": [9.0],
    "hour(phenomenonTime) eq 23": [9.0],
    "minute(phenomenonTime) eq 59": [9.0],
    "second(resultTime) eq 59": [9.0],
    "fractionalseconds(phenomenonTime) gt 0.4": [9.0],
    "date(phenomenonTime) eq 2015-02-02": [1.5],
    "date(phenomenonTime) ne date(resultTime)": [],
    "time(phenomenonTime) lt 02:00:00": [0.0],
    "totaloffsetminutes(phenomenonTime) eq 0": sorted(RESULTS),
    "phenomenonTime gt now()": [],
    "phenomenonTime lt now() sub duration'P365D'": sorted(RESULTS),
    "phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime()": sorted(RESULTS),
    "phenomenonTime eq 2016-12-31T23:59:59.5Z": [9.0],
    "phenomenonTime eq 2017-01-01T07:59:59.5%2B08:00": [9.0],
    "phenomenonTime ge 2016-01-01T00:00:00Z": [9.0],
    "phenomenonTime gt 2015-01-01T00:00:00Z/2015-08-01T00:00:00Z": [9.0, 10.0, 33.2],
    "during(phenomenonTime,2015-01-01T00:00:00Z/2015-03-01T00:00:00Z)": [0.0, 1.5],
    "before(phenomenonTime,2015-02-01T00:00:00Z)": [0.0],
    "after(phenomenonTime,2015-12-01T00:00:00Z)": [9.0],
    "phenomenonTime add duration'PT0.5S' eq 2017-01-01T00:00:00Z": [9.0],
    "Datastream/name eq 'stream of first' and result eq 3": [3.0],
    "Datastream/Thing/properties/number eq 0 and result eq 3": [3.0],
    "Datastream/name eq 'stream of second'": [],
    "Datastream/name eq 'stream of second' or result eq 3": [3.0],
    "FeatureOfInterest/name eq 'place of first' and result gt 9": [10.0, 33.2],
    "st_within(FeatureOfInterest/feature, geography'POLYGON((7 51,7 54,9 54,9 51,7 51))')"
    " and result eq 3": [3.0],
    "FeatureOfInterest/name eq 'elsewhere'": [],
    "parameters/a eq null and result eq 3": [3.0],
    "validTime eq null and result eq 3": [3.0],
    "parameters/a eq 1": [],
}


async def test_observations_are_found_by_every_function(place: Place) -> None:
    found = {condition: await place.results(condition) for condition in OBSERVATIONS}
    assert found == OBSERVATIONS


async def test_the_standards_example_of_a_long_way_finds_its_thing(place: Place) -> None:
    """18-088, 9.3.3.5: things by the features and times of their observations."""
    features = await place.client.get("FeaturesOfInterest?$filter=name eq 'place of first'")
    key = features["value"][0]["@iot.id"]
    condition = (
        f"Datastreams/Observations/FeatureOfInterest/id eq {key}"
        " and Datastreams/Observations/resultTime ge 2010-06-01T00:00:00Z"
        " and Datastreams/Observations/resultTime le 2016-07-01T00:00:00Z"
    )
    assert await place.names(f"Things?$filter={condition}") == {"first"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("Things?$filter=nothing eq 1", "unknown_property"),
        ("Things?$filter=Datastreams/nothing eq 1", "unknown_property"),
        ("Things?$filter=name/part eq 1", "unknown_property"),
        ("Things?$filter=Datastreams eq 1", "bad_expression"),
        ("Things?$filter=name eq 5", "bad_expression"),
        ("Things?$filter=name gt true", "bad_expression"),
        ("Things?$filter=id eq 'x'", "bad_expression"),
        ("Things?$filter=length(name)", "bad_expression"),
        ("Things?$filter=st_within(Locations/location, geography'POINT(1')", "bad_expression"),
        ("Things?$filter=Locations/location eq geography'POLYGON((0 0,1 1,0 1,1 0,0 0))'",
         "bad_expression"),
        ("Things?$filter=concat(name, Datastreams/Observations/result) eq 'x'",
         "unsupported_comparison"),
        ("Observations?$filter=result eq Datastream/properties/limit", "unsupported_comparison"),
        ("Observations?$filter=length(result) eq 1", "unsupported_function"),
        ("Observations?$filter=nothing eq 1", "unknown_property"),
        ("Observations?$filter=Datastream/nothing eq 1", "unknown_property"),
        ("Observations?$orderby=parameters/a", "unknown_property"),
        ("Things?$filter=" + "(" * 30 + "id eq 1" + ")" * 30, "expression_too_deep"),
        ("Things?$filter=" + " or ".join(["id eq 1"] * 60), "expression_too_long"),
        ("Things?$filter=" + " and ".join(["Datastreams/id eq 1"] * 13), "expression_too_long"),
        ("Things?$expand=" + "Datastreams($expand=Thing($expand=" * 3 + "Sensor" + "))" * 3,
         "expand_too_deep"),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_a_problem_of_the_asker(client, path: str, code: str) -> None:
    await client.refuse("GET", path, None, 400, code)
