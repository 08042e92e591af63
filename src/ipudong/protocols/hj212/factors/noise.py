"""Noise (HJ 212-2017 table B.3)."""

from ipudong.protocols.hj212.factors.row import Factor, Medium

_M = Medium.NOISE

NOISE: tuple[Factor, ...] = (
    Factor("LA", "", "A 权声级", "A-weighted sound level", "dB", _M),
    Factor("L5", "", "累计百分声级L5", "L5 percentile level", "dB", _M),
    Factor("L10", "", "累计百分声级L10", "L10 percentile level", "dB", _M),
    Factor("L50", "", "累计百分声级L50", "L50 percentile level", "dB", _M),
    Factor("L90", "", "累计百分声级L90", "L90 percentile level", "dB", _M),
    Factor("L95", "", "累计百分声级L95", "L95 percentile level", "dB", _M),
    Factor("Leq", "", "等效声级", "Equivalent sound level", "dB", _M),
    Factor("Ldn", "", "昼夜等效声级", "Day-night equivalent level", "dB", _M),
    Factor("Ld", "", "昼间等效声级", "Day equivalent level", "dB", _M),
    Factor("Ln", "", "夜间等效声级", "Night equivalent level", "dB", _M),
    Factor("LMx", "", "最大的瞬时声级", "Maximum sound level", "dB", _M),
    Factor("LMn", "", "最小的瞬时声级", "Minimum sound level", "dB", _M),
)
