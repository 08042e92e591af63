"""Statistics behind the pattern views: is one office unlike the others, or is it chance? Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, lgamma, log
from typing import Final

FEWEST_CASES: Final = 20
FEWEST_POINTS: Final = 0.1
SIGNIFICANT: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareTest:
    """One office's share beside that of all others.

    `p` is the one-sided probability (Fisher's exact test) of at least so many by chance if the
    office were like the others; `adjusted_p` bears in mind how many offices were tested (Benjamini
    and Hochberg). `stands_out` asks for twenty cases, ten points above the others, and 0.01.
    """

    department: str
    count: int
    cases: int
    others_count: int
    others_cases: int
    p: float
    adjusted_p: float = 1.0

    @property
    def share(self) -> float:
        """The office's share."""
        return self.count / self.cases if self.cases else 0.0

    @property
    def others_share(self) -> float:
        """The share of all others together."""
        return self.others_count / self.others_cases if self.others_cases else 0.0

    @property
    def stands_out(self) -> bool:
        """Whether that is worth a supervisor's time."""
        return (
            self.cases >= FEWEST_CASES
            and self.share - self.others_share >= FEWEST_POINTS
            and self.adjusted_p < SIGNIFICANT
        )


def compare_shares(rows: Iterable[tuple[str, int, int]]) -> list[ShareTest]:
    """Each office (`department`, `count` of `cases`) beside the rest; the least likely first."""
    rows = [row for row in rows if row[2]]
    count, cases = sum(row[1] for row in rows), sum(row[2] for row in rows)
    tests = [
        ShareTest(
            department=code,
            count=k,
            cases=n,
            others_count=count - k,
            others_cases=cases - n,
            p=chance_of_share(k, n, count, cases),
        )
        for code, k, n in rows
    ]
    adjusted = adjust([test.p for test in tests])
    found = [replace(test, adjusted_p=p) for test, p in zip(tests, adjusted, strict=True)]
    return sorted(found, key=lambda test: (test.p, test.department))


def adjust(p_values: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p-values, in the order given."""
    order = sorted(range(len(p_values)), key=lambda at: p_values[at], reverse=True)
    adjusted, least = [1.0] * len(p_values), 1.0
    for rank, at in zip(range(len(p_values), 0, -1), order, strict=True):
        least = min(least, p_values[at] * len(p_values) / rank)
        adjusted[at] = least
    return adjusted


def chance_of_share(count: int, cases: int, all_count: int, all_cases: int) -> float:
    """The hypergeometric probability that at least `count` of these `cases` are marked, where
    `all_count` of `all_cases` are and chance alone dealt them out."""
    most = min(cases, all_count)
    whole = _log_choose(all_cases, cases)
    tail = sum(
        exp(_log_choose(all_count, k) + _log_choose(all_cases - all_count, cases - k) - whole)
        for k in range(max(count, cases - (all_cases - all_count)), most + 1)
    )
    return min(1.0, tail)


def chance_of_at_least(count: int, expected: float) -> float:
    """The Poisson probability of so many or more where `expected` are usual."""
    if count <= 0:
        return 1.0
    if expected <= 0:
        return 0.0
    term, tail = exp(count * log(expected) - expected - lgamma(count + 1)), 0.0
    while term > tail * 1e-16 or count < expected:
        tail += term
        count += 1
        term *= expected / count
    return min(1.0, tail)


def _log_choose(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
