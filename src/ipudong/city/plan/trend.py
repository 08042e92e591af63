"""A trend through an uneven series, with an honest spread: pure numpy.

The series is taken as a straight line plus a wandering level plus noise:

    y(t) = a + b t + random walk(t) + noise

How much of the unexplained movement is wandering and how much is noise is not known, and it decides
how fast the uncertainty grows. So every mix on a grid is solved exactly (generalized least squares,
best linear unbiased prediction) and the answers are averaged, weighted by how well each explains
the history (restricted likelihood). With pure noise this becomes a regression line; with pure
wandering it becomes the last value plus drift with an interval that widens with the horizon.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Share of the unexplained movement that is wandering rather than noise. A little noise always
# stays, or two values on one day could not both be right.
_WANDER_SHARES = (0.0, 0.003, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.97, 0.995)
_Z_90 = 1.2815515655446004


@dataclass(frozen=True, slots=True)
class Fit:
    """One mix solved: `beta` line, `weights` of the residuals, `sigma2` scale, `log_likelihood`."""

    share: float
    beta: Floats
    weights: Floats
    inverse: Floats
    line_cov: Floats
    sigma2: float
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Trend:
    """All mixes of one history; times are in mean steps, starting at 1."""

    times: Floats
    fits: tuple[Fit, ...]
    probabilities: Floats
    freedom: int

    def predict(self, at: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Mean and half-width of the central 80 % interval of a new value at each time."""
        times = np.atleast_1d(np.asarray(at, dtype=np.float64))
        parts = [_predict_one(fit, self.times, times) for fit in self.fits]
        means = np.array([mean for mean, _ in parts])
        variances = np.array([variance for _, variance in parts])
        weights = self.probabilities[:, None]
        mean = (weights * means).sum(axis=0)
        variance = (weights * (variances + (means - mean) ** 2)).sum(axis=0)
        return mean, student_t_90(self.freedom) * np.sqrt(variance)


def fit_trend(times: Floats, values: Floats) -> Trend:
    """Solve every mix for at least 4 values at increasing times (in mean steps, first at 1)."""
    fits = tuple(_fit_one(share, times, values) for share in _WANDER_SHARES)
    logs = np.array([fit.log_likelihood for fit in fits])
    weights = np.exp(logs - logs.max())
    return Trend(times, fits, weights / weights.sum(), len(values) - 2)


def student_t_90(freedom: int) -> float:
    """90th percentile of Student's t, Cornish-Fisher series (Abramowitz and Stegun 26.7.5).

    Good to 0.1 % from 3 degrees of freedom up.
    """
    z = _Z_90
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return float(sum(term / freedom**power for power, term in enumerate(terms)))


def _fit_one(share: float, times: Floats, values: Floats) -> Fit:
    count = len(times)
    covariance = share * np.minimum.outer(times, times) + (1 - share) * np.eye(count)
    inverse = _inverse(covariance)
    line = _line(times)
    information = line.T @ inverse @ line
    line_cov = _inverse(information)
    beta = line_cov @ line.T @ inverse @ values
    residuals = values - line @ beta
    squares = float(residuals @ inverse @ residuals)
    log_likelihood = -0.5 * (
        np.linalg.slogdet(covariance)[1]
        + np.linalg.slogdet(information)[1]
        + (count - 2) * np.log(max(squares, np.finfo(float).tiny))
    )
    weights = inverse @ residuals
    sigma2 = squares / (count - 2)
    return Fit(share, beta, weights, inverse, line_cov, sigma2, float(log_likelihood))


def _predict_one(fit: Fit, times: Floats, at: Floats) -> tuple[Floats, Floats]:
    shared = fit.share * np.minimum.outer(at, times)
    line = _line(at)
    mean = line @ fit.beta + shared @ fit.weights
    explained = np.einsum("ij,jk,ik->i", shared, fit.inverse, shared)
    gap = line - shared @ fit.inverse @ _line(times)
    line_doubt = np.einsum("ij,jk,ik->i", gap, fit.line_cov, gap)
    own = fit.share * at + (1 - fit.share)
    return mean, fit.sigma2 * np.maximum(own - explained + line_doubt, 0.0)


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _line(times: Floats) -> Floats:
    return np.column_stack([np.ones_like(times), times])
