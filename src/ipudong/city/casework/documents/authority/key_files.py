"""Private keys on disk: PKCS #8, encrypted, readable by the district's own account alone."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ipudong.city.casework.documents.options import KEY_PASSPHRASE
from ipudong.city.casework.errors import CaseworkError
from ipudong.options import data_path

PrivateKey = EllipticCurvePrivateKey | Ed25519PrivateKey


def write_key(kid: str, key: PrivateKey) -> None:
    """Keep a private key, durable before the database names it."""
    text = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(_passphrase())
    )
    _write_secret(path_of(kid), text)


def read_key(kid: str) -> PrivateKey:
    """A private key. Raises CaseworkError signing_key_missing where the file is gone or the
    passphrase is another."""
    try:
        key = load_pem_private_key(path_of(kid).read_bytes(), _passphrase())
    except (OSError, ValueError, TypeError) as error:
        raise CaseworkError("signing_key_missing", kid=kid) from error
    if not isinstance(key, EllipticCurvePrivateKey | Ed25519PrivateKey):
        raise CaseworkError("signing_key_missing", kid=kid)
    return key


def path_of(kid: str) -> Path:
    """Where a key lies."""
    return data_path("authority", f"{kid}.pem")


def _passphrase() -> bytes:
    """The one given; else one made once beside the keys, which guards copies of the keys that
    leave it out, not the folder itself."""
    given = KEY_PASSPHRASE.get()
    if given:
        return given.encode()
    path = data_path("authority", "passphrase")
    if not path.is_file():
        _write_secret(path, secrets.token_urlsafe(32).encode())
    return path.read_bytes()


def _write_secret(path: Path, content: bytes) -> None:
    """Write it whole or not at all; the first of several processes wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_suffix(f".{secrets.token_hex(6)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            return
    finally:
        partial.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
