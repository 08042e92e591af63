"""Verification codes: compact JWS (RFC 7515) with Ed25519 (RFC 8037), small enough for a QR.

Claims: `n` paper's number, `c` its code, `t` template, `h` masked holder, `i` day of issue, `u`
last day of validity, `d` SHA-256 of the printed content (hex).
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_TOKEN_CHARACTERS: Final = 4096


class CodeError(Exception):
    """A verification code that proves nothing; `code` is unreadable_code, unknown_key or
    forged_code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Code:
    """What a code that holds says, and by which key."""

    kid: str
    claims: Mapping[str, str]


def sign_code(claims: Mapping[str, str], *, key: Ed25519PrivateKey, kid: str) -> str:
    """The claims as a signed text of three parts."""
    head = _pack({"alg": "EdDSA", "kid": kid})
    text = f"{head}.{_pack(claims)}"
    return f"{text}.{_encode(key.sign(text.encode()))}"


def read_code(text: str, keys: Mapping[str, Ed25519PublicKey]) -> Code:
    """The claims of a text or link that ends in a code. Raises CodeError."""
    token = find_token(text)
    parts = token.split(".")
    if len(parts) != 3 or len(token) > MAX_TOKEN_CHARACTERS:
        raise CodeError("unreadable_code")
    head, claims, signature = _unpack(parts[0]), _unpack(parts[1]), _decode(parts[2])
    if head.get("alg") != "EdDSA":
        raise CodeError("unreadable_code")
    kid = str(head.get("kid", ""))
    key = keys.get(kid)
    if key is None:
        raise CodeError("unknown_key")
    try:
        key.verify(signature, f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature as error:
        raise CodeError("forged_code") from error
    return Code(kid, {str(name): str(value) for name, value in claims.items()})


def find_token(text: str) -> str:
    """The token in what a camera read: the text itself, or what follows `#` in a link."""
    return text.strip().rpartition("#")[2].removeprefix("t=")


def public_jwk(kid: str, key: Ed25519PublicKey) -> dict[str, str]:
    """The public key as anybody's JOSE library reads it (RFC 8037)."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": _encode(raw)}


def read_jwks(document: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """Public keys by their names from a published key set; other kinds are passed over."""
    found = {}
    for row in document.get("keys", ()):
        if isinstance(row, dict) and row.get("crv") == "Ed25519":
            raw = _decode(str(row.get("x", "")))
            if len(raw) == 32:
                found[str(row.get("kid", ""))] = Ed25519PublicKey.from_public_bytes(raw)
    return found


def _pack(value: Mapping[str, str]) -> str:
    return _encode(json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")).encode())


def _unpack(text: str) -> dict[str, Any]:
    try:
        value = json.loads(_decode(text))
    except (ValueError, RecursionError) as error:
        raise CodeError("unreadable_code") from error
    if not isinstance(value, dict):
        raise CodeError("unreadable_code")
    return value


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise CodeError("unreadable_code") from error
