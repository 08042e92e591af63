"""Where the demonstration stations stand: real places of Pudong, invented organizations.

Nothing measured here is real. Organizations are made up from the name of a town and a trade, so
that no existing one is ever shown above its limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AirSite:
    """An ambient air site; `traffic` is its exhaust beside the district's mean."""

    name_zh: str
    name_en: str
    lon: float
    lat: float
    traffic: float


@dataclass(frozen=True, slots=True)
class WaterSite:
    """A section of a river or lake; `load` is its burden beside the district's mean."""

    name_zh: str
    name_en: str
    lon: float
    lat: float
    body: str
    target_class: int
    load: float
    is_source: bool = False


@dataclass(frozen=True, slots=True)
class Town:
    """The neighborhood an outlet lies in."""

    name_zh: str
    name_en: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade with the discharge limits of its standard (mg/m³ converted, mg/L, pH upper)."""

    kind: str
    name_zh: str
    name_en: str
    outlet_zh: str
    outlet_en: str
    standard: str
    limits: Mapping[str, float]
    averaging: str = "hour"
    reference_o2: float | None = None


AIR_SITES = (
    AirSite("浦东川沙", "Pudong Chuansha", 121.7072, 31.1885, 0.95),
    AirSite("浦东监测站", "Pudong Weifang", 121.5387, 31.2264, 1.30),
    AirSite("浦东张江", "Pudong Zhangjiang", 121.5821, 31.2016, 1.10),
    AirSite("浦东惠南", "Pudong Huinan", 121.7672, 31.0496, 0.85),
    AirSite("南汇新城", "Nanhui New City", 121.9097, 30.9007, 0.60),
    AirSite("高桥", "Gaoqiao", 121.5681, 31.3527, 1.15),
    AirSite("周浦", "Zhoupu", 121.5834, 31.1172, 1.00),
    AirSite("祝桥", "Zhuqiao", 121.7581, 31.1136, 0.90),
)

WATER_SITES = (
    WaterSite(
        "五号沟原水取水口", "Wuhaogou raw water intake", 121.6790, 31.3290, "river", 2, 0.45, True
    ),
    WaterSite("三甲港", "Sanjiagang", 121.7690, 31.2130, "river", 3, 1.00),
    WaterSite("二团", "Ertuan", 121.8440, 30.9870, "river", 3, 1.10),
    WaterSite(
        "川杨河北蔡桥", "Chuanyang River, Beicai Bridge", 121.5560, 31.1690, "river", 4, 1.25
    ),
    WaterSite("张家浜世纪公园", "Zhangjiabang, Century Park", 121.5480, 31.2110, "river", 4, 1.20),
    WaterSite("浦东运河惠南", "Pudong Canal, Huinan", 121.7560, 31.0560, "river", 3, 1.15),
    WaterSite("滴水湖", "Dishui Lake", 121.9350, 30.8990, "lake", 3, 0.70),
    WaterSite("金海湖", "Jinhai Lake", 121.6980, 31.2570, "lake", 4, 0.90),
)

OUTLET_TOWNS = (
    Town("高桥", "Gaoqiao", 121.5481, 31.3507),
    Town("曹路", "Caolu", 121.6743, 31.2807),
    Town("金桥", "Jinqiao", 121.6087, 31.2509),
    Town("合庆", "Heqing", 121.7245, 31.2334),
    Town("川沙", "Chuansha", 121.6950, 31.1790),
    Town("康桥", "Kangqiao", 121.5889, 31.1383),
    Town("周浦", "Zhoupu", 121.6134, 31.1072),
    Town("祝桥", "Zhuqiao", 121.7681, 31.1036),
    Town("航头", "Hangtou", 121.5883, 31.0469),
    Town("新场", "Xinchang", 121.6479, 31.0433),
    Town("老港", "Laogang", 121.8434, 31.0368),
    Town("泥城", "Nicheng", 121.8118, 30.9073),
)

_SEWAGE_1A = {"w01001": 9.0, "w01018": 50.0, "w21003": 5.0, "w21011": 0.5, "w21001": 15.0}
_DYEING = {"w01001": 9.0, "w01018": 80.0, "w21003": 10.0, "w21011": 0.5, "w21001": 15.0}
_PLATING = {"w01001": 9.0, "w01018": 50.0, "w21003": 8.0, "w21011": 0.5, "w21001": 15.0}

OUTLET_TRADES = (
    Trade(
        *("flue", "示范热电厂", "model heat and power plant", "烟气排口", "stack"),
        "GB 13223-2011",
        {"a34013": 20.0, "a21026": 50.0, "a21002": 100.0},
        reference_o2=6.0,
    ),
    Trade(
        *("wastewater", "示范污水处理厂", "model sewage works", "废水排口", "water outlet"),
        "GB 18918-2002",
        _SEWAGE_1A,
        averaging="day",
    ),
    Trade(
        *("flue", "示范垃圾焚烧厂", "model waste incinerator", "烟气排口", "stack"),
        "GB 18485-2014",
        {"a34013": 30.0, "a21026": 100.0, "a21002": 300.0},
        reference_o2=11.0,
    ),
    Trade(
        *("wastewater", "示范印染厂", "model dyeing mill", "废水排口", "water outlet"),
        "GB 4287-2012",
        _DYEING,
    ),
    Trade(
        *("flue", "示范锅炉房", "model boiler house", "烟气排口", "stack"),
        "GB 13271-2014",
        {"a34013": 20.0, "a21026": 50.0, "a21002": 150.0},
        reference_o2=3.5,
    ),
    Trade(
        *("wastewater", "示范电镀厂", "model plating works", "废水排口", "water outlet"),
        "GB 21900-2008",
        _PLATING,
    ),
)
