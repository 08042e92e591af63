"""Factor codes of HJ 212-2017 appendix B, with their 2005 codes, as rows."""

from ipudong.protocols.hj212.factors.air import AIR
from ipudong.protocols.hj212.factors.flue import FLUE
from ipudong.protocols.hj212.factors.instrument import INSTRUMENT
from ipudong.protocols.hj212.factors.noise import NOISE
from ipudong.protocols.hj212.factors.row import Factor, Medium
from ipudong.protocols.hj212.factors.sewage import SEWAGE
from ipudong.protocols.hj212.factors.water import WATER

__all__ = ["FACTORS", "Factor", "Medium", "find_factor", "find_factor_2005"]

FACTORS: tuple[Factor, ...] = WATER + AIR + NOISE + SEWAGE + FLUE + INSTRUMENT

# The standard prints e701xx and g119xx twice with different meanings; the first one stands.
_BY_CODE = {factor.code: factor for factor in reversed(FACTORS)}
_BY_CODE_2005 = {factor.code_2005: factor for factor in FACTORS if factor.code_2005}
# Process codes end in the number of the device (e101xx, i3331x).


def find_factor(code: str) -> Factor | None:
    """The row of a code; a numbered process code (``e10102``) finds its ``e101xx``."""
    factor = _BY_CODE.get(code)
    if factor is None and len(code) == 6:
        factor = _BY_CODE.get(code[:4] + "xx") or _BY_CODE.get(code[:5] + "x")
    return factor


def find_factor_2005(code: str) -> Factor | None:
    """The row of a code of the 2005 edition, such as ``011`` for COD."""
    return _BY_CODE_2005.get(code)
