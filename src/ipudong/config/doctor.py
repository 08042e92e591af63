"""Checks of an installation; each finding says what is the matter and what to do."""

import errno
import shutil
import socket
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from ipudong.city.audit.models import Entry
from ipudong.city.audit.queries import find_first_broken_link
from ipudong.city.sensing.history import open_journal, open_lake
from ipudong.config.addresses import PORTAL_HOST, PORTAL_PORT, portal_address
from ipudong.config.declared import import_declaring_modules
from ipudong.config.stamp import PACKAGE
from ipudong.operations.probes import probe_answer
from ipudong.options import DATA_DIR, OptionError, data_path, declared_options

EARLIEST_SANE_YEAR: Final = 2026
FREE_BYTES_WANTED: Final = 2 * 1024**3


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found."""

    subject: str
    ok: bool
    text: str
    advice: str = ""


def check_options() -> Finding:
    """Every setting can be read."""
    import_declaring_modules()
    try:
        count = sum(1 for option in declared_options() if option.get() is not None)
    except OptionError as error:
        return Finding(
            subject="settings",
            ok=False,
            text=str(error),
            advice="correct the value in ipudong.toml or the environment",
        )
    return Finding(subject="settings", ok=True, text=f"{count} settings read")


def check_database() -> Finding:
    """The database answers and its tables are those of this version."""
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Finding(
            subject="database",
            ok=False,
            text=str(error),
            advice=f"see that {DATA_DIR.get()} exists, has room, and is yours to write",
        )
    if pending:
        return Finding(
            subject="database",
            ok=False,
            text=f"{len(pending)} migrations are not applied",
            advice="run `ipudong setup`",
        )
    return Finding(subject="database", ok=True, text="answers, all migrations applied")


def check_journal() -> Finding:
    """The journal opens, no row of it was damaged, and it says how much waits to be sealed."""
    try:
        with closing(open_journal()) as journal:
            stats, damaged = journal.stats(), journal.list_quarantined()
    except Exception as error:  # whatever is wrong with it is the finding
        return Finding(
            subject="journal",
            ok=False,
            text=f"{type(error).__name__}: {error}",
            advice="stop the gateway, copy journal.sqlite3* away and start again; "
            "then have the copy examined",
        )
    if damaged:
        return Finding(
            subject="journal",
            ok=False,
            text="; ".join(f"row {row_id} was damaged: {reason}" for row_id, reason in damaged),
            advice="its bytes are kept in table quarantined_batch of journal.sqlite3; have memory "
            "and disk examined, and ask the stations for the history of that time",
        )
    return Finding(subject="journal", ok=True, text=f"opens, {stats.rows} rows wait for sealing")


def check_lake() -> Finding:
    """The lake is there and opens at a schema that this version knows."""
    try:
        lake = open_lake()
        with closing(open_journal()) as journal:
            lake.check(journal)
        snapshot = lake.snapshot("observations")
    except Exception as error:  # whatever is wrong with it is the finding
        return Finding(
            subject="lake",
            ok=False,
            text=f"{type(error).__name__}: {error}",
            advice="put the lake back where district.data_dir says, or install the version "
            "of iPudong that wrote it",
        )
    text = "opens" if snapshot is not None else "is empty, nothing was sealed yet"
    return Finding(subject="lake", ok=True, text=text)


def check_disk() -> Finding:
    """There is room to go on writing for a while."""
    free = shutil.disk_usage(data_path()).free
    return Finding(
        subject="disk",
        ok=free > FREE_BYTES_WANTED,
        text=f"{free / 1024**3:.1f} GiB free at {data_path()}",
        advice="free some room, or shorten retention, before the journal has to refuse",
    )


def check_port() -> Finding:
    """The portal's port is free, or a portal of ours answers there."""
    address = (PORTAL_HOST.get(), PORTAL_PORT.get())
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            return Finding(
                subject="ports",
                ok=error.errno == errno.EADDRINUSE and _is_ours(),
                text=f"{address[0]}:{address[1]} is taken",
                advice="end the program there, or set portal.port to another",
            )
    return Finding(subject="ports", ok=True, text=f"{address[0]}:{address[1]} is free")


def _is_ours() -> bool:
    try:
        with urllib.request.urlopen(f"{portal_address()}/healthz", timeout=2) as answer:  # noqa: S310
            return answer.read() == probe_answer("/healthz", {})[2]
    except OSError:
        return False


def check_clock() -> Finding:
    """The clock is not before the newest thing this district wrote."""
    now = datetime.now(UTC)
    newest = Entry.objects.order_by("-sequence").values_list("at", flat=True).first()
    behind = newest is not None and newest > now
    return Finding(
        subject="clock",
        ok=not behind and now.year >= EARLIEST_SANE_YEAR,
        text=f"{now:%Y-%m-%d %H:%M:%S} UTC" + (f", yet {newest} was written" if behind else ""),
        advice="set the clock by NTP: readings a day off are marked and never judged",
    )


def check_front_end() -> Finding:
    """The browser's part was built."""
    manifest = PACKAGE / "portal" / "static" / "built" / "manifest.json"
    return Finding(
        subject="front end",
        ok=manifest.is_file(),
        text="built" if manifest.is_file() else "not built",
        advice="run `make frontend`",
    )


def check_audit() -> Finding:
    """Every link of the audit chain holds."""
    broken = find_first_broken_link()
    if broken is not None:
        return Finding(
            subject="audit",
            ok=False,
            text=f"entry {broken.sequence} {broken.reason}",
            advice="keep a copy of the database and compare with the last backup: somebody "
            "changed the record outside of iPudong",
        )
    return Finding(subject="audit", ok=True, text=f"{Entry.objects.count()} entries hold together")


CHECKS: Final[tuple[Callable[[], Finding], ...]] = (
    check_options,
    check_database,
    check_journal,
    check_lake,
    check_disk,
    check_port,
    check_clock,
    check_front_end,
    check_audit,
)
