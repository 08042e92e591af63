"""What a device proves itself with: a password it sends, a token, or a certificate.

A thing's `credential` is empty (any is accepted), `sha256$` and the hash of a token, `x509$` and
the SHA-256 fingerprint of a certificate, or the password itself where the protocol sends it in the
open and has it compared (HJ 212 PW, JT/T 808 authentication code).
"""

import hashlib
import hmac
from typing import Final

HASHED: Final = "sha256$"
CERTIFICATE: Final = "x509$"


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
