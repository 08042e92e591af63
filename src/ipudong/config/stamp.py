"""Whether `ipudong setup` must run again: a digest of what it brings into the database."""

import hashlib
from pathlib import Path

from ipudong.options import data_path

PACKAGE = Path(__file__).resolve().parent.parent
PATTERNS = ("**/migrations/*.py", "**/*.toml", "systems/*/system.py", "systems/*/demo.py")


def digest_setup(*, demo: bool) -> str:
    """SHA-256 over the migrations, data files and manifests that set-up reads."""
    digest = hashlib.sha256(b"demo" if demo else b"bare")
    for path in sorted({path for pattern in PATTERNS for path in PACKAGE.glob(pattern)}):
        digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def is_set_up(*, demo: bool) -> bool:
    """Whether the last set-up in this data folder was done with the same input."""
    path = data_path("setup.stamp")
    return path.is_file() and path.read_text() == digest_setup(demo=demo)


def mark_set_up(*, demo: bool) -> None:
    """Remember that set-up was done."""
    data_path("setup.stamp").write_text(digest_setup(demo=demo))
