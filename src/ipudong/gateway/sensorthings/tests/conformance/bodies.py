"""Bodies like those of the standard's examples; keywords replace or add properties."""

from typing import Any

MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
COUNT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CountObservation"
TRUTH = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation"
CATEGORY = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_CategoryObservation"
COMPLEX = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_ComplexObservation"
ANY = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation"

Body = dict[str, Any]


def point(lon: float, lat: float) -> Body:
    return {"type": "Point", "coordinates": [lon, lat]}


def a_thing(**more: Any) -> Body:
    return {
        "name": "Oven",
        "description": "This thing is an oven.",
        "properties": {"owner": "Noah Liang", "color": "Black"},
        **more,
    }


def a_location(lon: float = 121.5, lat: float = 31.2, **more: Any) -> Body:
    return {
        "name": "CCIT",
        "description": "Calgary Center for Innovative Technologies",
        "encodingType": "application/geo+json",
        "location": point(lon, lat),
        **more,
    }


def a_feature(**more: Any) -> Body:
    return {
        "name": "Underground Air Quality Monitoring Station",
        "description": "0.2 m below the floor",
        "encodingType": "application/geo+json",
        "feature": point(121.6, 31.3),
        **more,
    }


def a_sensor(**more: Any) -> Body:
    return {
        "name": "TMP36",
        "description": "TMP36 - Analog Temperature sensor",
        "encodingType": "application/pdf",
        "metadata": "http://example.org/TMP35_36_37.pdf",
        **more,
    }


def a_property(name: str = "DewPoint Temperature", **more: Any) -> Body:
    return {
        "name": name,
        "description": "The dewpoint temperature is the temperature at which dew forms.",
        "definition": "http://dbpedia.org/page/Dew_point",
        **more,
    }


def a_unit() -> Body:
    return {
        "name": "Degree Celsius",
        "symbol": "Cel",
        "definition": "http://unitsofmeasure.org/ucum.html#para-30",
    }


def a_datastream(**more: Any) -> Body:
    return {
        "name": "oven temperature",
        "description": "This is a datastream measuring the air temperature in an oven.",
        "unitOfMeasurement": a_unit(),
        "observationType": MEASUREMENT,
        **more,
    }


def a_multi_datastream(**more: Any) -> Body:
    return {
        "name": "wind",
        "description": "Wind speed and direction",
        "observationType": COMPLEX,
        "multiObservationDataTypes": [MEASUREMENT, MEASUREMENT],
        "unitOfMeasurements": [
            {"name": "metre per second", "symbol": "m/s", "definition": "http://ucum/m/s"},
            {"name": "degree", "symbol": "deg", "definition": "http://ucum/deg"},
        ],
        **more,
    }


def a_whole_datastream(**more: Any) -> Body:
    """A datastream with everything it needs nested in it."""
    return a_datastream(
        Thing=a_thing(Locations=[a_location()]),
        Sensor=a_sensor(),
        ObservedProperty=a_property(),
        **more,
    )
