"""Where the doors are, for people to read."""

from ipudong.options import Option

PORTAL_HOST = Option("portal.host", default="127.0.0.1", doc="Address on which the portal listens.")
PORTAL_PORT = Option("portal.port", default=8800, doc="Port on which the portal listens.")
HJ212_SHOWN = ("gateway.hj212_host", "gateway.hj212_port")


def portal_address() -> str:
    """The portal's address on this machine."""
    host = PORTAL_HOST.get()
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{PORTAL_PORT.get()}"  # noqa: S104
