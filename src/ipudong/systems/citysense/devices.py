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
DEVICE_PROFILES = (VEHICLE_PROFILE,)
