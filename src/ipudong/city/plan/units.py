"""Units a mark may be counted in: a closed table, so that a misspelled unit stops the plan file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """`symbol_*` is what stands behind a number; `decimals` is how many digits a reader needs."""

    code: str
    symbol_zh: str
    symbol_en: str
    decimals: int = 0
    upper_bound: float | None = None

    def symbol(self, language: str) -> str:
        """The symbol in a language; everything that is no Chinese gets English."""
        return self.symbol_zh if language.startswith("zh") else self.symbol_en


PERCENT = "percent"

UNITS: dict[str, Unit] = {
    unit.code: unit
    for unit in (
        Unit(PERCENT, "%", "%", decimals=1, upper_bound=100.0),
        Unit("sheath_km", "皮长公里", "sheath-km"),
        Unit("km2", "平方公里", "km²", decimals=1),
        Unit("mbit_s", "Mbit/s", "Mbit/s", decimals=1),
        Unit("minute", "分钟", "min", decimals=1),
        Unit("day", "天", "days", decimals=1),
        Unit("site", "个", "sites"),
        Unit("hotspot", "个", "hotspots"),
        Unit("user", "户", "users"),
        Unit("household", "户", "households"),
        Unit("person", "人", "people"),
        Unit("village", "个村", "villages"),
        Unit("place", "个街镇", "places"),
        Unit("unit", "个单位", "units"),
        Unit("enterprise", "家", "firms"),
        Unit("project", "个", "projects"),
        Unit("platform", "个", "platforms"),
        Unit("index_point", "分", "points", decimals=1),
        Unit("rank", "名", "rank"),
    )
}


def format_value(value: float, unit: str, language: str, *, with_symbol: bool = True) -> str:
    """A number as a reader writes it: grouped thousands, the unit's decimals, its symbol."""
    row = UNITS[unit]
    text = f"{value:,.{row.decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if not with_symbol:
        return text
    if unit == "rank":
        return f"第{text}名" if language.startswith("zh") else f"rank {text}"
    return f"{text}%" if unit == PERCENT else f"{text} {row.symbol(language)}"
