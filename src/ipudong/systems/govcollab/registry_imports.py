"""`ipudong import population FILE` and `organizations FILE`: Arrow files into the registry."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import ImportReport, Progress
from ipudong.city.registry.services.loading import (
    LoadReport,
    load_organizations,
    load_persons,
)

PERSON_COLUMNS = (
    *("kind", "document_kind", "document_number", "name", "sex", "born_on", "nationality"),
    *("ethnicity", "phone", "registered_division", "address", "address_code", "place"),
    *("household_number", "relation", "house_relation", "since_on"),
)
ORGANIZATION_COLUMNS = (
    *("credit_code", "name", "kind", "status", "industry", "capital", "founded_on", "authority"),
    *("representative_name", "phone", "address", "address_code", "place", "parent"),
)
_ROWS = 20_000


class PopulationFileError(ValueError):
    """The file is no Arrow file, or one without a column that is needed (`column`)."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(f"{code} {column}".strip())
        self.code = code
        self.column = column


def import_population(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Load persons with their households. Raises PopulationFileError; then nothing is loaded."""
    return _import(path, actor, progress, PERSON_COLUMNS, load_persons)


def import_organizations(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Load organizations. Raises PopulationFileError; then nothing is loaded."""
    return _import(path, actor, progress, ORGANIZATION_COLUMNS, load_organizations)


def _import(
    path: Path,
    actor: Actor,
    progress: Progress,
    columns: tuple[str, ...],
    load: Callable[..., LoadReport],
) -> ImportReport:
    try:
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise PopulationFileError("no_arrow_file") from error
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise PopulationFileError("column_missing", missing[0])
    report = load(
        _batches(table, columns),
        source=path.stem[:40],
        by=actor.name,
        at=datetime.now(UTC),
        progress=lambda done: progress(done, table.num_rows),
    )
    return ImportReport(
        accepted=report.accepted, rejected=report.rejected, rejects=tuple(report.rejects)
    )


def _batches(table: pa.Table, columns: tuple[str, ...]) -> Iterator[dict[str, list[Any]]]:
    for batch in table.select(columns).to_batches(max_chunksize=_ROWS):
        yield batch.to_pydict()
