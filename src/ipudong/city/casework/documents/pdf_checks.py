"""What a PDF may not hold: programs, scripts, attached files, things that blow up when unpacked.

The file is read as bytes, not by its own tables: what a table hides a viewer may still find. Names
are compared with their `#xx` escapes undone (ISO 32000-1, 7.3.5), object streams are unpacked
within bounds (7.5.7), other streams only measured. What cannot be looked into is refused.
"""

import mmap
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from ipudong.city.casework.errors import CaseworkError

MAX_UNPACKED_BYTES: Final = 512 * 1024 * 1024
MAX_OBJECT_STREAM_BYTES: Final = 16 * 1024 * 1024
MAX_OBJECT_BYTES: Final = 64 * 1024 * 1024
MAX_STREAMS: Final = 100_000
MAX_PAGES: Final = 5000
MAX_AFTER_END: Final = 1024
STEP: Final = 1024 * 1024
DICTIONARY_REACH: Final = 16 * 1024
_STREAM: Final = re.compile(rb"stream\r?\n")
_NAME: Final = re.compile(rb"/((?:[^\x00\t\n\x0c\r ()<>\[\]{}/%#]|#[0-9A-Fa-f]{2})+)")
_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_REFUSED: Final = {
    b"JavaScript": "pdf_script",
    b"JS": "pdf_script",
    b"Launch": "pdf_launch",
    b"ImportData": "pdf_launch",
    b"SubmitForm": "pdf_launch",
    b"EmbeddedFile": "pdf_attached_file",
    b"EmbeddedFiles": "pdf_attached_file",
    b"RichMedia": "pdf_attached_file",
    b"Movie": "pdf_attached_file",
    b"XFA": "pdf_script",
}


Bytes = mmap.mmap | bytes


@dataclass(frozen=True)
class _Stream:
    names: frozenset[bytes]
    filters: tuple[bytes, ...]
    start: int


def check_pdf(path: Path) -> int:
    """The number of pages. Raises CaseworkError: pdf_script, pdf_launch, pdf_attached_file,
    pdf_encrypted, file_bomb, polyglot_file, damaged_file."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        check_bytes(data)
    return _count_pages(path)


def check_bytes(data: Bytes) -> None:
    """The same without counting pages, for bytes at hand."""
    _check_end(data)
    outside, streams = _split(data)
    for part in outside:
        _refuse_names(part)
    left, objects_left = MAX_UNPACKED_BYTES, MAX_OBJECT_BYTES
    for stream in streams:
        if b"ObjStm" in stream.names:
            text = _unpack_objects(data, stream)
            objects_left -= len(text)
            _refuse_names(text)
        elif stream.filters[:1] == (b"FlateDecode",):
            left -= _measure(data, stream.start, left)
        if left < 0 or objects_left < 0:
            raise CaseworkError("file_bomb")


def _check_end(data: Bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0 or data.rfind(b"startxref") < 0:
        raise CaseworkError("damaged_file")
    if len(data) - end - 5 > MAX_AFTER_END:
        raise CaseworkError("polyglot_file")


def _split(data: Bytes) -> tuple[list[bytes], list[_Stream]]:
    """The bytes outside streams, and the streams."""
    outside, streams, position = [], [], 0
    for match in _walk_streams(data):
        if match.start() < position:
            continue
        before = bytes(data[position : match.start()])
        outside.append(before)
        streams.append(_describe(before[-DICTIONARY_REACH:], match.end()))
        if len(streams) > MAX_STREAMS:
            raise CaseworkError("file_bomb")
        end = data.find(b"endstream", match.end())
        position = end if end >= 0 else match.end()
    outside.append(bytes(data[position:]))
    return outside, streams


def _walk_streams(data: Bytes) -> Iterator[re.Match[bytes]]:
    for match in _STREAM.finditer(data):
        if data[max(0, match.start() - 3) : match.start()] != b"end":
            yield match


def _describe(before: bytes, start: int) -> _Stream:
    """The stream's dictionary is what stands between its `obj` and its `stream`."""
    dictionary = before[before.rfind(b" obj") + 4 :]
    names = _names_of(dictionary)
    filters = tuple(name for name in names if name.endswith(b"Decode") or name == b"Crypt")
    return _Stream(frozenset(names), filters, start)


def _names_of(text: bytes) -> list[bytes]:
    def undo(match: re.Match[bytes]) -> bytes:
        return bytes([int(match.group(1), 16)])

    found = _NAME.findall(text)
    return [_ESCAPE.sub(undo, name) if b"#" in name else name for name in found]


def _refuse_names(text: bytes) -> None:
    for name in _names_of(text):
        code = _REFUSED.get(name)
        if code:
            raise CaseworkError(code)
        if name == b"Encrypt":
            raise CaseworkError("pdf_encrypted")


def _unpack_objects(data: Bytes, stream: _Stream) -> bytes:
    if stream.filters == ():
        return bytes(data[stream.start : stream.start + MAX_OBJECT_STREAM_BYTES])
    if stream.filters != (b"FlateDecode",):
        raise CaseworkError("damaged_file")
    try:
        text = zlib.decompressobj().decompress(
            bytes(data[stream.start : stream.start + MAX_OBJECT_STREAM_BYTES]),
            MAX_OBJECT_STREAM_BYTES + 1,
        )
    except zlib.error as error:
        raise CaseworkError("damaged_file") from error
    if len(text) > MAX_OBJECT_STREAM_BYTES:
        raise CaseworkError("file_bomb")
    return text


def _measure(data: Bytes, start: int, bound: int) -> int:
    """How many bytes a stream unpacks to; stops soon after `bound`. Broken ones count as read."""
    unpacker, size, position = zlib.decompressobj(), 0, start
    pending = b""
    while not unpacker.eof and size <= bound:
        if not pending:
            pending = bytes(data[position : position + 65536])
            position += len(pending)
            if not pending:
                break
        try:
            size += len(unpacker.decompress(pending, STEP))
        except zlib.error:
            break
        pending = unpacker.unconsumed_tail
    return size


def _count_pages(path: Path) -> int:
    try:
        with path.open("rb") as file:
            count = int(PdfFileReader(file, strict=False).root["/Pages"]["/Count"])
    except (PdfError, KeyError, ValueError, TypeError, IndexError, RecursionError) as error:
        raise CaseworkError("damaged_file") from error
    except (OSError, ArithmeticError, AttributeError, zlib.error) as error:
        raise CaseworkError("damaged_file") from error
    if not 0 < count <= MAX_PAGES:
        raise CaseworkError("damaged_file")
    return count
