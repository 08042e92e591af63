"""Whether a PDF is what the district signed."""

import io
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from asn1crypto import pem, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import ValidationError

# That somebody else signed is a finding of ours, no fault to be logged with a traceback.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)
VALID: Final = "valid"
ALTERED: Final = "altered"
UNSIGNED: Final = "unsigned"
FOREIGN: Final = "foreign"
UNREADABLE: Final = "unreadable"
_BROKEN: Final = (
    PdfError,
    SigningError,
    SignatureValidationError,
    ValidationError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    RecursionError,
    ArithmeticError,
    OSError,
)


@dataclass(frozen=True)
class SignatureFinding:
    """`code`: valid; altered (changed after it was signed); unsigned; foreign (signed, but not by
    this district); unreadable. `signed_at` is what the signer says."""

    code: str
    signer: str = ""
    signed_at: datetime | None = None


def verify_pdf(pdf: bytes, *, roots_pem: Iterable[str]) -> SignatureFinding:
    """Judge the first signature of a PDF against the district's roots, without any network.

    A certificate is judged at the time the signer says it signed; no other clock vouches for it.
    """
    roots = [x509.Certificate.load(pem.unarmor(text.encode())[2]) for text in roots_pem]
    with ThreadPoolExecutor(1) as pool:  # as when signing: pyHanko wants a loop of its own
        return pool.submit(_judge, pdf, roots).result()


def _judge(pdf: bytes, roots: list[x509.Certificate]) -> SignatureFinding:
    try:
        signatures = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures
    except _BROKEN:
        return SignatureFinding(ALTERED if b"/ByteRange" in pdf else UNREADABLE)
    if not signatures:
        return SignatureFinding(UNSIGNED)
    try:
        return _judge_signature(signatures[0], roots)
    except _BROKEN:
        return SignatureFinding(ALTERED)


def _judge_signature(
    signature: EmbeddedPdfSignature, roots: list[x509.Certificate]
) -> SignatureFinding:
    at = signature.self_reported_timestamp or datetime.now(UTC)
    context = ValidationContext(trust_roots=roots, moment=at, allow_fetching=False)
    status = validate_pdf_signature(signature, signer_validation_context=context)
    signer = str(signature.signer_cert.subject.native.get("common_name", ""))
    if not (status.intact and status.valid) or not _covers_all(status):
        return SignatureFinding(ALTERED, signer, at)
    return SignatureFinding(VALID if status.trusted else FOREIGN, signer, at)


def _covers_all(status: object) -> bool:
    coverage = getattr(status, "coverage", None)
    if coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    return getattr(status, "modification_level", None) == ModificationLevel.NONE
