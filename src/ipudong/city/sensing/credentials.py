"""What a device proves itself with: a password it sends, a token, or a certificate.

A thing's `credential` is empty (any is accepted), `sha256$` and the hash of a token, `x509$` and
the SHA-256 fingerprint of a certificate, or the password itself where the protocol sends it in the
open and has it compared (HJ 212 PW, JT/T 808 authentication code).
"""

import hashlib
import hmac
import secrets
from typing import Final

HASHED: Final = "sha256$"
CERTIFICATE: Final = "x509$"
# What no device can offer: its door stays shut until it is given something new.
REVOKED: Final = "sha256$revoked"
# Protocols whose devices send their password as it is and have it compared. How long it is: the PW
# of HJ 212-2017 6.3.1 has six characters, an authentication code of JT/T 808 any number.
OPEN_LENGTHS: Final = {"hj212": 6, "jt808": 12}
_OPEN_ALPHABET: Final = {"hj212": "0123456789", "jt808": "23456789ABCDEFGHJKMNPQRSTUVWXYZ"}
TOKEN_BYTES: Final = 24


def hash_credential(token: str) -> str:
    """How a token is kept. Tokens are random and long, so a plain hash is enough."""
    return HASHED + hashlib.sha256(token.encode()).hexdigest()


def matches(credential: str, offered: str) -> bool:
    """Whether what a device offers is what it was given; constant in time.

    A certificate is offered as `x509$<fingerprint>` by the door that verified it.
    """
    if not credential:
        return True
    if credential.startswith(HASHED):
        offered = hash_credential(offered)
    return hmac.compare_digest(credential.encode(), offered.encode())


def is_sent_in_the_open(protocol: str) -> bool:
    """Whether devices of this protocol have a password that is compared as it is."""
    return protocol in OPEN_LENGTHS


def make_token() -> str:
    """A random token: 192 bits in 32 characters that stand in an address or a JSON text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def make_password(protocol: str) -> str:
    """A random password of the length and characters that the protocol's devices can send."""
    alphabet = _OPEN_ALPHABET[protocol]
    return "".join(secrets.choice(alphabet) for _ in range(OPEN_LENGTHS[protocol]))


def keep_offered(protocol: str, offered: str) -> str:
    """How a credential that a device offered is kept once a person accepts it."""
    if not offered or is_sent_in_the_open(protocol) or offered.startswith((CERTIFICATE, HASHED)):
        return offered
    return hash_credential(offered)


def kind_of(credential: str) -> str:
    """`none`, `token`, `certificate`, `password` or `revoked`; never the credential itself."""
    if not credential:
        return "none"
    if credential == REVOKED:
        return "revoked"
    if credential.startswith(HASHED):
        return "token"
    return "certificate" if credential.startswith(CERTIFICATE) else "password"
