"""What vehicles report besides where they are: observed properties, as rows."""

from typing import Final

from ipudong.city.sensing.profiles import ObservedPropertyRow


def _flag(code: str, zh: str, en: str) -> ObservedPropertyRow:
    """A state that is on (1) or off (0)."""
    return ObservedPropertyRow(
        code=code, name_zh=zh, name_en=en, unit="1", physical_min=0, physical_max=1, decimals=0
    )


NUMBERS: Final = (
    ObservedPropertyRow(
        code="vehicle_mileage",
        name_zh="行驶里程",
        name_en="Mileage",
        unit="km",
        physical_min=0,
        physical_max=1e8,
    ),
    ObservedPropertyRow(
        code="vehicle_fuel",
        name_zh="油量",
        name_en="Fuel",
        unit="L",
        physical_min=0,
        physical_max=5000,
    ),
    ObservedPropertyRow(
        code="gnss_satellites",
        name_zh="卫星数",
        name_en="Satellites in use",
        unit="1",
        physical_min=0,
        physical_max=128,
        decimals=0,
    ),
    ObservedPropertyRow(
        code="terminal_signal",
        name_zh="终端信号强度",
        name_en="Signal strength of the terminal",
        unit="1",
        physical_min=0,
        physical_max=255,
        decimals=0,
    ),
)
# Bits of the alarm word (JT/T 808-2019, table 24): bit, code, names.
ALARM_BITS: Final = (
    (0, "vehicle_emergency", "紧急报警", "Emergency button"),
    (1, "vehicle_overspeed", "超速报警", "Overspeed"),
    (2, "vehicle_fatigue", "疲劳驾驶", "Fatigue driving"),
    (4, "vehicle_gnss_fault", "卫星定位模块故障", "Fault of the positioning module"),
    (8, "vehicle_power_off", "终端主电源掉电", "Main power of the terminal lost"),
    (20, "vehicle_area", "进出区域", "Area entered or left"),
    (23, "vehicle_off_route", "路线偏离", "Off its route"),
    (29, "vehicle_collision", "碰撞侧翻", "Collision or roll-over"),
)
OBSERVED_PROPERTIES: Final = (
    *NUMBERS,
    *(_flag(code, zh, en) for _, code, zh, en in ALARM_BITS),
)
