"""Where the MQTT door listens, and whom it lets in."""

from ipudong.options import Option

HOST = Option(
    "gateway.mqtt_host",
    default="127.0.0.1",
    doc="Address on which MQTT clients are taken in; 0.0.0.0 opens it to their network.",
)
PORT = Option("gateway.mqtt_port", default=1883, doc="TCP port for MQTT; 0 switches it off.")
TLS_HOST = Option(
    "gateway.mqtt_tls_host",
    default="0.0.0.0",  # noqa: S104 - closed until there is a certificate, and then meant for all
    doc="Address on which MQTT over TLS is taken in.",
)
TLS_PORT = Option(
    "gateway.mqtt_tls_port",
    default=8883,
    doc="TCP port for MQTT over TLS; closed unless mqtt_tls_certificate is set.",
)
TLS_CERTIFICATE = Option(
    "gateway.mqtt_tls_certificate",
    default="",
    doc="File with the certificate chain (PEM) for MQTT over TLS.",
)
TLS_KEY = Option(
    "gateway.mqtt_tls_key", default="", doc="File with the private key (PEM) for MQTT over TLS."
)
TLS_CLIENT_CA = Option(
    "gateway.mqtt_tls_client_ca",
    default="",
    doc="File with the authorities (PEM) whose client certificates are accepted; devices are then "
    "known by the fingerprint of theirs.",
)
ACCEPT_UNKNOWN = Option(
    "gateway.mqtt_accept_unknown",
    default=False,
    doc="Let unknown MQTT clients connect, so that what they publish waits for adoption with them.",
)
ANSWER_TIMEOUT_S = Option(
    "gateway.mqtt_answer_timeout_s",
    default=60.0,
    doc="Seconds within which an MQTT device must answer a command.",
)
