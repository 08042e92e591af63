"""The requirements of the standard that are met; the tests under `tests/conformance` prove them."""

from typing import Final

from ipudong.gateway.sensorthings.tasking import conformance as tasking
from ipudong.gateway.sensorthings.writes import conformance as writes

_SPEC: Final = "http://www.opengis.net/spec/iot_sensing/1.1/req/"
_REQUIREMENTS: Final = (
    "datamodel/entity-control-information/common-control-information",
    "datamodel/thing/properties",
    "datamodel/thing/relations",
    "datamodel/location/properties",
    "datamodel/location/relations",
    "datamodel/historical-location/properties",
    "datamodel/historical-location/relations",
    "datamodel/datastream/properties",
    "datamodel/datastream/relations",
    "datamodel/sensor/properties",
    "datamodel/sensor/relations",
    "datamodel/observed-property/properties",
    "datamodel/observed-property/relations",
    "datamodel/observation/properties",
    "datamodel/observation/relations",
    "datamodel/feature-of-interest/properties",
    "datamodel/feature-of-interest/relations",
    "resource-path/resource-path-to-entities",
    "request-data/status-code",
    "request-data/query-status-code",
    "request-data/order",
    "request-data/expand",
    "request-data/select",
    "request-data/orderby",
    "request-data/top",
    "request-data/skip",
    "request-data/count",
    "request-data/filter",
    "request-data/built-in-filter-operations",
    "request-data/built-in-query-functions",
    "request-data/pagination",
    "batch-request/batch-request",
    "data-array/data-array",
    "create-observations-via-mqtt/observations-creation",
    "receive-updates-via-mqtt/receive-updates",
)
# What others offer beside the standard, under the names they gave it.
_EXTENSIONS: Final = (
    "https://fraunhoferiosb.github.io/FROST-Server/extensions/GeoJSON-ResultFormat.html",
    "https://fraunhoferiosb.github.io/FROST-Server/extensions/JsonBatchRequest.html",
    "https://github.com/INSIDE-information-systems/SensorThingsAPI/blob/master/CSV-ResultFormat/"
    "CSV-ResultFormat.md",
)
MQTT: Final = (
    f"{_SPEC}create-observations-via-mqtt/observations-creation",
    f"{_SPEC}receive-updates-via-mqtt/receive-updates",
)
CONFORMANCE: Final = tuple(
    dict.fromkeys(
        (
            *(_SPEC + name for name in _REQUIREMENTS),
            *writes.CONFORMANCE,
            *tasking.CONFORMANCE,
            *_EXTENSIONS,
        )
    )
)
