"""The stations of the demonstration district, as rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ipudong.protocols.hj212.factors import find_factor
from ipudong.systems.environment.simulation.noise import chance
from ipudong.systems.environment.simulation.sites import (
    AIR_SITES,
    OUTLET_TOWNS,
    OUTLET_TRADES,
    WATER_SITES,
    AirSite,
    Trade,
    WaterSite,
)

AIR, WATER, FLUE, WASTEWATER = "air", "water", "flue", "wastewater"
SYSTEM_TYPES: Mapping[str, str] = {AIR: "22", WATER: "21", FLUE: "31", WASTEWATER: "32"}

AIR_FACTORS = (
    *("a34004", "a34002", "a21026", "a21004", "a21005", "a05024"),
    *("a01001", "a01002", "a01006", "a01007", "a01008"),
)
RIVER_FACTORS = (
    *("w01010", "w01001", "w01009", "w01014", "w01003"),
    *("w01019", "w21003", "w21011", "w21001"),
)
LAKE_FACTORS = (*RIVER_FACTORS, "w01016")
FLUE_FACTORS = (
    *("a34013", "a21026", "a21002", "a19001"),
    *("a01011", "a01012", "a01013", "a01014", "a00000"),
)
WASTEWATER_FACTORS = ("w01001", "w01018", "w21003", "w21011", "w21001", "w00000")

MINUTE_S = 60
HOUR_S = 3600
AIR_INTERVALS_S: Mapping[str, int] = {
    "instant": 30,
    "minute": 5 * MINUTE_S,
    "hour": HOUR_S,
    "day": 24 * HOUR_S,
}
WATER_INTERVALS_S: Mapping[str, int] = {"hour": 4 * HOUR_S, "day": 24 * HOUR_S}
OUTLET_INTERVALS_S: Mapping[str, int] = {
    "instant": 60,
    "minute": 10 * MINUTE_S,
    "hour": HOUR_S,
    "day": 24 * HOUR_S,
}


FACTORS_IN_2005 = (
    *("a34013", "a21026", "a21002", "a19001", "a01011", "a01012", "a01013", "a01014", "a00000"),
    *("w01001", "w01018", "w21003", "w21011", "w21001", "w00000"),
)
CODES_2005: Mapping[str, str] = {
    factor: row.code_2005
    for factor in FACTORS_IN_2005
    for row in [find_factor(factor)]
    if row is not None and row.code_2005
}


@dataclass(frozen=True, slots=True)
class Station:
    """One station that speaks HJ 212: what it is called, how it signs in, what it measures.

    `kind` is air, water, flue or wastewater. `intervals_s` names its periods (instant, minute,
    hour, day) with the seconds between two reports. Water: `body` river or lake, `target_class`
    1..5. Outlets: `limits` factor -> limit in the factor's unit (pH: upper bound of 6..9).
    """

    kind: str
    mn: str
    password: str
    st: str
    name_zh: str
    name_en: str
    lon: float
    lat: float
    factors: tuple[str, ...]
    intervals_s: Mapping[str, int] = field(hash=False)
    seed: int
    version: int = 2017
    strain: float = 1.0
    """How dirty its surroundings are beside the district's mean."""
    body: str = ""
    target_class: int = 0
    is_source: bool = False
    organization_zh: str = ""
    organization_en: str = ""
    standard: str = ""
    averaging: str = "hour"
    reference_o2: float | None = None
    limits: Mapping[str, float] = field(default_factory=dict, hash=False)


def stations(scale: int = 1000, seed: int = 1) -> tuple[Station, ...]:
    """The stations of a district drawn at 1:`scale`: all air and water sites, and as many outlets
    as a thousand divided by the scale, at least eight."""
    if scale < 1:
        raise ValueError("a district is drawn at 1:1 or smaller")
    outlets = (_outlet(number, seed) for number in range(max(8, 1000 // scale)))
    return (
        *(_air(number, site, seed) for number, site in enumerate(AIR_SITES)),
        *(_water(number, site, seed) for number, site in enumerate(WATER_SITES)),
        *outlets,
    )


def _mn(kind: str, number: int, seed: int, version: int = 2017) -> str:
    """24 hexadecimal digits as HJ 212-2017 asks; 14 digits in the edition of 2005."""
    digest = hashlib.blake2b(f"{kind}/{number}/{seed}".encode(), digest_size=12).digest()
    if version == 2005:
        return f"{int.from_bytes(digest, 'big') % 10**14:014d}"
    return digest.hex().upper()


def _password(mn: str) -> str:
    """Six digits."""
    return f"{int(chance('password', mn) * 1_000_000):06d}"


def _air(number: int, site: AirSite, seed: int) -> Station:
    mn = _mn(AIR, number, seed)
    return Station(
        kind=AIR,
        mn=mn,
        password=_password(mn),
        st=SYSTEM_TYPES[AIR],
        name_zh=site.name_zh,
        name_en=site.name_en,
        lon=site.lon,
        lat=site.lat,
        factors=AIR_FACTORS,
        intervals_s=AIR_INTERVALS_S,
        seed=seed,
        strain=site.traffic,
    )


def _water(number: int, site: WaterSite, seed: int) -> Station:
    mn = _mn(WATER, number, seed)
    return Station(
        kind=WATER,
        mn=mn,
        password=_password(mn),
        st=SYSTEM_TYPES[WATER],
        name_zh=site.name_zh,
        name_en=site.name_en,
        lon=site.lon,
        lat=site.lat,
        factors=LAKE_FACTORS if site.body == "lake" else RIVER_FACTORS,
        intervals_s=WATER_INTERVALS_S,
        seed=seed,
        strain=site.load,
        body=site.body,
        target_class=site.target_class,
        is_source=site.is_source,
    )


def _outlet(number: int, seed: int) -> Station:
    trade = OUTLET_TRADES[number % len(OUTLET_TRADES)]
    town = OUTLET_TOWNS[(number * 7 + number // len(OUTLET_TOWNS)) % len(OUTLET_TOWNS)]
    # Every fifth outlet still runs the older edition, as in the field.
    version = 2005 if number % 5 == 4 else 2017
    mn = _mn(trade.kind, number, seed, version)
    serial = number // len(OUTLET_TRADES) + 1
    organization = (f"{town.name_zh}{trade.name_zh}", f"{town.name_en} {trade.name_en}")
    return Station(
        kind=trade.kind,
        mn=mn,
        password=_password(mn),
        st=SYSTEM_TYPES[trade.kind],
        name_zh=f"{organization[0]}{serial}号{trade.outlet_zh}",
        name_en=f"{organization[1]}, {trade.outlet_en} {serial}",
        lon=round(town.lon + 0.03 * (chance(mn, "lon") - 0.5), 5),
        lat=round(town.lat + 0.03 * (chance(mn, "lat") - 0.5), 5),
        factors=_outlet_factors(trade),
        intervals_s=OUTLET_INTERVALS_S,
        seed=seed,
        version=version,
        strain=0.8 + 0.4 * chance(mn, "strain"),
        organization_zh=organization[0],
        organization_en=organization[1],
        standard=trade.standard,
        averaging=trade.averaging,
        reference_o2=trade.reference_o2,
        limits=trade.limits,
    )


def _outlet_factors(trade: Trade) -> tuple[str, ...]:
    return FLUE_FACTORS if trade.kind == FLUE else WASTEWATER_FACTORS
