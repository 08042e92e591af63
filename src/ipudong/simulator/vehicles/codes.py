"""Authentication codes the platform gave, remembered across restarts."""

import json
from pathlib import Path


class Codes:
    """One code for each phone number, in one JSON file. Losing it is harmless: the terminal
    registers again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._codes = _read(path)
        self._changed = False

    def find(self, phone: str) -> str:
        """The code, empty where none was given."""
        return self._codes.get(phone, "")

    def put(self, phone: str, code: str) -> None:
        """Remember a code; an empty one is forgotten."""
        if self._codes.get(phone, "") == code:
            return
        self._codes.pop(phone, None)
        if code:
            self._codes[phone] = code
        self._changed = True

    def save(self) -> None:
        """Write the file if anything changed, whole or not at all."""
        if self._path is None or not self._changed:
            return
        self._changed = False
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._codes), "utf-8")
        partial.replace(self._path)


def _read(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    try:
        stored = json.loads(path.read_text("utf-8"))
        return {str(phone): str(code) for phone, code in stored.items()}
    except (ValueError, AttributeError):
        return {}  # a spoiled memory is no memory
