"""The requirements of SensorThings 1.1 (18-088) that the writes meet."""

from typing import Final

_ROOT: Final = "http://www.opengis.net/spec/iot_sensing/1.1/req"

CONFORMANCE: Final = tuple(
    f"{_ROOT}/{name}"
    for name in (
        "datamodel/thing/relations",
        "datamodel/location/relations",
        "datamodel/historical-location/properties",
        "datamodel/historical-location/relations",
        "datamodel/datastream/properties",
        "datamodel/datastream/relations",
        "datamodel/sensor/relations",
        "datamodel/observed-property/relations",
        "datamodel/observation/relations",
        "datamodel/feature-of-interest/relations",
        "create-update-delete/create-entity",
        "create-update-delete/link-to-existing-entities",
        "create-update-delete/deep-insert",
        "create-update-delete/deep-insert-status-code",
        "create-update-delete/update-entity",
        "create-update-delete/update-entity-put",
        "create-update-delete/update-entity-jsonpatch",
        "create-update-delete/delete-entity",
        "create-update-delete/historical-location-auto-creation",
        "create-update-delete/historical-location-manual-creation",
        "multi-datastream/properties",
        "multi-datastream/relations",
        "multi-datastream/constraints",
    )
)
