"""Where a value of a TOML text stands, by the path msgspec gives (`$.situations[1].fees`)."""

import re
from typing import Final

_HEADER: Final = re.compile(r"\s*\[{1,2}\s*([A-Za-z0-9_-]+)\s*\]{1,2}\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*(?:\.|=)")
_PATH: Final = re.compile(r"\$(?:\.([A-Za-z0-9_-]+))?(?:\[(\d+|\.\.\.)\])?(?:\.([A-Za-z0-9_-]+))?")


class LineIndex:
    """Lines of the n-th table of each name, and of their keys. Item files hold nothing deeper
    than one table: what is inside is written in line."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, int, str], int] = {("", 0, ""): 1}
        counts: dict[str, int] = {}
        name, place = "", 0
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                name = header[1]
                place = counts.get(name, 0)
                counts[name] = place + 1
                self._lines[(name, place, "")] = number
            elif key := _KEY.match(line):
                self._lines.setdefault((name, place, key[1]), number)

    def of(self, path: str, key: str = "") -> int:
        """Line of a path; of the table or the top where the path's own line is not there. `key` is
        an unknown key that the path leads to."""
        match = _PATH.match(path)
        table, place, inner = match.groups() if match else ("", None, None)
        row = int(place) if place and place.isdigit() else 0
        for wanted in (
            (table or "", row, key),
            (table or "", row, inner or ""),
            ("", 0, table or key),
            (table or "", row, ""),
        ):
            if wanted[2] or wanted[0]:
                line = self._lines.get(wanted)
                if line is not None:
                    return line
        return 1
