"""Comparing records with Splink on DuckDB: train where there are enough, then weigh each pair."""

import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from ipudong.city.registry.matching.model import NULL, MatchModel

TRAIN_FROM: Final = 500  # records; below it the first guesses are better than what can be learned
LEAST_PROBABILITY: Final = 0.1
_U_PAIRS: Final = 1_000_000
_RECALL: Final = 0.7  # of the rules called certain
_SEED: Final = 4
_FLOOR: Final = 1e-7


@dataclass(frozen=True, slots=True)
class FieldWeight:
    """What one field says: the level of agreement and its bits for or against."""

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one, the weight of it all in bits, and why."""

    left: str | int
    right: str | int
    bits: float
    probability: float
    weights: tuple[FieldWeight, ...]


@dataclass(frozen=True)
class Linked:
    """What a comparison found: pairs, the strongest first; weights by field and level."""

    pairs: tuple[Pair, ...]
    compared: int
    trained: bool
    levels: Mapping[str, Mapping[str, tuple[float, float]]]


def link(
    tables: Sequence[pa.Table],
    model: MatchModel,
    *,
    fresh_only: bool = False,
    least: float = LEAST_PROBABILITY,
    levels: Mapping[str, Mapping[str, tuple[float, float]]] | None = None,
) -> Linked:
    """Compare one table within itself, or two with each other; rows have the model's columns.

    `fresh_only` leaves out pairs of which neither record is new. `levels` are (m, u) of an earlier
    training. Pairs below the probability `least` are left out.
    """
    if sum(map(len, tables)) < 2:
        return Linked((), 0, False, {})
    _quiet()
    with duckdb.connect() as connection, warnings.catch_warnings():
        # Splink's own deprecations are not this program's.
        warnings.simplefilter("ignore")
        api = DuckDBAPI(connection=connection)
        settings = _settings(model, len(tables), fresh_only=fresh_only, levels=levels or {})
        linker = Linker([api.register(table) for table in tables], settings, log_level=50)
        train = sum(map(len, tables)) >= TRAIN_FROM
        if train:
            _train(linker, model)
        table = linker.inference.predict(threshold_match_probability=least)
        rows = table.as_duckdbpyrelation().to_arrow_table()
        found = _read_levels(linker)
    pairs = sorted(_read_pairs(rows, model), key=lambda pair: -pair.bits)
    return Linked(tuple(pairs), len(rows), train, found)


def _settings(
    model: MatchModel,
    tables: int,
    *,
    fresh_only: bool,
    levels: Mapping[str, Mapping[str, tuple[float, float]]],
) -> dict[str, Any]:
    end = " AND (l.fresh OR r.fresh)" if fresh_only else ""
    comparisons = [comparison.to_splink() for comparison in model.comparisons]
    for comparison in comparisons:
        known = levels.get(comparison["output_column_name"], {})
        for level in comparison["comparison_levels"]:
            if level["label_for_charts"] in known:
                m, u = known[level["label_for_charts"]]
                level.update(m_probability=m, u_probability=u)
    return {
        "link_type": "dedupe_only" if tables == 1 else "link_only",
        "unique_id_column_name": "id",
        "probability_two_random_records_match": model.prior,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [rule + end for rule in model.blocking],
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": True,
        "max_iterations": 15,
    }


def _train(linker: Linker, model: MatchModel) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match(list(model.certain), recall=_RECALL)
    training.estimate_u_using_random_sampling(max_pairs=_U_PAIRS, seed=_SEED)
    for rule in model.training:
        try:
            training.estimate_parameters_using_expectation_maximisation(rule)
        except Exception:  # Splink has no narrower one: a rule under which no pair falls
            logging.getLogger(__name__).info("no_training_by rule=%s", rule)


def _read_levels(linker: Linker) -> dict[str, dict[str, tuple[float, float]]]:
    """m and u of each level, through Splink's own file of a model, its public form."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        saved = linker.misc.save_model_to_json(str(path), overwrite=True)
        saved = saved or json.loads(path.read_text("utf-8"))
    return {
        comparison["output_column_name"]: {
            level["label_for_charts"]: (
                max(level["m_probability"], _FLOOR),
                max(level["u_probability"], _FLOOR),
            )
            for level in comparison["comparison_levels"]
            if "m_probability" in level and "u_probability" in level
        }
        for comparison in saved["comparisons"]
    }


def _read_pairs(rows: pa.Table, model: MatchModel) -> list[Pair]:
    pairs = []
    for row in rows.to_pylist():
        weights = tuple(_read_weights(row, model))
        pair = Pair(row["id_l"], row["id_r"], row["match_weight"], 0.0, weights)
        pairs.append(replace(pair, probability=row["match_probability"]))
    return pairs


def _read_weights(row: Mapping[str, Any], model: MatchModel) -> list[FieldWeight]:
    weights = []
    for comparison in model.comparisons:
        level = row[f"gamma_{comparison.field}"]
        code = NULL if level < 0 else comparison.levels[len(comparison.levels) - 1 - level].code
        weights.append(FieldWeight(comparison.field, code, round(row[f"mw_{comparison.field}"], 2)))
    return weights


def _quiet() -> None:
    logging.getLogger("splink").setLevel(logging.ERROR)
