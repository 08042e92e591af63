"""What is compared and how: fields with their levels of agreement, and pairs worth comparing.

`m` is the share of true pairs, `u` that of other pairs, that agree at a level; both are first
guesses that training on real records replaces. Conditions are SQL of DuckDB over `_l` and `_r`.
"""

from dataclasses import dataclass, field
from typing import Any, Final

NULL, ELSE = "missing", "different"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of agreement of a field; `condition` is ELSE's "ELSE" for all that is left."""

    code: str
    condition: str
    m: float
    u: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field and its levels, the strongest first; a missing value says nothing."""

    field: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]

    def to_splink(self) -> dict[str, Any]:
        """The comparison as Splink takes it."""
        missing = " OR ".join(f"{c}_l IS NULL OR {c}_r IS NULL" for c in self.columns[:1])
        null = {"sql_condition": missing, "label_for_charts": NULL, "is_null_level": True}
        rows = [
            {
                "sql_condition": level.condition,
                "label_for_charts": level.code,
                "m_probability": level.m,
                "u_probability": level.u,
            }
            for level in self.levels
        ]
        return {"output_column_name": self.field, "comparison_levels": [null, *rows]}


@dataclass(frozen=True)
class MatchModel:
    """Comparisons, blocking rules (SQL), and the rules between which training alternates."""

    kind: str
    comparisons: tuple[Comparison, ...]
    blocking: tuple[str, ...]
    training: tuple[str, ...]
    certain: tuple[str, ...]
    prior: float = 1e-6
    columns: tuple[str, ...] = field(default=())


def same(*columns: str) -> str:
    """The SQL of a rule: the columns are equal."""
    return " AND ".join(f"l.{column} = r.{column}" for column in columns)


def _near(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def _spelled(column: str, sound: str, *, m: float, u: float) -> tuple[Level, ...]:
    return (
        Level("same", f"{column}_l = {column}_r", m, u),
        Level("same_sound", f"{sound}_l = {sound}_r", 0.05, u * 3),
        Level("similar", _near(sound, 0.88), 0.08, 0.02),
        Level(ELSE, "ELSE", 0.07, 0.9),
    )


def _typed(column: str, *, u: float, other: float) -> tuple[Level, ...]:
    """`other`: how often one and the same has another; a phone changes, a number does not."""
    typo = f"damerau_levenshtein({column}_l, {column}_r)"
    return (
        Level("same", f"{column}_l = {column}_r", 0.9 - other, u),
        Level("one_typo", f"{typo} <= 1", 0.08, u * 10),
        Level("two_typos", f"{typo} <= 2", 0.02, u * 50),
        Level(ELSE, "ELSE", other, 0.99),
    )


_SWAPPED: Final = (
    "born_l[1:4] = born_r[1:4] AND born_l[5:6] = born_r[7:8] AND born_l[7:8] = born_r[5:6]"
)
_BORN: Final = Comparison(
    "born_on",
    ("born",),
    (
        Level("same", "born_l = born_r", 0.9, 0.0001),
        Level("day_and_month_swapped", _SWAPPED, 0.01, 0.0001),
        Level("one_typo", "damerau_levenshtein(born_l, born_r) <= 1", 0.05, 0.002),
        Level(ELSE, "ELSE", 0.04, 0.997),
    ),
)
_ADDRESS: Final = Comparison(
    "address",
    ("address",),
    (
        Level("same", "address_l = address_r", 0.6, 0.0002),
        Level("similar", _near("address", 0.92), 0.15, 0.005),
        Level("same_town", "division_l = division_r", 0.1, 0.03),
        Level(ELSE, "ELSE", 0.15, 0.96),
    ),
)
PERSONS: Final = MatchModel(
    kind="person",
    columns=(
        *("id", "family", "given", "family_sound", "given_sound", "born", "number", "phone"),
        *("address", "division", "fresh"),
    ),
    comparisons=(
        Comparison(
            "family_name",
            ("family", "family_sound"),
            _spelled("family", "family_sound", m=0.88, u=0.02),
        ),
        Comparison(
            "given_name",
            ("given", "given_sound"),
            _spelled("given", "given_sound", m=0.8, u=0.003),
        ),
        _BORN,
        Comparison("document_number", ("number",), _typed("number", u=1e-6, other=0.01)),
        Comparison("phone", ("phone",), _typed("phone", u=1e-5, other=0.4)),
        _ADDRESS,
    ),
    blocking=(
        same("number"),
        same("phone"),
        same("born", "family_sound"),
        same("born", "given_sound"),
        same("family_sound", "given_sound"),
        same("division", "given_sound"),
        same("division", "family_sound", "born[1:4]"),
        same("address", "division"),
    ),
    training=(same("born"), same("family", "given"), same("division", "address")),
    certain=(same("number"), same("family", "given", "born")),
)
ORGANIZATIONS: Final = MatchModel(
    kind="organization",
    columns=(
        *("id", "name", "core", "core_sound", "code", "representative", "phone"),
        *("address", "division", "fresh"),
    ),
    comparisons=(
        Comparison(
            "name",
            ("name", "core", "core_sound"),
            (
                Level("same", "name_l = name_r", 0.7, 1e-5),
                Level("same_core", "core_l = core_r", 0.15, 0.0005),
                Level("same_sound", "core_sound_l = core_sound_r", 0.05, 0.001),
                Level(
                    "similar",
                    "jaro_winkler_similarity(core_sound_l, core_sound_r) >= 0.9",
                    0.05,
                    0.01,
                ),
                Level(ELSE, "ELSE", 0.05, 0.988),
            ),
        ),
        Comparison("credit_code", ("code",), _typed("code", u=1e-6, other=0.02)),
        Comparison(
            "representative",
            ("representative",),
            (
                Level("same", "representative_l = representative_r", 0.8, 0.002),
                Level(ELSE, "ELSE", 0.2, 0.998),
            ),
        ),
        Comparison("phone", ("phone",), _typed("phone", u=1e-5, other=0.4)),
        _ADDRESS,
    ),
    blocking=(same("code"), same("core_sound"), same("phone"), same("address", "division")),
    training=(same("core"), same("phone")),
    certain=(same("code"), same("name", "representative")),
)
