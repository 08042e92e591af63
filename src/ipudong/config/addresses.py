"""Where the doors are, for people to read."""

from ipudong.gateway.options import HOST, PORT
from ipudong.options import Option

PORTAL_HOST = Option("portal.host", default="127.0.0.1", doc="Address on which the portal listens.")
PORTAL_PORT = Option("portal.port", default=8800, doc="Port on which the portal listens.")
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound


def portal_address() -> str:
    """The portal's address on this machine."""
    return f"http://{_local(PORTAL_HOST.get())}:{PORTAL_PORT.get()}"


def gateway_address() -> str:
    """The address of the gateway's HTTP interfaces on this machine."""
    return f"http://{_local(HOST.get())}:{PORT.get()}"


def _local(host: str) -> str:
    return "127.0.0.1" if host in ANY_ADDRESS else host
