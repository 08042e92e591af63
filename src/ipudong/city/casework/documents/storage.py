"""Bytes on disk under their SHA-256, durable before anything names them."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from ipudong.city.casework.errors import CaseworkError
from ipudong.options import data_path

CHUNK: Final = 256 * 1024
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Incoming:
    """A file on its way in: whole on disk, not yet kept. `sha256` in hex, `size` in bytes."""

    def __init__(self, path: Path, sha256: str, size: int) -> None:
        self.path = path
        self.sha256 = sha256
        self.size = size

    def keep(self) -> Path:
        """Give it its lasting place; the same content twice is one file."""
        target = path_of(self.sha256)
        _make_folder(target.parent)
        self.path.replace(target)
        _sync_folder(target.parent)
        return target


def path_of(sha256: str) -> Path:
    """Where the content with this digest lies."""
    if not _DIGEST.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return data_path("documents", sha256[:2], sha256[2:4], sha256)


@contextmanager
def receiving(stream: BinaryIO, *, limit: int) -> Iterator[Incoming]:
    """Write a stream down as it comes; what is not kept is gone at the end.

    Raises CaseworkError file_too_large as soon as `limit` bytes are passed.
    """
    folder = data_path("documents", "incoming")
    _make_folder(folder)
    path = folder / secrets.token_hex(16)
    try:
        yield _receive(stream, path, limit)
    finally:
        path.unlink(missing_ok=True)


def _receive(stream: BinaryIO, path: Path, limit: int) -> Incoming:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise CaseworkError("file_too_large", limit_mb=limit // (1024 * 1024))
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Incoming(path, digest.hexdigest(), size)


def _make_folder(folder: Path) -> None:
    """Make a folder that only the district's own account can look into."""
    missing = [step for step in (folder, *folder.parents) if not step.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for step in missing:
        _sync_folder(step.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
