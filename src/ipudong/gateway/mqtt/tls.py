"""TLS for the MQTT door: the house's certificate, and devices known by theirs."""

import ssl

from ipudong.options import OptionError


class TlsError(OptionError):
    """A certificate, key or authority file that cannot be used; the text names it."""


def make_context(certificate: str, key: str, client_ca: str = "") -> ssl.SSLContext:
    """TLS 1.2 or later. With `client_ca`, clients may show a certificate of these authorities.

    A client without one proves itself by its password. Raises TlsError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        raise TlsError("gateway.mqtt_tls_certificate", _explain(certificate, error)) from error
    if client_ca:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as error:
            raise TlsError("gateway.mqtt_tls_client_ca", _explain(client_ca, error)) from error
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _explain(file: str, error: OSError) -> str:
    """The file, and what is wrong with it."""
    return f"{file} cannot be used: {getattr(error, 'reason', None) or error.strerror}"
