"""An authority of a test's own, and certificates it signs."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ipudong.gateway.mqtt.tls import make_context


@dataclass
class Certificates:
    """An authority and what it has signed, as files in a folder."""

    folder: Path
    authority: tuple[x509.Certificate, ec.EllipticCurvePrivateKey]

    def issue(self, name: str) -> x509.Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = sign(name, key, *self.authority)
        write(self.folder / f"{name}.pem", certificate)
        write(self.folder / f"{name}.key", key)
        return certificate

    def context(self) -> ssl.SSLContext:
        self.issue("server")
        return make_context(self.path("server.pem"), self.path("server.key"), self.path("ca.pem"))

    def client_context(self, name: str = "") -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        if name:
            self.issue(name)
            context.load_cert_chain(self.path(f"{name}.pem"), self.path(f"{name}.key"))
        return context

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def fingerprint(self, name: str) -> str:
        certificate = x509.load_pem_x509_certificate((self.folder / f"{name}.pem").read_bytes())
        return sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()


def sign(name, key, issuer=None, issuer_key=None) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256())


def write(path: Path, thing) -> None:
    pem = serialization.Encoding.PEM
    if isinstance(thing, x509.Certificate):
        path.write_bytes(thing.public_bytes(pem))
        return
    plain = serialization.NoEncryption()
    path.write_bytes(thing.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


def make_authority(folder: Path) -> Certificates:
    """A new authority, its certificate in `ca.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = sign("authority", key)
    write(folder / "ca.pem", authority)
    return Certificates(folder, (authority, key))
