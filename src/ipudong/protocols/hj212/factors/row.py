"""What is known of a factor code."""

from enum import StrEnum

from msgspec import Struct


class Medium(StrEnum):
    """What a factor is measured in, or the part of a plant it describes."""

    WATER = "water"
    AIR = "air"
    NOISE = "noise"
    SEWAGE_PROCESS = "sewage_process"
    FLUE_PROCESS = "flue_process"
    INSTRUMENT = "instrument"


class Factor(Struct, frozen=True):
    """A factor of HJ 212: code, code of the 2005 edition ("" if none), names, UCUM unit.

    The unit is the standard's table's; what a station really sends is the datastream's to say
    (the table gives particulates in ng/m3, everyone sends ug/m3). `name_en` is "" for rare ones.
    """

    code: str
    code_2005: str
    name_zh: str
    name_en: str
    unit: str
    medium: Medium
