"""What a file is, told by its bytes alone; the name and what the browser said count for nothing."""

import zipfile
from pathlib import Path
from typing import BinaryIO, Final

import filetype

from ipudong.city.casework.documents.kinds import JPEG, KINDS, PDF, PNG, AttachmentKind
from ipudong.city.casework.errors import CaseworkError

HEAD_BYTES: Final = 8192
TAIL_BYTES: Final = 22 + 65535  # the farthest from the end that a ZIP directory's end may lie
_IMAGES: Final = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\x00asm",
    b"dex\n",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows shortcut
)
_SCRIPTS: Final = (b"#!", b"@echo")
_MARKUP: Final = (b"<script", b"<?php", b"<html", b"<!doctype html", b"javascript:")
_HEIF_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")


def sniff(path: Path) -> AttachmentKind:
    """The kind of the file, or CaseworkError: empty_file, executable_file, heic_image,
    kind_not_allowed, polyglot_file."""
    with path.open("rb") as stream:
        head, tail = _read_ends(stream)
    if not head:
        raise CaseworkError("empty_file")
    _refuse_programs(head)
    kind = _find_kind(path, head)
    if kind is None:
        raise _refusal_of_unknown(head)
    _refuse_polyglots(kind, head, tail)
    return kind


def _read_ends(stream: BinaryIO) -> tuple[bytes, bytes]:
    head = stream.read(HEAD_BYTES)
    size = stream.seek(0, 2)
    stream.seek(max(0, size - TAIL_BYTES))
    return head, stream.read(TAIL_BYTES)


def _refuse_programs(head: bytes) -> None:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_PROGRAMS) or text.startswith(_SCRIPTS):
        raise CaseworkError("executable_file")


def _find_kind(path: Path, head: bytes) -> AttachmentKind | None:
    if head.startswith(b"%PDF-"):
        return KINDS[PDF]
    for start, code in _IMAGES:
        if head.startswith(start):
            return KINDS[code]
    return _find_package(path) if head.startswith(b"PK\x03\x04") else None


def _find_package(path: Path) -> AttachmentKind | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise CaseworkError("damaged_file") from error
    return next((row for row in KINDS.values() if row.main_part and row.main_part in names), None)


def _refusal_of_unknown(head: bytes) -> CaseworkError:
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return CaseworkError("heic_image")
    guess = filetype.guess(head)
    return CaseworkError("kind_not_allowed", found=guess.extension if guess else "")


def _refuse_polyglots(kind: AttachmentKind, head: bytes, tail: bytes) -> None:
    """Refuse a file that another program would read as something else."""
    if not kind.main_part and _ends_as_zip(tail):
        raise CaseworkError("polyglot_file")
    if kind.is_image:
        ends = (head + tail).lower()
        if b"%pdf-" in head[:1024].lower() or any(mark in ends for mark in _MARKUP):
            raise CaseworkError("polyglot_file")


def _ends_as_zip(tail: bytes) -> bool:
    """Whether a ZIP directory ends exactly where the file does (APPNOTE 4.3.16)."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        comment = int.from_bytes(tail[at + 20 : at + 22], "little")
        if at + 22 + comment == len(tail):
            return True
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return False
