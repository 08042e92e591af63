"""Rules the sensing network brings: a bit of a vehicle's alarm word raises and clears an alarm."""

from typing import Final

from ipudong.city.sensing.profiles import RuleRow
from ipudong.systems.citysense.devices import VEHICLE
from ipudong.systems.citysense.properties import ALARM_BITS

SEVERITIES: Final = {
    "vehicle_emergency": "red",
    "vehicle_collision": "red",
    "vehicle_fatigue": "orange",
    "vehicle_overspeed": "orange",
}
RULES: Final = tuple(
    RuleRow(
        code=f"citysense.{code}",
        name_zh=zh,
        name_en=en,
        kind="above",
        severity=SEVERITIES.get(code, "yellow"),
        property=code,
        thing_kind=VEHICLE,
        limit=0.5,
    )
    for _bit, code, zh, en in ALARM_BITS
)
