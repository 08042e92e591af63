"""The devices of the environment network, as rows: HJ 212 factor -> property, unit, scale.

Factor codes are those of HJ 212-2017; outlets that still speak the edition of 2005 take the
profiles that end in `-2005`, made from the same rows by the standard's own table of codes.
Ambient stations report µg/m³ in the field although table B.2 of the standard prints ng/m³ and
mg/m³; a station that keeps to mg/m³ for gases takes the profile `hj212-air-mg`.
"""

import dataclasses

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.profiles import HJ212, Channel, DeviceProfile, hj212_channels
from ipudong.protocols.hj212.factors import find_factor
from ipudong.systems.environment.properties import PROPERTY_ROWS

SYSTEM_NAME = "environment"
AIR_STATION, WATER_STATION, EMISSION_OUTLET = "air_station", "water_station", "emission_outlet"
STATION_KINDS = (AIR_STATION, WATER_STATION, EMISSION_OUTLET)
IMPORTED = "import"
"""Protocol of things that exist only in imported files; no device ever presents itself so."""

AIR_FACTORS = {
    "a34004": "pm25",
    "a34002": "pm10",
    "a21026": "so2",
    "a21004": "no2",
    "a21005": "co",
    "a05024": "o3",
    "a01001": "air_temperature",
    "a01002": "air_humidity",
    "a01006": "air_pressure",
    "a01007": "wind_speed",
    "a01008": "wind_direction",
}
WATER_FACTORS = {
    "w01010": "water_temperature",
    "w01001": "ph",
    "w01009": "do",
    "w01014": "conductivity",
    "w01003": "turbidity",
    "w01019": "codmn",
    "w21003": "nh3n",
    "w21011": "tp",
    "w21001": "tn",
    "w01016": "chla",
}
FLUE_FACTORS = {
    "a34013": "dust",
    "a21026": "flue_so2",
    "a21002": "nox",
    "a19001": "flue_o2",
    "a01011": "flue_velocity",
    "a01012": "flue_temperature",
    "a01013": "flue_pressure",
    "a01014": "flue_humidity",
    "a00000": "flue_flow",
}
CONVERTED_FACTORS = {
    "a34013": "dust_converted",
    "a21026": "flue_so2_converted",
    "a21002": "nox_converted",
}
WASTEWATER_FACTORS = {
    "w01001": "ph",
    "w01018": "cod",
    "w21003": "nh3n",
    "w21011": "tp",
    "w21001": "tn",
    "w00000": "wastewater_flow",
}
GASES_UG = ("a21026", "a21004", "a05024")


def _channels(
    factors: dict[str, str], scales: dict[str, float] | None = None
) -> tuple[Channel, ...]:
    scales = scales or {}
    return tuple(
        channel
        for factor, code in factors.items()
        for channel in hj212_channels(
            factor, code, PROPERTY_ROWS[code].unit, scales.get(factor, 1.0)
        )
    )


def _converted_channels() -> tuple[Channel, ...]:
    fields = [("2011", "ZsRtd")]
    fields += [
        (cn, f"Zs{name}") for cn in ("2051", "2061", "2031") for name in ("Avg", "Min", "Max")
    ]
    return tuple(
        Channel(field=f"{cn}/{factor}-{name}", property=code, unit=PROPERTY_ROWS[code].unit)
        for factor, code in CONVERTED_FACTORS.items()
        for cn, name in fields
    )


def _totals(factor: str, code: str) -> tuple[Channel, ...]:
    return tuple(
        Channel(field=f"{cn}/{factor}-Cou", property=code, unit="m3")
        for cn in ("2051", "2061", "2031")
    )


def _imported(factors: tuple[str, ...], period: str, statistic: str) -> tuple[Channel, ...]:
    return tuple(
        Channel(
            field=f"{period}/{code}",
            property=code,
            unit=PROPERTY_ROWS[code].unit,
            period=period,
            statistic=statistic,
        )
        for code in factors
    )


AIR_PROFILE = DeviceProfile(
    name="hj212-air",
    protocol=HJ212,
    title=_("Ambient air station (HJ 212, ST 22), gases in µg/m³"),
    channels=_channels(AIR_FACTORS),
    kind=AIR_STATION,
    system=SYSTEM_NAME,
    expected_interval_s=300,
)
AIR_MG_PROFILE = DeviceProfile(
    name="hj212-air-mg",
    protocol=HJ212,
    title=_("Ambient air station (HJ 212, ST 22), gases in mg/m³"),
    channels=_channels(AIR_FACTORS, dict.fromkeys(GASES_UG, 1000.0)),
    kind=AIR_STATION,
    system=SYSTEM_NAME,
    expected_interval_s=300,
)
WATER_PROFILE = DeviceProfile(
    name="hj212-water",
    protocol=HJ212,
    title=_("Surface water station (HJ 212, ST 21)"),
    channels=_channels(WATER_FACTORS),
    kind=WATER_STATION,
    system=SYSTEM_NAME,
    expected_interval_s=4 * 3600,
)
FLUE_PROFILE = DeviceProfile(
    name="hj212-flue",
    protocol=HJ212,
    title=_("Flue gas outlet (HJ 212, ST 31)"),
    channels=(
        *_channels(FLUE_FACTORS),
        *_converted_channels(),
        *_totals("a00000", "flue_flow"),
    ),
    kind=EMISSION_OUTLET,
    system=SYSTEM_NAME,
    expected_interval_s=600,
)
WASTEWATER_PROFILE = DeviceProfile(
    name="hj212-wastewater",
    protocol=HJ212,
    title=_("Waste water outlet (HJ 212, ST 32)"),
    channels=(*_channels(WASTEWATER_FACTORS), *_totals("w00000", "wastewater_flow")),
    kind=EMISSION_OUTLET,
    system=SYSTEM_NAME,
    expected_interval_s=600,
)


def _of_2005(profile: DeviceProfile, title: Promise) -> DeviceProfile:
    """The profile as stations of the 2005 edition name their factors: `02` for `a21026`."""
    channels = tuple(
        dataclasses.replace(channel, field=f"{command}/{old}-{attribute}")
        for channel in profile.channels
        for command, _, rest in [channel.field.partition("/")]
        for factor, _, attribute in [rest.partition("-")]
        for old in [code_of_2005(factor)]
        if old
    )
    return dataclasses.replace(profile, name=f"{profile.name}-2005", title=title, channels=channels)


def code_of_2005(factor: str) -> str:
    """The code that the 2005 edition gives a factor of 2017, "" where it has none."""
    row = find_factor(factor)
    return (row.code_2005 or "") if row else ""


FLUE_2005_PROFILE = _of_2005(FLUE_PROFILE, _("Flue gas outlet (HJ/T 212-2005, ST 31)"))
WASTEWATER_2005_PROFILE = _of_2005(
    WASTEWATER_PROFILE, _("Waste water outlet (HJ/T 212-2005, ST 32)")
)


def _recorded(profile: DeviceProfile, title: Promise) -> DeviceProfile:
    """The profile of a station that sends old records: hourly means, and never due."""
    channels = tuple(
        channel
        for channel in profile.channels
        if channel.field.startswith("2061/") and channel.field.endswith("-Avg")
    )
    return dataclasses.replace(
        profile,
        name=f"{profile.name}-recorded",
        title=title,
        channels=channels,
        expected_interval_s=0,
    )


RECORDED_AIR_PROFILE = _recorded(AIR_PROFILE, _("Air station that sends old records (HJ 212)"))
RECORDED_WATER_PROFILE = _recorded(
    WATER_PROFILE, _("Water station that sends old records (HJ 212)")
)
IMPORTED_AIR_PROFILE = DeviceProfile(
    name="imported-air",
    protocol=IMPORTED,
    title=_("Air station known from published files"),
    channels=_imported(("pm25", "pm10", "so2", "no2", "co", "o3"), "hour", "mean"),
    kind=AIR_STATION,
    system=SYSTEM_NAME,
)
IMPORTED_WATER_PROFILE = DeviceProfile(
    name="imported-water",
    protocol=IMPORTED,
    title=_("Water section known from published files"),
    channels=_imported((*WATER_FACTORS.values(), "algae"), "hour", "mean"),
    kind=WATER_STATION,
    system=SYSTEM_NAME,
)
IMPORTED_WEATHER_PROFILE = DeviceProfile(
    name="imported-weather",
    protocol=IMPORTED,
    title=_("Weather station known from published files"),
    channels=_imported(
        ("air_temperature", "wind_direction", "wind_speed", "rain"), "instant", "value"
    ),
    kind="weather_station",
    system=SYSTEM_NAME,
)

DEVICE_PROFILES = (
    AIR_PROFILE,
    AIR_MG_PROFILE,
    WATER_PROFILE,
    FLUE_PROFILE,
    WASTEWATER_PROFILE,
    FLUE_2005_PROFILE,
    WASTEWATER_2005_PROFILE,
    RECORDED_AIR_PROFILE,
    RECORDED_WATER_PROFILE,
    IMPORTED_AIR_PROFILE,
    IMPORTED_WATER_PROFILE,
    IMPORTED_WEATHER_PROFILE,
)
PAST_ONLY_PROFILES = (
    RECORDED_AIR_PROFILE.name,
    RECORDED_WATER_PROFILE.name,
    IMPORTED_AIR_PROFILE.name,
    IMPORTED_WATER_PROFILE.name,
    IMPORTED_WEATHER_PROFILE.name,
)
"""Stations that only have a past: in no ranking, index or indicator of today, and never silent."""
THING_KINDS = {
    AIR_STATION: _("Air quality stations"),
    WATER_STATION: _("Water stations"),
    EMISSION_OUTLET: _("Emission outlets"),
    "weather_station": _("Weather stations"),
}
