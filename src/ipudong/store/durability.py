"""Make written files survive a power cut: fsync of files and of the folders that name them."""

import os
from collections.abc import Iterable
from pathlib import Path


def sync(path: Path) -> None:
    """fsync one file or folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(paths: Iterable[Path], root: Path) -> None:
    """fsync these files and every folder between them and `root`, itself included."""
    folders: set[Path] = {root}
    for path in paths:
        sync(path)
        folder = path.parent
        while folder != root and root in folder.parents:
            folders.add(folder)
            folder = folder.parent
    for folder in sorted(folders, reverse=True):  # the deepest first
        sync(folder)
