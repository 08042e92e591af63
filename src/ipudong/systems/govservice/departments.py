"""Offices that handle items and that the plan does not name."""

from typing import Final

DEPARTMENTS: Final = (
    ("industry_commerce", "工商分局", "Pudong Industry and Commerce Sub-bureau"),
    ("tax", "税务分局", "Pudong Tax Sub-bureau"),
    ("fire", "消防支队", "Pudong Fire Brigade"),
    ("housing", "住房保障局", "Housing Security Bureau"),
    ("planning_land", "规土局", "Planning and Land Bureau"),
    ("disabled_federation", "区残联", "Disabled Persons' Federation"),
    ("city_management", "市容城管局", "City Appearance and Management Bureau"),
    ("traffic_police", "交警支队", "Traffic Police"),
    ("family_planning", "人口计生委", "Population and Family Planning Commission"),
    ("justice", "司法局", "Justice Bureau"),
    ("water", "水务局", "Water Bureau"),
)
