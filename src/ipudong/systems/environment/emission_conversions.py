"""Conversions of continuous emission monitoring, HJ 212-2017 appendix D and HJ 75."""

import numpy as np
import numpy.typing as npt

from ipudong.systems.environment.emission_tables import MOLAR_MASS_G_MOL, MOLAR_VOLUME_L

Floats = npt.NDArray[np.float64] | float
STANDARD_PRESSURE_PA = 101_325.0
STANDARD_TEMPERATURE_K = 273.0
AIR_OXYGEN_PERCENT = 21.0
MINUTES_PER_HOUR_NEEDED = 45
HOURS_PER_DAY_NEEDED = 20


def to_standard_state(
    concentration: Floats, temperature_c: Floats, pressure_pa: Floats, static_pa: Floats = 0.0
) -> Floats:
    """C_sn = C_s · 101325 / (B_a + P_s) · (273 + t_s) / 273, mg/m³ in the flue -> standard."""
    return (
        concentration
        * STANDARD_PRESSURE_PA
        / (pressure_pa + static_pa)
        * (STANDARD_TEMPERATURE_K + temperature_c)
        / STANDARD_TEMPERATURE_K
    )


def to_dry(concentration: Floats, moisture_percent: Floats) -> Floats:
    """C_dry = C_wet / (1 - X_sw)."""
    return concentration / (1 - moisture_percent / 100)


def ppm_to_mg_m3(volume_ppm: Floats, gas: str) -> Floats:
    """C_Q = M / 22.4 · C_V, µmol/mol -> mg/m³ standard."""
    return MOLAR_MASS_G_MOL[gas] / MOLAR_VOLUME_L * volume_ppm


def nitrogen_oxides(no_mg_m3: Floats, no2_mg_m3: Floats = 0.0) -> Floats:
    """NOx as NO₂: NO · M(NO₂) / M(NO) + NO₂, mg/m³."""
    return no_mg_m3 * MOLAR_MASS_G_MOL["no2"] / MOLAR_MASS_G_MOL["no"] + no2_mg_m3


def to_reference_oxygen(
    concentration: Floats, oxygen_percent: Floats, reference_oxygen_percent: float
) -> Floats:
    """折算: C · (21 - O₂ref) / (21 - O₂); NaN where the measured oxygen leaves no combustion gas.

    At 21 % and above the formula divides by nothing: such an hour has no converted value.
    """
    oxygen = np.asarray(oxygen_percent, np.float64)
    burned = np.where(oxygen < AIR_OXYGEN_PERCENT, AIR_OXYGEN_PERCENT - oxygen, np.nan)
    converted = concentration * (AIR_OXYGEN_PERCENT - reference_oxygen_percent) / burned
    return float(converted) if converted.ndim == 0 else converted


def excess_air_ratio(oxygen_percent: Floats) -> Floats:
    """α = 21 / (21 - O₂)."""
    return AIR_OXYGEN_PERCENT / (AIR_OXYGEN_PERCENT - oxygen_percent)


def to_reference_air(concentration: Floats, ratio: Floats, reference_ratio: float) -> Floats:
    """C = C_sn · α / α_s, the older form of 折算."""
    return concentration * ratio / reference_ratio


def flue_flow_m3_h(
    area_m2: float,
    velocity_m_s: Floats,
    temperature_c: Floats,
    pressure_pa: Floats,
    static_pa: Floats = 0.0,
    moisture_percent: Floats = 0.0,
) -> Floats:
    """Dry standard flow Q_snh = 3600 · F · V · 273/(273+t) · (B_a+P_s)/101325 · (1 - X_sw)."""
    return (
        3600.0
        * area_m2
        * velocity_m_s
        * STANDARD_TEMPERATURE_K
        / (STANDARD_TEMPERATURE_K + temperature_c)
        * (pressure_pa + static_pa)
        / STANDARD_PRESSURE_PA
        * (1 - moisture_percent / 100)
    )


def gas_mass_kg_h(concentration_mg_m3: Floats, flow_m3_h: Floats) -> Floats:
    """G_h = C · Q_snh · 10⁻⁶, with the measured concentration, not the converted one."""
    return concentration_mg_m3 * flow_m3_h * 1e-6


def water_volume_m3(flow_l_s: Floats, seconds: float) -> Floats:
    """D = Q · T · 10⁻³."""
    return flow_l_s * seconds * 1e-3


def water_mass_kg(concentration_mg_l: Floats, volume_m3: Floats) -> Floats:
    """G = C · D · 10⁻³."""
    return concentration_mg_l * volume_m3 * 1e-3


def flow_weighted_mean(
    concentrations: npt.NDArray[np.float64], flows: npt.NDArray[np.float64]
) -> float:
    """Mean of a discharge weighted by flow; NaN pairs are left out, NaN without any flow."""
    kept = np.isfinite(concentrations) & np.isfinite(flows)
    total = float(flows[kept].sum())
    if total <= 0:
        return float("nan")
    return float((concentrations[kept] * flows[kept]).sum() / total)
