"""X.509 certificates of the authority (RFC 5280): a root, and those that sign papers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID, ObjectIdentifier

DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336


@dataclass(frozen=True, kw_only=True)
class Span:
    """From when until when a certificate holds."""

    begin: datetime
    end: datetime


def make_root(key: EllipticCurvePrivateKey, *, district: str, span: Span) -> x509.Certificate:
    """A self-signed root that may sign certificates, none of which may sign others."""
    name = _name(district, "iPudong Root CA")
    return (
        _builder(name, name, key, span)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(_own_id(key), critical=False)
        .sign(key, SHA256())
    )


def make_signer(
    key: EllipticCurvePrivateKey,
    *,
    district: str,
    span: Span,
    root: x509.Certificate,
    root_key: EllipticCurvePrivateKey,
) -> x509.Certificate:
    """A certificate for signing documents and nothing else."""
    issuer_id = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    authority_id = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id)
    return (
        _builder(_name(district, f"{district} 电子印章"), root.subject, key, span)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([DOCUMENT_SIGNING]), critical=False)
        .add_extension(_own_id(key), critical=False)
        .add_extension(authority_id, critical=False)
        .sign(root_key, SHA256())
    )


def _name(district: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, district[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, span: Span
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(span.begin)
        .not_valid_after(span.end)
    )


def _own_id(key: EllipticCurvePrivateKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(key.public_key())


def _usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=not certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
