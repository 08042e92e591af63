"""The authority's keys through their lives: made at first start, renewed before they end."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.documents.authority.certificates import Span, make_root, make_signer
from ipudong.city.casework.documents.authority.key_files import PrivateKey, read_key, write_key
from ipudong.city.casework.documents.options import DISTRICT_NAME_ZH
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import AuthorityKey

Purpose = AuthorityKey.Purpose
LIFE: Final = {
    Purpose.ROOT: timedelta(days=20 * 365),
    Purpose.SIGNING: timedelta(days=2 * 365),
    Purpose.CODE: timedelta(days=2 * 365),
}
RENEWAL: Final = timedelta(days=60)  # a new key begins while the old one still holds
CLOCK_SLACK: Final = timedelta(hours=1)


def ensure_authority(at: datetime) -> None:
    """Have a root, a signing key and a key of codes that hold at `at`; repeated without harm."""
    for purpose in (Purpose.ROOT, Purpose.SIGNING, Purpose.CODE):
        find_current(purpose, at)


def find_current(purpose: Purpose, at: datetime) -> AuthorityKey:
    """The key to sign with; a new one is made where there is none or it ends within 60 days."""
    newest = AuthorityKey.objects.filter(purpose=purpose).order_by("-generation").first()
    if newest and at <= newest.not_after - RENEWAL:
        return newest
    generation = newest.generation + 1 if newest else 1
    try:
        with transaction.atomic():
            return _make(purpose, generation, at)
    except IntegrityError:  # another process was first
        return AuthorityKey.objects.get(purpose=purpose, generation=generation)


def list_keys(purpose: Purpose) -> list[AuthorityKey]:
    """All keys there ever were of a purpose, oldest first."""
    return list(AuthorityKey.objects.filter(purpose=purpose).order_by("generation"))


def _make(purpose: Purpose, generation: int, at: datetime) -> AuthorityKey:
    key: PrivateKey
    if purpose == Purpose.CODE:
        key = Ed25519PrivateKey.generate()
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    span = Span(begin=at - CLOCK_SLACK, end=at + LIFE[purpose])
    row = AuthorityKey(
        kid=kid_of(key),
        purpose=purpose,
        generation=generation,
        public_pem=_public_pem(key),
        certificate_pem=_certify(purpose, key, span, at),
        not_before=span.begin,
        not_after=span.end,
    )
    write_key(row.kid, key)
    row.save(force_insert=True)
    record(
        actor="system:casework",
        action="casework.make_key",
        subject=f"key:{row.kid}",
        detail={"purpose": str(purpose), "until": span.end.isoformat()},
        at=at,
    )
    return row


def _certify(purpose: Purpose, key: PrivateKey, span: Span, at: datetime) -> str:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        return ""
    district = DISTRICT_NAME_ZH.get()
    if purpose == Purpose.ROOT:
        certificate = make_root(key, district=district, span=span)
    else:
        root = find_current(Purpose.ROOT, at)
        certificate = make_signer(
            key,
            district=district,
            span=span,
            root=certificate_of(root),
            root_key=_curve_key(root.kid),
        )
    return certificate.public_bytes(Encoding.PEM).decode()


def _curve_key(kid: str) -> ec.EllipticCurvePrivateKey:
    key = read_key(kid)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CaseworkError("signing_key_missing", kid=kid)
    return key


def certificate_of(row: AuthorityKey) -> x509.Certificate:
    """The certificate of a root or signing key."""
    return x509.load_pem_x509_certificate(row.certificate_pem.encode())


def kid_of(key: PrivateKey) -> str:
    """A key's name: the beginning of the SHA-256 of its public side."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()[:16]


def _public_pem(key: PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
