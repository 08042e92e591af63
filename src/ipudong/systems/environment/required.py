"""Factors the national standards require of each kind of station: the denominator of mark 10.1."""

from typing import Final

# GB 3095 table 1, basic items.
AIR: Final = ("so2", "no2", "co", "o3", "pm10", "pm25")
# HJ 915-2017: the five conventional parameters, permanganate index, ammonia, phosphorus, nitrogen;
# lakes chlorophyll and algae besides.
RIVER: Final = (
    *("water_temperature", "ph", "do", "conductivity", "turbidity"),
    *("codmn", "nh3n", "tp", "tn"),
)
LAKE: Final = (*RIVER, "chla", "algae")
# HJ 75-2017: particulates, SO2, NOx and what their conversion needs.
FLUE: Final = (
    *("dust", "flue_so2", "nox", "flue_o2"),
    *("flue_velocity", "flue_temperature", "flue_pressure", "flue_humidity"),
)
# HJ 353-2019: flow, pH, COD, ammonia; other items where the outlet has a limit for them.
WASTEWATER: Final = ("wastewater_flow", "ph", "cod", "nh3n")

HOURS_NEEDED: Final = 20 / 24
"""Share of the hourly values of a day that must be valid (GB 3095 table 4, HJ 212 appendix D)."""
