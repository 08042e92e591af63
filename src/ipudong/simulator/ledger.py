"""What the doors acknowledged: the list against which a crash test counts the lake."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Ledger:
    """One JSON line for each acknowledged upload, flushed at once; none where no path is given."""

    def __init__(self, path: Path | None) -> None:
        self._stream = path.open("a", encoding="utf-8", buffering=1) if path else None

    def write(self, *, mn: str, cn: str, cp: str) -> None:
        """Note that the data area `cp` was acknowledged."""
        if self._stream is not None:
            self._stream.write(json.dumps({"mn": mn, "cn": cn, "cp": cp}) + "\n")

    def close(self) -> None:
        """End the file."""
        if self._stream is not None:
            self._stream.close()


def read_ledger(path: Path) -> Iterator[dict[str, Any]]:
    """The entries of a ledger; a last line cut short by a kill is left out."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            if line.endswith("\n"):
                yield json.loads(line)
