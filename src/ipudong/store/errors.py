"""What can go wrong in the observation store, as codes and fields."""

# ruff: noqa: N818 - the names say the state of the store, as callers speak of it
from pathlib import Path
from typing import Any, ClassVar


class StoreError(Exception):
    """Root of every error the store raises; `code` names it, `fields` carry the facts."""

    code: ClassVar[str] = "store"

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.code, fields)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value}" for name, value in self.fields.items())
        return f"{self.code}: {facts}"


class InvalidBatch(StoreError):
    """Columns that are not a batch of their kind: unequal lengths, wrong types, nulls."""

    code = "store.invalid_batch"

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(kind=kind, reason=reason)


class JournalError(StoreError):
    """The journal could not do what was asked; nothing of the call was kept."""

    code = "journal.failed"

    def __init__(self, path: Path | str, reason: str, **more: Any) -> None:
        super().__init__(path=str(path), reason=reason, **more)


class JournalFull(JournalError):
    """The disk (or quota) under the journal is full. Later calls work again once there is room."""

    code = "journal.full"


class JournalReadOnly(JournalError):
    """The journal cannot be written or opened. Later calls work again once it can."""

    code = "journal.read_only"


class JournalBusy(JournalError):
    """Another process held the journal for longer than the busy time-out."""

    code = "journal.busy"


class JournalCorrupt(JournalError):
    """A row is not what was written. `row_id` names it (None: the file itself is damaged)."""

    code = "journal.corrupt"

    def __init__(self, path: Path | str, reason: str, row_id: int | None = None) -> None:
        super().__init__(path, reason, row_id=row_id)
        self.row_id = row_id


class BacklogFull(StoreError):
    """More rows wait for the disk than the bound allows; the sender must wait."""

    code = "journal.backlog_full"

    def __init__(self, waiting_rows: int, bound_rows: int) -> None:
        super().__init__(waiting_rows=waiting_rows, bound_rows=bound_rows)


class CommitterClosed(StoreError):
    """The group commit was closed before this batch reached the disk."""

    code = "journal.closed"


class LakeError(StoreError):
    """The lake could not do what was asked."""

    code = "lake.failed"


class LakeTooNew(LakeError):
    """The lake was written by a newer iPudong than this one; upgrade before touching it."""

    code = "lake.too_new"

    def __init__(self, table: str, found: int, known: int) -> None:
        super().__init__(table=table, found=found, known=known)


class LakeMissing(LakeError):
    """The lake's folder is not there although the journal was sealed into one.

    Put it back; or, if it is lost for good, make an empty folder in its place to begin anew.
    """

    code = "lake.missing"

    def __init__(self, path: Path | str) -> None:
        super().__init__(path=str(path))


class LakeUnreadable(LakeError):
    """A file of the lake is not there, is damaged, or may not be read."""

    code = "lake.unreadable"

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(table=table, reason=reason)


class LakeBusy(LakeError):
    """Another process is writing the lake."""

    code = "lake.busy"


class LakeNotWritten(LakeError):
    """A file of the lake could not be written (disk full, read-only); nothing was committed."""

    code = "lake.not_written"

    def __init__(self, table: str, reason: str) -> None:
        super().__init__(table=table, reason=reason)


class StaleExpression(StoreError):
    """An expression was run too long after it was made; make it again."""

    code = "history.stale_expression"
