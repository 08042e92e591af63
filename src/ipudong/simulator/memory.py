"""What a station's logger remembers across restarts: how far each period was acknowledged."""

import json
from datetime import datetime
from pathlib import Path


class Memory:
    """Last acknowledged due time per station and period, kept in one JSON file.

    Losing it is harmless: reports are sent again and the platform counts each once.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._marks: dict[str, dict[str, datetime]] = {}
        self._changed = False
        if path is not None and path.is_file():
            self._marks = _parse(path.read_text("utf-8"))

    def find(self, identity: str, period: str) -> datetime | None:
        """Until when the period's reports were acknowledged."""
        return self._marks.get(identity, {}).get(period)

    def put(self, identity: str, period: str, due: datetime) -> None:
        """Move a mark forward."""
        marks = self._marks.setdefault(identity, {})
        if due > marks.get(period, datetime.min.replace(tzinfo=due.tzinfo)):
            marks[period] = due
            self._changed = True

    def save(self) -> None:
        """Write the file if anything changed, whole or not at all."""
        if self._path is None or not self._changed:
            return
        self._changed = False
        text = json.dumps(
            {
                identity: {period: due.isoformat() for period, due in marks.items()}
                for identity, marks in self._marks.items()
            }
        )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(text, "utf-8")
        partial.replace(self._path)


def _parse(text: str) -> dict[str, dict[str, datetime]]:
    try:
        stored = json.loads(text)
        return {
            identity: {period: datetime.fromisoformat(due) for period, due in marks.items()}
            for identity, marks in stored.items()
        }
    except (ValueError, AttributeError, TypeError):
        return {}  # a spoiled memory is no memory
