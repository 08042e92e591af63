"""Fields of a message in a row: how they are read from a body and written into one.

A message is a row of fields (`messages`), a field names its value, its kind, and the editions and
conditions under which it is there. Reading never fails: what deviates becomes a verdict.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

import msgspec

from ipudong.protocols.jt808.editions import Edition

Values: TypeAlias = dict[str, Any]

# Verdicts on a body.
SHORT_BODY: Final = "short_body"  # it ends inside a field; the fields before it are given
LONG_BODY: Final = "long_body"  # bytes are left behind the last field
NOT_GBK: Final = "not_gbk"  # a text that is no GB 18030
PADDING: Final = "padding"  # a text filled up otherwise than its edition says
BAD_TIME: Final = "bad_time"  # digits that are no time of day and date
WRONG_COUNT: Final = "wrong_count"  # more or fewer elements than declared


class EncodeError(ValueError):
    """A value that cannot be written: `field` names it."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"cannot write {field}: {value!r:.100}")
        self.field = field
        self.value = value


class CutOffError(Exception):
    """The body ends inside a value; caught by whoever reads the field."""


class Reader:
    """A body being read, and the verdicts on it so far."""

    __slots__ = ("_data", "at", "defects", "edition", "is_cut", "size")

    def __init__(self, data: bytes, edition: Edition) -> None:
        self._data = data
        self.size = len(data)
        self.at = 0
        self.edition = edition
        self.defects: list[str] = []
        self.is_cut = False

    @property
    def left(self) -> int:
        return self.size - self.at

    def take(self, count: int) -> bytes:
        """The next bytes. Raises CutOffError if there are fewer."""
        start = self.at
        if count > self.size - start:
            raise CutOffError
        self.at = start + count
        return self._data[start : self.at]

    def peek(self, ahead: int) -> int:
        """The byte so far ahead. Raises IndexError."""
        return self._data[self.at + ahead]

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(self.left)

    def note(self, defect: str) -> None:
        """Record a verdict once."""
        if defect not in self.defects:
            self.defects.append(defect)


class Kind(Protocol):
    """Reads a value from a body, writes one into it."""

    def read(self, reader: Reader) -> Any:
        """The value. Raises CutOffError."""

    def write(self, value: Any, edition: Edition) -> bytes:
        """The bytes. Raises what Python raises for a value of the wrong kind or size."""


class Field(msgspec.Struct, frozen=True):
    """A value of a message: in editions from `since` to `until`, if `when` of the values before.

    An `optional` field may be missing at the end of a body; its value is None then. `count_of`
    names the list a number counts that stands behind other fields: it is no value of its own.
    """

    name: str
    kind: Kind
    since: Edition = Edition.V2011
    until: Edition = Edition.V2019
    when: Callable[[Values], bool] | None = None
    optional: bool = False
    count_of: str | None = None

    def applies(self, edition: Edition, values: Values) -> bool:
        if not self.since <= edition <= self.until:
            return False
        return self.when is None or self.when(values)


def read_fields(reader: Reader, fields: tuple[Field, ...]) -> Values:
    """The values of fields in a row; those behind the end of the body are left out."""
    values: Values = {}
    for field in fields:
        if not field.applies(reader.edition, values):
            continue
        if field.optional and not reader.left:
            values[field.name] = None
            continue
        try:
            values[field.name] = field.kind.read(reader)
        except CutOffError:
            reader.is_cut = True
        if reader.is_cut:
            reader.note(SHORT_BODY)
            break
    for field in fields:
        count = values.pop(field.name, None) if field.count_of else None
        if count is not None and count != len(values.get(field.count_of or "", ())):
            reader.note(WRONG_COUNT)
    return values


def write_fields(values: Values, fields: tuple[Field, ...], edition: Edition) -> bytes:
    """The bytes of values in a row. Raises EncodeError."""
    parts = []
    for field in fields:
        if not field.applies(edition, values):
            continue
        value = values.get(field.name)
        if field.count_of:
            value = len(values.get(field.count_of) or ())
        if value is None and field.optional:
            continue
        try:
            parts.append(field.kind.write(value, edition))
        except EncodeError as error:
            raise EncodeError(f"{field.name}.{error.field}", error.value) from error
        except (ValueError, TypeError, LookupError, OverflowError, AttributeError) as error:
            raise EncodeError(field.name, value) from error
    return b"".join(parts)
