"""Bodies of pushes: their bounds, and gzip without its bombs."""

import asyncio
import zlib
from collections.abc import Callable
from typing import Final, TypeVar

from litestar import Request

from ipudong.gateway.api.problems import RequestRefused

MAX_INFLATED_BYTES: Final = 16 * 1024 * 1024
# Beyond this the work of a body is done in a thread, so that other senders have their turn.
AT_ONCE_BYTES: Final = 64 * 1024
_GZIP: Final = 31  # zlib's window bits that ask for a gzip header

Result = TypeVar("Result")


async def read_body(request: Request) -> bytes:
    """The body, inflated. Raises RequestRefused 400, 413, 415."""
    encoding = request.headers.get("content-encoding", "identity")
    return await unpack(await request.body(), encoding)


async def unpack(body: bytes, encoding: str) -> bytes:
    """A body of this Content-Encoding, inflated. Raises RequestRefused 400, 413, 415."""
    encoding = encoding.strip().lower()
    if encoding == "gzip":
        return await in_turn(len(body), inflate, body)
    if encoding not in ("identity", ""):
        raise RequestRefused(415, "bad_encoding", "Content-Encoding is gzip or identity.")
    return body


def inflate(body: bytes) -> bytes:
    """The content of a gzip body. Raises RequestRefused."""
    inflater = zlib.decompressobj(_GZIP)
    try:
        content = inflater.decompress(body, MAX_INFLATED_BYTES)
    except zlib.error as error:
        raise RequestRefused(400, "bad_gzip", "The body is not gzip.") from error
    if inflater.unconsumed_tail:
        raise RequestRefused(413, "body_too_large", "The body is too large when inflated.")
    if not inflater.eof:
        raise RequestRefused(400, "bad_gzip", "The body ends too early.")
    return content


def decode_text(body: bytes) -> str:
    """The text of a body. Raises RequestRefused 400."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RequestRefused(400, "not_utf8", "The body is not UTF-8.") from error


async def in_turn(size: int, work: Callable[..., Result], *arguments: object) -> Result:
    """The work on a body of this size: at once, or in a thread when it would hold up others."""
    if size <= AT_ONCE_BYTES:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)
