"""What one sender may take, and what is taken from a terminal that is not yet trusted."""

from dataclasses import dataclass

from ipudong.options import Option

MAX_CONNECTIONS = Option(
    "gateway.jt808_max_connections",
    default=20_000,
    doc="Open JT/T 808 connections in all; further ones are closed at once.",
)
MAX_CONNECTIONS_PER_PEER = Option(
    "gateway.jt808_max_connections_per_peer",
    default=5000,
    doc="Open JT/T 808 connections from one address: a whole fleet may stand behind one mobile "
    "gateway address.",
)
FRAME_TIMEOUT_S = Option(
    "gateway.jt808_frame_timeout_s",
    default=15.0,
    doc="Seconds within which a message that was begun must be complete, and within which a new "
    "connection must have sent its first message.",
)
IDLE_TIMEOUT_S = Option(
    "gateway.jt808_idle_timeout_s",
    default=600.0,
    doc="Seconds without a message after which a connection is closed; terminals send a heartbeat "
    "every minute or so.",
)
MAX_BAD_FRAMES = Option(
    "gateway.jt808_max_bad_frames",
    default=100,
    doc="Bad packets of one connection within a minute after which it is closed.",
)
MAX_REFUSED_FRAMES = Option(
    "gateway.jt808_max_refused_frames",
    default=300,
    doc="Messages of one connection within a minute that were refused (an unknown vehicle, a wrong "
    "code, no authentication) after which it is closed.",
)
REPORTS_BEFORE_AUTHENTICATION = Option(
    "gateway.jt808_reports_before_authentication",
    default=False,
    doc="Take reports of a known vehicle that has no authentication code before it has "
    "authenticated, as terminals that speak UDP or never send 0x0102 need it.",
)
ASK_ATTRIBUTES = Option(
    "gateway.jt808_ask_attributes",
    default=True,
    doc="Ask a terminal once after it has authenticated which model and firmware it is (0x8107).",
)
READ_BYTES = 64 * 1024  # taken from one connection before the next one has its turn


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a server, read once at its start; the options of this module."""

    max_connections: int = MAX_CONNECTIONS.default
    max_connections_per_peer: int = MAX_CONNECTIONS_PER_PEER.default
    frame_timeout_s: float = FRAME_TIMEOUT_S.default
    idle_timeout_s: float = IDLE_TIMEOUT_S.default
    max_bad_frames: int = MAX_BAD_FRAMES.default
    max_refused_frames: int = MAX_REFUSED_FRAMES.default
    reports_before_authentication: bool = REPORTS_BEFORE_AUTHENTICATION.default
    asks_attributes: bool = ASK_ATTRIBUTES.default
    read_bytes: int = READ_BYTES

    @classmethod
    def from_options(cls) -> "Bounds":
        """As the district has set them."""
        return cls(
            MAX_CONNECTIONS.get(),
            MAX_CONNECTIONS_PER_PEER.get(),
            FRAME_TIMEOUT_S.get(),
            IDLE_TIMEOUT_S.get(),
            MAX_BAD_FRAMES.get(),
            MAX_REFUSED_FRAMES.get(),
            REPORTS_BEFORE_AUTHENTICATION.get(),
            ASK_ATTRIBUTES.get(),
        )
