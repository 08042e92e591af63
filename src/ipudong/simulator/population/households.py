"""Persons put together into households: an adult head, often a partner of like age, the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipudong.simulator.population.ages import HEAD_AGE

HEAD, SPOUSE, SON, DAUGHTER, GRANDCHILD, PARENT, OTHER = "02", "10", "20", "30", "40", "50", "97"
_PARTNERED = 0.75
_LARGEST = 9


@dataclass(frozen=True)
class Households:
    """`order` puts persons of one household side by side; the other columns are in that order."""

    order: NDArray[np.int64]
    household: NDArray[np.int64]
    relation: NDArray[np.str_]


def draw_households(
    ages: NDArray[np.int64], is_male: NDArray[np.bool_], count: int, rng: np.random.Generator
) -> Households:
    """Put all persons into `count` households (fewer where there are too few adults)."""
    adults = np.flatnonzero(ages >= HEAD_AGE)
    count = min(count, len(adults))
    heads = rng.choice(adults, size=count, replace=False)
    rest = np.setdiff1d(np.arange(len(ages)), heads, assume_unique=True)
    partners, partnered = _pair(heads, rest[ages[rest] >= HEAD_AGE], ages, rng)
    others = np.setdiff1d(rest, partners, assume_unique=True)
    homes = _homes_of(len(others), count, rng)
    order = np.concatenate([heads, partners, others])
    household = np.concatenate([np.arange(count), partnered, homes])
    rank = np.concatenate([np.zeros(count), np.ones(len(partners)), np.full(len(others), 2)])
    place = np.lexsort((rank, household))
    order, household, rank = order[place], household[place], rank[place]
    relation = _relations(order, household, rank, heads, ages, is_male)
    return Households(order, household, relation)


def _pair(
    heads: NDArray[np.int64],
    candidates: NDArray[np.int64],
    ages: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Partners for a share of the heads, both sorted by age with some noise, so that ages meet."""
    wanted = min(int(len(heads) * _PARTNERED), len(candidates))
    chosen = rng.choice(len(heads), size=wanted, replace=False)
    partners = rng.choice(candidates, size=wanted, replace=False)
    by_age = chosen[np.argsort(ages[heads[chosen]] + rng.normal(0, 2, wanted))]
    return partners[np.argsort(ages[partners] + rng.normal(0, 2, wanted))], by_age


def _homes_of(people: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """A household for each of the others, evenly at random; none gets more than a few."""
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    rounds = min(_LARGEST, -(-people // count) + 2)
    seats = np.tile(np.arange(count), rounds)
    if len(seats) < people:
        seats = np.resize(seats, people)
    return rng.permutation(seats)[:people]


def _relations(
    order: NDArray[np.int64],
    household: NDArray[np.int64],
    rank: NDArray[np.float64],
    heads: NDArray[np.int64],
    ages: NDArray[np.int64],
    is_male: NDArray[np.bool_],
) -> NDArray[np.str_]:
    younger = ages[heads[household]] - ages[order]
    child = np.where(is_male[order], SON, DAUGHTER)
    other = np.select(
        [younger >= 45, younger >= 18, younger <= -18], [GRANDCHILD, child, PARENT], default=OTHER
    )
    return np.where(rank == 0, HEAD, np.where(rank == 1, SPOUSE, other))
