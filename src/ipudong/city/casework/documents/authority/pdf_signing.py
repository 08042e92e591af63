"""Signing PDF: PAdES baseline B-B (ETSI EN 319 142-1), certified so that no change is allowed."""

import asyncio
import base64
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from asn1crypto import keys, x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko_certvalidator.registry import SimpleCertificateStore

from ipudong.city.casework.documents.authority.key_files import PrivateKey

FIELD = "DistrictSignature"


def sign_pdf(
    pdf: bytes,
    *,
    key: PrivateKey,
    certificate_pem: str,
    root_pem: str,
    at: datetime,
    reason: str,
    location: str,
) -> bytes:
    """The PDF with one signature over all of it, said to be made at `at`.

    No timestamp of another authority and no revocation data go in: the district runs neither, so
    the level is B-B and no higher.
    """
    signer = SimpleSigner(
        signing_cert=_certificate(certificate_pem),
        signing_key=_key(key),
        cert_registry=_store(root_pem),
    )
    wanted = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason,
        location=location,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    # pyHanko signs in a loop of its own, which a thread that already has one could not start.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(_run, _DatedSigner(wanted, signer, at), writer).result()


class _DatedSigner(PdfSigner):
    """Takes the time of signing from the caller."""

    def __init__(self, wanted: PdfSignatureMetadata, signer: signers.Signer, at: datetime) -> None:
        super().__init__(wanted, signer)
        self._at = at

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self._at
        return session


def _run(signer: PdfSigner, writer: IncrementalPdfFileWriter) -> bytes:
    signed = asyncio.run(signer.async_sign_pdf(writer))
    return bytes(signed.getvalue())


def _certificate(pem: str) -> x509.Certificate:
    body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    return x509.Certificate.load(base64.b64decode(body))


def _key(key: PrivateKey) -> keys.PrivateKeyInfo:
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return keys.PrivateKeyInfo.load(der)


def _store(root_pem: str) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register(_certificate(root_pem))
    return store
