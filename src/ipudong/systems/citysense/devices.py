"""The devices of the sensing network, as rows: field of a JT/T 808 report -> property."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.profiles import Channel, DeviceProfile
from ipudong.systems.citysense.properties import ALARM_BITS

SYSTEM_NAME: Final = "citysense"
VEHICLE: Final = "vehicle"
INTERVAL_S: Final = 30

VEHICLE_PROFILE = DeviceProfile(
    name="jt808-vehicle",
    protocol="jt808",
    title=_("Vehicle with a satellite terminal (JT/T 808)"),
    channels=(
        Channel(field="mileage", property="vehicle_mileage", unit="km"),
        Channel(field="fuel", property="vehicle_fuel", unit="L"),
        Channel(field="satellites", property="gnss_satellites", unit="1"),
        Channel(field="signal_strength", property="terminal_signal", unit="1"),
        *(
            Channel(field=f"alarm/{bit}", property=code, unit="1")
            for bit, code, _zh, _en in ALARM_BITS
        ),
    ),
    kind=VEHICLE,
    system=SYSTEM_NAME,
    expected_interval_s=INTERVAL_S,
)
POLE: Final = "pole"


def _measured(start: str) -> tuple[Channel, ...]:
    """What a pole measures, where its fields begin so."""
    return (
        Channel(field=f"{start}temperature", property="temperature", unit="Cel"),
        Channel(field=f"{start}humidity", property="humidity", unit="%"),
        Channel(field=f"{start}noise", property="noise", unit="dB[SPL]"),
    )


POLE_PROFILE = DeviceProfile(
    name="pole-mqtt",
    protocol="mqtt",
    title=_("Multi-function pole with sensors (MQTT, JSON)"),
    channels=_measured(""),
    kind=POLE,
    system=SYSTEM_NAME,
    expected_interval_s=INTERVAL_S,
)
PUSHING_POLE_PROFILE = DeviceProfile(
    name="pole-http",
    protocol="http",
    title=_("Multi-function pole with sensors (HTTP, line protocol)"),
    channels=_measured("pole."),
    kind=POLE,
    system=SYSTEM_NAME,
    expected_interval_s=INTERVAL_S,
    payload="line",
)
POLE_PROFILES: Final = {row.protocol: row for row in (POLE_PROFILE, PUSHING_POLE_PROFILE)}
DEVICE_PROFILES = (VEHICLE_PROFILE, POLE_PROFILE, PUSHING_POLE_PROFILE)
THING_KINDS: Final = {VEHICLE: _("Vehicles"), POLE: _("Multi-function poles")}
