"""Where a district keeps its files."""

from pathlib import Path

from ipudong.options.declare import Option

DATA_DIR = Option(
    "district.data_dir",
    default="var",
    doc="Folder of the databases, the lake, uploads and generated keys.",
)


def data_path(*parts: str) -> Path:
    """A path below the data folder, absolute."""
    return Path(DATA_DIR.get()).resolve().joinpath(*parts)
