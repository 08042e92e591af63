"""What a field probably observes, by its name: Chinese and English names that devices really use.

Only the end of a dotted path counts (`payload.env.temp` is `temp`). A guess is an offer to a clerk;
profiles that guess take it by themselves only when the name alone leaves no doubt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ipudong.city.sensing.profiles import Channel


@dataclass(frozen=True, slots=True)
class Guess:
    """An observed property, the unit it is kept in, and how the raw value becomes that unit."""

    property: str
    unit: str
    scale: float = 1.0
    offset: float = 0.0

    def to_channel(self, field: str) -> Channel:
        """The channel that takes the field so."""
        return Channel(
            field=field,
            property=self.property,
            unit=self.unit,
            scale=self.scale,
            offset=self.offset,
        )


_FAHRENHEIT: Final = Guess("temperature", "Cel", 5 / 9, -160 / 9)
# Names without marks, in small letters; `pm2_5` and `PM2.5` both become `pm25`.
_NAMES: Final[Mapping[Guess, str]] = {
    Guess("temperature", "Cel"): (
        "temperature temp tem tmp t airtemp airtemperature ambienttemperature temperaturec tempc "
        "temp1 temperature1 wd wendu 温度 气温 室温 环境温度"
    ),
    _FAHRENHEIT: "temperaturef tempf",
    Guess("humidity", "%"): (
        "humidity hum humi rh h relativehumidity airhumidity humidity1 hum1 sd shidu 湿度 相对湿度"
    ),
    Guess("pressure", "kPa"): "pressurekpa 压力 水压 waterpressure",
    Guess("barometric_pressure", "hPa"): (
        "pressure press baro barometer airpressure pressurehpa atmosphericpressure bmp 气压 大气压"
    ),
    Guess("dew_point", "Cel"): "dewpoint 露点",
    Guess("wind_speed", "m/s"): "windspeed windspd ws fs 风速",
    Guess("wind_direction", "deg"): "winddirection winddir wd10 fx 风向",
    Guess("rain", "mm"): "rain rainfall precipitation precip yl 雨量 降雨量 降水量",
    Guess("illuminance", "lx"): (
        "illuminance lux light lightlevel brightness als luminosity 光照 光照度 照度"
    ),
    Guess("irradiance", "W/m2"): "irradiance solarradiation radiation 辐照度 太阳辐射",
    Guess("uv_index", "1"): "uv uvi uvindex 紫外线",
    Guess("noise", "dB[SPL]"): "noise soundlevel sound db dba laeq leq spl zs 噪声 噪音",
    Guess("pm1", "ug/m3"): "pm1 pm10ug pm1p0",
    Guess("pm25", "ug/m3"): "pm25 pm2p5 pm25ug pm25value 细颗粒物",
    Guess("pm10", "ug/m3"): "pm10 pm10value 可吸入颗粒物",
    Guess("co2", "[ppm]"): "co2 eco2 co2ppm 二氧化碳",
    Guess("tvoc", "[ppb]"): "tvoc voc vocs tvocppb 挥发性有机物",
    Guess("formaldehyde", "mg/m3"): "hcho ch2o formaldehyde jiaquan 甲醛",
    Guess("smoke", "%"): "smoke 烟雾 烟感",
    Guess("combustible_gas", "%"): "gas lel ch4 methane 可燃气体 燃气",
    Guess("people", "1"): "people peoplecount occupancy persons passengers 人数 客流",
    Guess("water_level", "m"): "waterlevel level sw shuiwei 水位 液位",
    Guess("water_depth", "cm"): "waterdepth depth depthcm 积水 积水深度",
    Guess("flow", "m3/h"): "flow flowrate instantflow 流量 瞬时流量",
    Guess("volume", "m3"): "volume totalflow cumulativeflow totalvolume watermeter 累计流量 水量",
    Guess("soil_moisture", "%"): "soilmoisture soilhumidity vwc moisture 土壤湿度 墒情",
    Guess("soil_temperature", "Cel"): "soiltemperature soiltemp 土壤温度",
    Guess("fill_level", "%"): "filllevel fill fullness 满溢 满溢率",
    Guess("distance", "m"): "distance dist 距离",
    Guess("tilt", "deg"): "tilt tiltangle angle 倾角 倾斜角",
    Guess("vibration", "mm/s"): "vibration vib 振动",
    Guess("voltage", "V"): "voltage volt volts u ua dy 电压",
    Guess("current", "A"): "current amps amp i ia dl 电流",
    Guess("power", "kW"): "powerkw activepower kw 有功功率",
    Guess("power", "kW", 0.001): "power watts watt powerw apower 功率",
    Guess("energy", "kW.h"): "energy kwh totalenergy energykwh dn 电能 累计电量 用电量",
    Guess("energy", "kW.h", 0.001): "wh energywh aenergy",
    Guess("power_factor", "1"): "powerfactor pf 功率因数",
    Guess("frequency", "Hz"): "frequency freq hz 频率",
    Guess("leakage_current", "mA"): "leakagecurrent residualcurrent leakage 剩余电流 漏电",
    Guess("battery", "%"): (
        "battery bat batt batterylevel batterypercent batterypct soc dianliang 电量 电池电量"
    ),
    Guess("battery_voltage", "V"): "batteryvoltage batv vbat vbatt batvolt batteryv 电池电压",
    Guess("battery_voltage", "V", 0.001): "batterymv vbatmv",
    Guess("rssi", "dB[mW]"): "rssi signal signalstrength rsrp dbm csq 信号 信号强度",
    Guess("snr", "dB"): "snr lorasnr sinr 信噪比",
    Guess("switch", "1"): "switch relay state onoff door open contact alarm 开关 门磁 状态",
    Guess("uptime", "s"): "uptime uptimes 运行时长",
    Guess("speed", "km/h"): "speed speedkmh vehiclespeed recorderspeed 速度 车速",
    Guess("mileage", "km"): "mileage odometer odo 里程",
    Guess("fuel", "L"): "fuel fuellevel oil 油量",
    Guess("altitude", "m"): "altitude alt elevation 海拔 高程",
    Guess("satellites", "1"): "satellites sats satellitecount gnsssatellites 卫星数",
    Guess("load_weight", "kg"): "load loadweight weight 载重",
    Guess("engine_speed", "/min"): "rpm enginespeed 转速",
}
_GUESSES: Final = {name: guess for guess, names in _NAMES.items() for name in names.split()}
_DOUBTFUL_NAMES: Final = (
    "t h u i ua ia ws wd fs fx yl zs sw dy dl dn sd level light state open alarm db gas load uv "
    "pressure press power energy current signal csq depth distance wd10 moisture weight "
    "状态 信号 压力 水位 液位"
)
# Offered, but never taken without a person: too short, or of more than one meaning.
_DOUBTFUL: Final = frozenset(_DOUBTFUL_NAMES.split())
_MARKS: Final = re.compile(r"[\s_\-./:()\[\]%°]+")


def normalize(field: str) -> str:
    """The end of a field's path in small letters, without marks: `Env.PM2_5` is `pm25`."""
    last = re.split(r"\.(?=[^\d])|/", field)[-1]
    return _MARKS.sub("", last).casefold()


def guess_field(field: str) -> Guess | None:
    """What a field of this name probably observes; None where its name says nothing."""
    return _GUESSES.get(normalize(field))


def guess_surely(field: str) -> Guess | None:
    """The guess for a field whose name leaves no doubt, else None."""
    return None if normalize(field) in _DOUBTFUL else guess_field(field)
