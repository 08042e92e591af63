"""Units as people write them. Inside, units are UCUM codes (`ug/m3`)."""

from typing import Final

# UCUM code to what stands behind a number on a page; unknown codes are shown as they are.
SIGNS: Final = {
    "1": "",
    "%": "%",
    "Cel": "°C",
    "[degF]": "°F",
    "deg": "°",
    "[pH]": "",
    "ug/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "ng/m3": "ng/m³",
    "ug/L": "µg/L",
    "uS/cm": "µS/cm",
    "m3": "m³",
    "m3/s": "m³/s",
    "m3/h": "m³/h",
    "L/s": "L/s",
    "m/s": "m/s",
    "[NTU]": "NTU",
    "{NTU}": "NTU",
    "dB[SPL]": "dB",
    "dB(A)": "dB(A)",
    "W/m2": "W/m²",
    "kW.h": "kWh",
}


def sign_of(ucum: str) -> str:
    """The unit's sign for a reader."""
    return SIGNS.get(ucum, ucum)
