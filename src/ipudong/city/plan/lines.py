"""Where the tables and keys of a TOML text stand, for messages that name a line.

`tomllib` gives values without positions. This index reads only headers of tables and keys at the
start of a line, which is all a plan file consists of, and skips the inside of multi-line strings.
"""

import re
from dataclasses import dataclass, field

_HEADER = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_.-]+)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*(?:\.|=)""")
_TOP = ""


@dataclass(slots=True)
class TableLines:
    """Line of a table's header (1 for the top of the file) and of each of its keys."""

    line: int
    keys: dict[str, int] = field(default_factory=dict)

    def of(self, key: str) -> int:
        """Line of a key, or of the header when the key is missing."""
        return self.keys.get(key, self.line)


class LineIndex:
    """Lines of the n-th table of each name."""

    def __init__(self, text: str) -> None:
        self._tables: dict[str, list[TableLines]] = {_TOP: [TableLines(1)]}
        current = self._tables[_TOP][0]
        quote = ""
        for number, line in enumerate(text.splitlines(), start=1):
            inside, quote = bool(quote), _open_quote(line, quote)
            if inside:
                continue
            if header := _HEADER.match(line):
                current = TableLines(number)
                self._tables.setdefault(header[1], []).append(current)
            elif key := _KEY.match(line):
                current.keys.setdefault(key[1], number)

    def table(self, name: str, place: int = 0) -> TableLines:
        """The `place`-th table of a name; the top of the file when it has no header of its own."""
        tables = self._tables.get(name, [])
        return tables[place] if place < len(tables) else self._tables[_TOP][0]

    def top(self) -> TableLines:
        """Keys before the first header, and every table by its first line."""
        first = {name.split(".")[0]: rows[0].line for name, rows in self._tables.items() if name}
        return TableLines(1, {**first, **self._tables[_TOP][0].keys})


def _open_quote(line: str, quote: str) -> str:
    """The multi-line quote still open after a line that began with `quote` open."""
    for mark in re.findall(r'"""|\'\'\'', line):
        if not quote:
            quote = mark
        elif mark == quote:
            quote = ""
    return quote
