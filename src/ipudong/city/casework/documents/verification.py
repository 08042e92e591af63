"""What the public may learn of a paper: by its code, its QR, or the file itself."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ipudong.city.casework.documents.authority.codes import CodeError, public_jwk, read_code
from ipudong.city.casework.documents.authority.keys import Purpose, list_keys
from ipudong.city.casework.documents.authority.pdf_verifying import (
    UNREADABLE,
    VALID,
    SignatureFinding,
    verify_pdf,
)
from ipudong.city.casework.documents.papers.issuing import is_current, public_name
from ipudong.city.casework.documents.pdf_checks import check_bytes
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Paper

REVOKED: Final = "revoked"
EXPIRED: Final = "expired"
UNKNOWN: Final = "unknown"
NOT_THE_PAPER: Final = "not_the_paper"
MAX_FILE_BYTES: Final = 20 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`code`: valid, expired, revoked, altered, unsigned, foreign, unreadable, unknown (no such
    paper), not_the_paper (signed by the district, but not what it keeps under this number), or one
    of CodeError's. `facts` are the paper's public facts: number, title, holder (masked), issued_on,
    valid_until, department."""

    code: str
    facts: Mapping[str, str]
    signature: SignatureFinding | None = None

    @property
    def holds(self) -> bool:
        """Whether one may rely on the paper today."""
        return self.code == VALID


def verify_code(code: str, *, today: date) -> Verdict:
    """What the district keeps under a printed verification code."""
    plain = code.replace("-", "").replace(" ", "").upper()
    paper = Paper.objects.filter(code=plain).first() if len(plain) <= 26 else None
    if paper is None:
        return Verdict(code=UNKNOWN, facts={})
    return Verdict(code=_standing(paper, today), facts=facts_of(paper))


def verify_token(text: str, *, today: date) -> Verdict:
    """Judge the signed text of a QR, then ask what the district keeps."""
    try:
        claims = read_code(text, code_keys()).claims
    except CodeError as error:
        return Verdict(code=error.code, facts={})
    paper = Paper.objects.filter(code=claims.get("c", "")).first()
    if paper is None:
        return Verdict(code=UNKNOWN, facts={})
    if claims.get("d") != paper.content_digest:
        return Verdict(code=NOT_THE_PAPER, facts=facts_of(paper))
    return Verdict(code=_standing(paper, today), facts=facts_of(paper))


def verify_file(pdf: bytes, *, today: date) -> Verdict:
    """Judge a PDF: its signature, then whether it is byte for byte what was issued.

    The file is looked at within bounds before its tables are trusted; nothing of it is kept.
    """
    paper = Paper.objects.filter(sha256=hashlib.sha256(pdf).hexdigest()).first()
    if paper is None and not _is_harmless(pdf):
        return Verdict(code=UNREADABLE, facts={})
    finding = verify_pdf(pdf, roots_pem=[row.certificate_pem for row in list_keys(Purpose.ROOT)])
    if finding.code != VALID:
        return Verdict(code=finding.code, facts={}, signature=finding)
    if paper is None:
        return Verdict(code=NOT_THE_PAPER, facts={}, signature=finding)
    return Verdict(code=_standing(paper, today), facts=facts_of(paper), signature=finding)


def _is_harmless(pdf: bytes) -> bool:
    try:
        check_bytes(pdf)
    except CaseworkError:
        return False
    return pdf.startswith(b"%PDF-")


def _standing(paper: Paper, today: date) -> str:
    if paper.revoked_at is not None:
        return REVOKED
    return VALID if is_current(paper.content.get("valid_until", ""), today) else EXPIRED


def facts_of(paper: Paper) -> dict[str, str]:
    """What everybody may see of a paper."""
    content = paper.content
    return {
        "number": paper.number,
        "title_zh": content["title"]["zh"],
        "title_en": content["title"]["en"],
        "department_zh": content["department"]["zh"],
        "department_en": content["department"]["en"],
        "holder": public_name(paper),
        "issued_on": content["issued_on"],
        "valid_until": content.get("valid_until", ""),
        "revoked_reason": paper.revoked_reason,
    }


def code_keys() -> dict[str, Ed25519PublicKey]:
    """Public keys that verification codes may be signed with, all there ever were."""
    found = {}
    for row in list_keys(Purpose.CODE):
        key = load_pem_public_key(row.public_pem.encode())
        if isinstance(key, Ed25519PublicKey):
            found[row.kid] = key
    return found


def published_keys() -> dict[str, object]:
    """The key set that anybody may keep to verify offline: JWKS of the codes, and root
    certificates in PEM."""
    return {
        "keys": [public_jwk(kid, key) for kid, key in code_keys().items()],
        "roots": [row.certificate_pem for row in list_keys(Purpose.ROOT)],
    }
