"""Ages as the census of 2020 found them in Shanghai, in bands of five years."""

import datetime as dt
from typing import Final

import numpy as np
from numpy.typing import NDArray

# Shares in percent of 0-4, 5-9, ... 80-84, 85 and above. Their sums keep the published shares of
# 0-14, 15-59 and 60 and above: 9.8, 66.8 and 23.4 percent.
BANDS: Final = (
    *(2.9, 3.7, 3.2, 2.9, 5.8, 8.5, 10.8, 9.4, 7.8, 7.3),
    *(7.5, 6.8, 7.1, 6.4, 4.3, 2.4, 1.7, 1.5),
)
BAND_YEARS: Final = 5
OLDEST_BAND_YEARS: Final = 15
OF_AGE: Final = 18
HEAD_AGE: Final = 22


def draw_birth_days(count: int, today: dt.date, rng: np.random.Generator) -> NDArray[np.int64]:
    """Birth days as days since 1970, of `count` persons alive `today`."""
    weights = np.array(BANDS) / sum(BANDS)
    band = rng.choice(len(BANDS), size=count, p=weights)
    years = np.where(band == len(BANDS) - 1, OLDEST_BAND_YEARS, BAND_YEARS)
    age_days = (band * BAND_YEARS + rng.random(count) * years) * 365.25
    newest = (today - dt.date(1970, 1, 1)).days
    return newest - age_days.astype(np.int64)


def ages_on(birth_days: NDArray[np.int64], today: dt.date) -> NDArray[np.int64]:
    """Ages in whole years of 365.25 days."""
    newest = (today - dt.date(1970, 1, 1)).days
    return ((newest - birth_days) / 365.25).astype(np.int64)
