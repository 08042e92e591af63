"""What one sender may take, so that no sender takes it from another."""

from dataclasses import dataclass

from ipudong.options import Option

MAX_CONNECTIONS = Option(
    "gateway.hj212_max_connections",
    default=10_000,
    doc="Open HJ 212 connections in all; further ones are closed at once.",
)
MAX_CONNECTIONS_PER_PEER = Option(
    "gateway.hj212_max_connections_per_peer",
    default=256,
    doc="Open HJ 212 connections from one address; raise it for stations behind one mobile "
    "gateway address.",
)
FRAME_TIMEOUT_S = Option(
    "gateway.hj212_frame_timeout_s",
    default=15.0,
    doc="Seconds within which a frame that was begun must be complete.",
)
FIRST_FRAME_TIMEOUT_S = Option(
    "gateway.hj212_first_frame_timeout_s",
    default=300.0,
    doc="Seconds within which a new connection must have sent its first frame; a station that "
    "comes back connects at once and may have nothing to report for minutes.",
)
IDLE_TIMEOUT_S = Option(
    "gateway.hj212_idle_timeout_s",
    default=3900.0,
    doc="Seconds without a frame after which a connection is closed; stations report hourly.",
)
MAX_BAD_FRAMES = Option(
    "gateway.hj212_max_bad_frames",
    default=30,
    doc="Bad frames of one connection within a minute after which it is closed.",
)
MAX_REFUSED_FRAMES = Option(
    "gateway.hj212_max_refused_frames",
    default=600,
    doc="Frames with an unknown MN or a wrong password of one connection within a minute after "
    "which it is closed.",
)
READ_BYTES = 16 * 1024  # taken from one connection before the next one has its turn


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a server, read once at its start; the options of this module."""

    max_connections: int = MAX_CONNECTIONS.default
    max_connections_per_peer: int = MAX_CONNECTIONS_PER_PEER.default
    frame_timeout_s: float = FRAME_TIMEOUT_S.default
    first_frame_timeout_s: float = FIRST_FRAME_TIMEOUT_S.default
    idle_timeout_s: float = IDLE_TIMEOUT_S.default
    max_bad_frames: int = MAX_BAD_FRAMES.default
    max_refused_frames: int = MAX_REFUSED_FRAMES.default
    read_bytes: int = READ_BYTES

    @classmethod
    def from_options(cls) -> "Bounds":
        """As the district has set them."""
        return cls(
            MAX_CONNECTIONS.get(),
            MAX_CONNECTIONS_PER_PEER.get(),
            FRAME_TIMEOUT_S.get(),
            FIRST_FRAME_TIMEOUT_S.get(),
            IDLE_TIMEOUT_S.get(),
            MAX_BAD_FRAMES.get(),
            MAX_REFUSED_FRAMES.get(),
        )
