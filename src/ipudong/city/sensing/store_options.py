"""Settings of the observation store; apart from its opening, so that reading them loads nothing."""

from ipudong.options import Option

HISTORY_ENGINE = Option(
    "store.history_engine",
    default="duckdb",
    choices=("duckdb",),
    doc="Engine that reads history from lake and journal.",
)
