"""The requirements of SensorThings Part 2, Tasking Core (17-079r1), that are met."""

from typing import Final

_ROOT: Final = "http://www.opengis.net/spec/iot_tasking/1.0/req"

CONFORMANCE: Final = tuple(
    f"{_ROOT}/{name}"
    for name in (
        "tasking-capability/properties",
        "tasking-capability/relations",
        "task/properties",
        "task/relations",
        "actuator/properties",
        "actuator/relations",
        "create-tasks/task-creation",
    )
)
