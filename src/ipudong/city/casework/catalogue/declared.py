"""What a system's manifest says of its items: where their files are."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ItemFolder:
    """A folder with one folder an item (`item.toml` in it), and a register beside them, if any."""

    path: Path
    register: Path | None = None

    def list_files(self) -> list[Path]:
        """The items' files, by name."""
        return sorted(self.path.glob("*/item.toml"))
