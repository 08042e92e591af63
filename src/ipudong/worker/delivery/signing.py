"""Signatures of messages to web addresses, as Standard Webhooks 1.0 defines them.

https://www.standardwebhooks.com: `webhook-signature: v1,<base64 HMAC-SHA256 of id.time.body>`.
"""

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key of a secret: base64 after `whsec_`, else its own characters."""
    if secret.startswith(PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
        except (binascii.Error, ValueError):
            pass
    return secret.encode()


def sign(secret: str, message_id: str, timestamp_s: int, body: bytes) -> str:
    """The value of the signature header."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers_of(secret: str, message_id: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The headers of a message; without a secret it is not signed."""
    headers = {"webhook-id": message_id, "webhook-timestamp": str(timestamp_s)}
    if secret:
        headers["webhook-signature"] = sign(secret, message_id, timestamp_s, body)
    return headers
