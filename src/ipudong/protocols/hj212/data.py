"""The data area (HJ 212-2017, 6.3.3): items split by ``;``, attributes of a factor by ``,``."""

import re

from msgspec import Struct

# Text of logs stands between // and //, and may hold the separators.
_ITEMS = re.compile(r"((?:=//.*?//|[^;,])*)([;,]|$)", re.DOTALL)
_TEXT_MARK = "//"


class Group(Struct, frozen=True, gc=False):
    """The attributes of one factor or device, such as ``("Rtd", "36.91"), ("Flag", "N")``."""

    code: str
    attributes: tuple[tuple[str, str], ...]

    def find(self, name: str) -> str | None:
        """Value of an attribute by its case-sensitive name."""
        return next((value for key, value in self.attributes if key == name), None)


class DataArea(Struct, frozen=True, gc=False):
    """What a data area says. `parameters` are the fields that belong to no factor, in order.

    `pairs` is every field as sent, names whole; `unread` are items without ``=``.
    """

    parameters: tuple[tuple[str, str], ...] = ()
    groups: tuple[Group, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    unread: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()

    def find(self, name: str) -> str | None:
        """Value of a parameter such as ``QnRtn`` or ``BeginTime``."""
        return next((value for key, value in self.parameters if key == name), None)

    def find_group(self, code: str) -> Group | None:
        return next((group for group in self.groups if group.code == code), None)


def split_items(cp: str) -> list[tuple[str, str]]:
    """Items of a data area, each with the separator before it (none before the first)."""
    items: list[tuple[str, str]] = []
    before = ""
    for item, after in _ITEMS.findall(cp):
        items.append((item, before))
        if not after:
            break
        before = after
    return items


def parse_data(cp: str) -> DataArea:
    """Read a data area; tolerant, with the known defects of devices named in `defects`."""
    reader = _Reader()
    items = split_items(cp) if cp else []
    if items and not items[-1][0]:
        items.pop()
        reader.note("trailing_separator")
    for item, separator in items:
        reader.read(item, separator)
    return reader.finish()


class _Reader:
    """Collects items one by one; remembers which factor the last one belonged to."""

    def __init__(self) -> None:
        self._parameters: list[tuple[str, str]] = []
        self._groups: list[tuple[str, list[tuple[str, str]]]] = []
        self._pairs: list[tuple[str, str]] = []
        self._unread: list[str] = []
        self._defects: dict[str, None] = {}
        self._names: set[str] = set()
        self._code: str | None = None
        self._attributes: set[str] = set()

    def note(self, defect: str) -> None:
        self._defects[defect] = None

    def read(self, item: str, separator: str) -> None:
        name, equals, value = item.partition("=")
        if not equals or not name:
            self._unread.append(item)
            self.note("missing_equals" if item else "empty_item")
            return
        value = self._value(value)
        self._pairs.append((name, value))
        code, dash, attribute = name.partition("-")
        if dash:
            self._read_attribute(code, attribute, value, separator)
        else:
            self._read_parameter(name, value, separator)
        if name in self._names:
            self.note("repeated_field")
        self._names.add(name)

    def _value(self, value: str) -> str:
        if not value.startswith(_TEXT_MARK):
            return value
        if len(value) >= 4 and value.endswith(_TEXT_MARK):
            return value[2:-2]
        self.note("unclosed_text")
        return value[2:]

    def _read_attribute(self, code: str, attribute: str, value: str, separator: str) -> None:
        repeated = attribute in self._attributes
        if code != self._code:
            if separator == ",":
                self.note("comma_for_semicolon")
        elif separator == ";" and not repeated:
            self.note("semicolon_for_comma")
        if code != self._code or repeated:
            self._groups.append((code, []))
            self._code = code
            self._attributes = set()
        self._groups[-1][1].append((attribute, value))
        self._attributes.add(attribute)

    def _read_parameter(self, name: str, value: str, separator: str) -> None:
        # The standard itself joins parameters by either mark (BeginTime=..,EndTime=..).
        if separator == "," and self._code is not None:
            self.note("comma_for_semicolon")
        self._code = None
        if name == "DataTime":
            self._names.clear()  # a new section of a history answer
        self._parameters.append((name, value))

    def finish(self) -> DataArea:
        return DataArea(
            tuple(self._parameters),
            tuple(Group(code, tuple(attributes)) for code, attributes in self._groups),
            tuple(self._pairs),
            tuple(self._unread),
            tuple(self._defects),
        )
