"""Engines that read the lake. Whatever is peculiar to one of them stays in here.

An engine scans Parquet files with the filters pushed down, and runs Ibis expressions whose unbound
tables stand for lists of files; both raise LakeUnreadable when a file is gone or damaged. DuckDB
runs in the process; a Spark Connect engine would answer the same two calls.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import duckdb
import ibis
import ibis.expr.operations as ops
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.store.errors import LakeUnreadable, StaleExpression

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Engine(Protocol):
    """What History asks of an engine. Calls come from any thread."""

    def scan(
        self,
        paths: Sequence[str],
        columns: pa.Schema,
        key: str,
        keys: NDArray[Any] | None,
        start_us: int | None,
        end_us: int | None,
    ) -> pa.Table:
        """Rows of these files with key among `keys` and time in [start, end), in file order."""

    def run(self, expression: Any, files: Mapping[str, Sequence[str]]) -> pa.Table:
        """The expression's rows; its unbound tables are these files, by name."""


class DuckDBEngine:
    """DuckDB in process: one warm instance, one cursor per thread."""

    def __init__(self) -> None:
        self._instance = duckdb.connect(":memory:")
        self._instance.execute("SET GLOBAL parquet_metadata_cache = true")  # files never change
        self._local = threading.local()

    def scan(
        self,
        paths: Sequence[str],
        columns: pa.Schema,
        key: str,
        keys: NDArray[Any] | None,
        start_us: int | None,
        end_us: int | None,
    ) -> pa.Table:
        wanted = ", ".join(f'"{name}"' for name in columns.names)
        query = f"SELECT {wanted} FROM {_files(paths)}"  # noqa: S608 - names and numbers of ours
        if conditions := _conditions(key, keys, start_us, end_us):
            query += f" WHERE {' AND '.join(conditions)}"
        with _naming_files():
            return self._cursor().execute(query).to_arrow_table().cast(columns)

    def run(self, expression: Any, files: Mapping[str, Sequence[str]]) -> pa.Table:
        query = str(ibis.to_sql(expression, dialect="duckdb"))
        for table in expression.op().find(ops.UnboundTable):
            if table.name not in files:
                raise StaleExpression(table=table.name)
            query = query.replace(f'"{table.name}"', _files(files[table.name]))
        tables = expression.op().find(ops.InMemoryTable)
        cursor = self._cursor()
        try:
            for table in tables:
                cursor.register(table.name, table.data.to_pyarrow(table.schema))
            with _naming_files():
                found = cursor.execute(query).to_arrow_table()
        finally:
            for table in tables:
                cursor.unregister(table.name)
        return found.cast(expression.schema().to_pyarrow())

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._instance.cursor()
            self._local.cursor.execute("SET TimeZone = 'UTC'")  # kept by each cursor for itself
        return self._local.cursor


ENGINES: Mapping[str, type[DuckDBEngine]] = {"duckdb": DuckDBEngine}


@contextmanager
def _naming_files() -> Iterator[None]:
    """What DuckDB says of files that are gone or are no whole Parquet, as an error of ours."""
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        raise LakeUnreadable("parquet", str(error)) from error


def _files(paths: Sequence[str]) -> str:
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}], hive_partitioning = false)"


def _conditions(
    key: str, keys: NDArray[Any] | None, start_us: int | None, end_us: int | None
) -> list[str]:
    conditions: list[str] = []
    if keys is not None:
        listed = ", ".join(str(int(one)) for one in keys)
        conditions.append(f'"{key}" IN ({listed})')
        # Said twice, because statistics prune by bounds.
        conditions.append(f'"{key}" BETWEEN {int(keys.min())} AND {int(keys.max())}')
    if start_us is not None:
        conditions.append(f"time >= {_instant(start_us)}")
    if end_us is not None:
        conditions.append(f"time < {_instant(end_us)}")
    return conditions


def _instant(microseconds: int) -> str:
    return f"TIMESTAMPTZ '{_EPOCH + timedelta(microseconds=microseconds)}'"
