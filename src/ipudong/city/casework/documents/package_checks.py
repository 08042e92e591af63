"""What a package (DOCX, XLSX, OFD: a ZIP of parts) may not hold, and how big it may unpack."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Final

from ipudong.city.casework.documents.kinds import OFD, AttachmentKind
from ipudong.city.casework.errors import CaseworkError

MAX_PARTS: Final = 3000
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
MAX_RATIO: Final = 150  # of the whole; a text of office documents shrinks to a tenth or less
RATIO_FROM_BYTES: Final = 4 * 1024 * 1024
STEP: Final = 1024 * 1024
LOCAL_HEADER_BYTES: Final = 30
_PROGRAM_STARTS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xd0\xcf\x11\xe0")
_ARCHIVE_STARTS: Final = (b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_MACROS: Final = re.compile(
    r"(?i)vba(project|data)|macrosheets|activex|\.(exe|dll|js|vbs|bat|ps1)$"
)


def check_package(path: Path, kind: AttachmentKind) -> None:
    """Raises CaseworkError: file_bomb, office_macros, office_embedded_program,
    office_external_content, document_encrypted, damaged_file."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _check_directory(parts, path.stat().st_size)
            for part in parts:
                _check_part(archive, part)
            if kind.code != OFD and "[Content_Types].xml" not in archive.namelist():
                raise CaseworkError("damaged_file")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise CaseworkError("damaged_file") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise CaseworkError("damaged_file") from error


def _check_directory(parts: list[zipfile.ZipInfo], size: int) -> None:
    """Judge the directory before anything is unpacked, parts that share bytes included."""
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        raise CaseworkError("file_bomb")
    if unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * size:
        raise CaseworkError("file_bomb")
    end = 0
    for part in sorted(parts, key=lambda part: part.header_offset):
        if part.header_offset < end:
            raise CaseworkError("file_bomb")
        end = part.header_offset + LOCAL_HEADER_BYTES + part.compress_size
    if len({part.filename for part in parts}) != len(parts):
        raise CaseworkError("damaged_file")
    for part in parts:
        _check_name(part)


def _check_name(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 0x1:
        raise CaseworkError("document_encrypted")
    steps = part.filename.replace("\\", "/").split("/")
    if part.filename.startswith(("/", "\\")) or ".." in steps or ":" in part.filename:
        raise CaseworkError("damaged_file")
    if _MACROS.search(part.filename):
        raise CaseworkError("office_macros")


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack all of it, a step at a time: the size and checksum must be as declared."""
    with archive.open(part) as stream:
        head = stream.read(STEP)
        if head.startswith((*_PROGRAM_STARTS, *_ARCHIVE_STARTS)):
            raise CaseworkError("office_embedded_program")
        if part.filename.endswith((".rels", "[Content_Types].xml")):
            _check_relations(head)
        while stream.read(STEP):
            pass


def _check_relations(head: bytes) -> None:
    if b"macroEnabled" in head or b"vbaProject" in head:
        raise CaseworkError("office_macros")
    for relation in re.findall(rb"<Relationship\b[^>]*>", head):
        if b"External" in relation and not re.search(
            rb"relationships/(hyperlink|image)\"", relation
        ):
            raise CaseworkError("office_external_content")
