"""The keyed index of document numbers: equal numbers meet, the index tells none of them."""

import hashlib
import hmac
from functools import lru_cache

from django.conf import settings

from ipudong.city.registry.codes import DOCUMENT_KINDS
from ipudong.city.registry.documents import plain_number
from ipudong.options import Option

INDEX_KEY = Option(
    "registry.index_key",
    default="",
    secret=True,
    doc="Key of the index by which document numbers are found; made from the portal's secret key "
    "where none is given. After changing it run `ipudong django reindex_people`.",
)
_BITS = 63  # what a signed 64-bit column holds; among six million two meet once in a million


def number_key(kind: str, number: str) -> int:
    """Digest of a document's number under the district's key."""
    return digest_number(index_key(), kind, number)


def list_number_keys(number: str) -> list[int]:
    """Digests of a number as it would be in each kind of document."""
    plain = plain_number(number)
    return [number_key(kind, plain) for kind in DOCUMENT_KINDS]


def digest_number(key: bytes, kind: str, number: str) -> int:
    """HMAC-SHA-256 of kind and number, cut to 63 bits."""
    digest = hmac.digest(key, f"{kind}:{number}".encode(), "sha256")
    return int.from_bytes(digest[:8], "big") >> (64 - _BITS)


def index_key() -> bytes:
    """The key in force."""
    return _derive(INDEX_KEY.get() or settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _derive(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"ipudong.city.registry.lookup", hashlib.sha256)
