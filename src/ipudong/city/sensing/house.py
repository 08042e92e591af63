"""What every district observes and every district can connect, whatever systems are installed.

Observed properties with UCUM units and the limits of what can be true (the range of usual sensors,
not of quality); and profiles for devices that nobody described, so that any sensor connects.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.profiles import Channel, DeviceProfile, ObservedPropertyRow

GENERIC_KIND: Final = "sensor"
VEHICLE_KIND: Final = "vehicle"


def _row(
    code: str,
    zh: str,
    en: str,
    unit: str,
    low: float | None = None,
    high: float | None = None,
    decimals: int = 1,
) -> ObservedPropertyRow:
    return ObservedPropertyRow(
        code=code,
        name_zh=zh,
        name_en=en,
        unit=unit,
        physical_min=low,
        physical_max=high,
        decimals=decimals,
    )


AIR_AND_ROOM = (
    _row("temperature", "温度", "Temperature", "Cel", -60, 150),
    _row("humidity", "湿度", "Humidity", "%", 0, 100),
    _row("pressure", "压力", "Pressure", "kPa", 0, 10_000, 2),
    _row("barometric_pressure", "大气压", "Barometric pressure", "hPa", 500, 1100),
    _row("dew_point", "露点", "Dew point", "Cel", -60, 60),
    _row("wind_speed", "风速", "Wind speed", "m/s", 0, 75),
    _row("wind_direction", "风向", "Wind direction", "deg", 0, 360, 0),
    _row("rain", "降水量", "Rain", "mm", 0, 300),
    _row("illuminance", "光照度", "Illuminance", "lx", 0, 200_000, 0),
    _row("irradiance", "辐照度", "Irradiance", "W/m2", 0, 2000, 0),
    _row("uv_index", "紫外线指数", "UV index", "1", 0, 20),
    _row("noise", "噪声", "Noise", "dB[SPL]", 0, 150),
    _row("pm1", "PM₁", "PM₁", "ug/m3", 0, 1000, 0),
    _row("pm25", "PM₂.₅", "PM₂.₅", "ug/m3", 0, 1000, 0),
    _row("pm10", "PM₁₀", "PM₁₀", "ug/m3", 0, 2000, 0),
    _row("co2", "二氧化碳", "Carbon dioxide", "[ppm]", 0, 50_000, 0),
    _row("tvoc", "总挥发性有机物", "Total volatile organics", "[ppb]", 0, 60_000, 0),
    _row("formaldehyde", "甲醛", "Formaldehyde", "mg/m3", 0, 20, 3),
    _row("smoke", "烟雾浓度", "Smoke", "%", 0, 100, 2),
    _row("combustible_gas", "可燃气体", "Combustible gas", "%", 0, 100),
    _row("people", "人数", "People", "1", 0, 1e6, 0),
)
WATER_AND_SOIL = (
    _row("water_level", "水位", "Water level", "m", -50, 500, 2),
    _row("water_depth", "积水深度", "Water depth", "cm", 0, 1000, 0),
    _row("flow", "流量", "Flow", "m3/h", 0, 1e6, 2),
    _row("volume", "累计水量", "Volume", "m3", 0, 1e12, 2),
    _row("soil_moisture", "土壤湿度", "Soil moisture", "%", 0, 100),
    _row("soil_temperature", "土壤温度", "Soil temperature", "Cel", -40, 80),
    _row("fill_level", "满溢率", "Fill level", "%", 0, 100, 0),
    _row("distance", "距离", "Distance", "m", 0, 10_000, 3),
    _row("tilt", "倾角", "Tilt", "deg", -180, 180, 2),
    _row("vibration", "振动速度", "Vibration velocity", "mm/s", 0, 1000, 2),
)
ELECTRICITY = (
    _row("voltage", "电压", "Voltage", "V", 0, 1_000_000, 2),
    _row("current", "电流", "Current", "A", -100_000, 100_000, 2),
    _row("power", "有功功率", "Power", "kW", -1e6, 1e6, 2),
    _row("energy", "累计电量", "Energy", "kW.h", 0, 1e12, 2),
    _row("power_factor", "功率因数", "Power factor", "1", -1, 1, 3),
    _row("frequency", "频率", "Frequency", "Hz", 0, 1000, 2),
    _row("leakage_current", "剩余电流", "Residual current", "mA", 0, 100_000, 0),
)
DEVICE_ITSELF = (
    _row("battery", "电量", "Battery", "%", 0, 100, 0),
    _row("battery_voltage", "电池电压", "Battery voltage", "V", 0, 1000, 2),
    _row("rssi", "信号强度", "Signal strength", "dB[mW]", -200, 30, 0),
    _row("snr", "信噪比", "Signal-to-noise ratio", "dB", -50, 100),
    _row("switch", "开关状态", "Switch", "1", 0, 1, 0),
    _row("uptime", "运行时长", "Uptime", "s", 0, 1e10, 0),
)
VEHICLE = (
    _row("speed", "速度", "Speed", "km/h", 0, 300),
    _row("mileage", "里程", "Mileage", "km", 0, 1e8),
    _row("fuel", "油量", "Fuel", "L", 0, 10_000),
    _row("altitude", "海拔", "Altitude", "m", -500, 9000, 0),
    _row("satellites", "卫星数", "Satellites", "1", 0, 64, 0),
    _row("signal_level", "信号等级", "Signal level", "1", 0, 255, 0),
    _row("load_weight", "载重", "Load", "kg", 0, 200_000, 0),
    _row("engine_speed", "发动机转速", "Engine speed", "/min", 0, 20_000, 0),
)
OBSERVED_PROPERTIES: Final = (
    *AIR_AND_ROOM,
    *WATER_AND_SOIL,
    *ELECTRICITY,
    *DEVICE_ITSELF,
    *VEHICLE,
)


def _generic(
    name: str, protocol: str, payload: str, title: Promise, channels: Iterable[Channel] = ()
) -> DeviceProfile:
    return DeviceProfile(
        name=name,
        protocol=protocol,
        title=title,
        channels=tuple(channels),
        kind=GENERIC_KIND,
        payload=payload,
        guesses=True,
    )


JT808_PROFILE = DeviceProfile(
    name="jt808_terminal",
    protocol="jt808",
    title=_("Any vehicle terminal (JT/T 808)"),
    channels=(
        Channel(field="mileage", property="mileage", unit="km"),
        Channel(field="fuel", property="fuel", unit="L"),
        Channel(field="recorder_speed", property="speed", unit="km/h"),
        # Item 0x30 is a level of its maker's choosing, usually 0 to 31, and no power in dBm.
        Channel(field="signal_strength", property="signal_level", unit="1"),
        Channel(field="satellites", property="satellites", unit="1"),
    ),
    kind=VEHICLE_KIND,
    expected_interval_s=60,
    payload="",
    guesses=True,
)
DEVICE_PROFILES: Final = (
    _generic("generic_json", "mqtt", "json", _("Any device that sends JSON (MQTT)")),
    _generic("generic_cbor", "mqtt", "cbor", _("Any device that sends CBOR (MQTT)")),
    _generic("generic_senml", "mqtt", "senml", _("Any device that sends SenML (MQTT)")),
    _generic("generic_number", "mqtt", "number", _("A sensor that sends bare numbers (MQTT)")),
    _generic("generic_sparkplug", "mqtt", "sparkplug", _("Any Sparkplug B device (MQTT)")),
    _generic("generic_lorawan", "mqtt", "lorawan", _("Any LoRaWAN device (MQTT)")),
    _generic("generic_http", "http", "line", _("Any collector that posts lines or CSV (HTTP)")),
    JT808_PROFILE,
)


@dataclass(frozen=True)
class House:
    """The house as `sync_declared` reads a system's manifest."""

    name: str = "house"
    observed_properties: tuple[Any, ...] = OBSERVED_PROPERTIES
    device_profiles: tuple[Any, ...] = DEVICE_PROFILES
    rules: tuple[Any, ...] = ()


HOUSE: Final = House()
