"""Where the gateway listens."""

from ipudong.options import Option

HOST = Option(
    "gateway.host", default="127.0.0.1", doc="Address of the gateway's HTTP interfaces."
)
PORT = Option("gateway.port", default=8801, doc="Port of the gateway's HTTP interfaces.")
HJ212_HOST = Option(
    "gateway.hj212_host",
    default="127.0.0.1",
    doc="Address on which HJ 212 stations are taken in; 0.0.0.0 opens it to their network.",
)
HJ212_PORT = Option("gateway.hj212_port", default=8212, doc="TCP port for HJ 212 stations.")
