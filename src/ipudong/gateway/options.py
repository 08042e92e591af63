"""Where the gateway listens, and for whom."""

from ipudong.options import Option

HOST = Option("gateway.host", default="127.0.0.1", doc="Address of the gateway's HTTP interfaces.")
PORT = Option("gateway.port", default=8801, doc="Port of the gateway's HTTP interfaces.")
HJ212_HOST = Option(
    "gateway.hj212_host",
    default="127.0.0.1",
    doc="Address on which HJ 212 stations are taken in; 0.0.0.0 opens it to their network.",
)
HJ212_PORT = Option("gateway.hj212_port", default=8212, doc="TCP port for HJ 212 stations.")
HJ212_ACCEPT = Option(
    "gateway.hj212_accept",
    default=tuple[str, ...](),
    doc="Defects of HJ 212 frames that are let pass: crc_modbus, wrong_length.",
)
JT808_HOST = Option(
    "gateway.jt808_host",
    default="127.0.0.1",
    doc="Address on which JT/T 808 terminals are taken in; 0.0.0.0 opens it to their network.",
)
JT808_PORT = Option(
    "gateway.jt808_port", default=8808, doc="TCP port for JT/T 808 terminals; 0 shuts the door."
)
JT808_UDP_PORT = Option(
    "gateway.jt808_udp_port", default=0, doc="UDP port for JT/T 808 terminals; 0 takes none."
)
POSTS_PER_MINUTE = Option(
    "gateway.posts_per_minute",
    default=6000,
    doc="Requests with observations that one token may send in a minute.",
)
GEOCODES_PER_MINUTE = Option(
    "gateway.geocodes_per_minute",
    default=600,
    doc="Requests to the geocoder that one token may send in a minute; a batch counts as one.",
)
VERIFICATIONS_PER_MINUTE = Option(
    "gateway.verifications_per_minute",
    default=60,
    doc="Claims about persons that one token may have verified in a minute.",
)
PORTAL_ORIGINS = Option(
    "gateway.portal_origins",
    default=("http://127.0.0.1:8800", "http://localhost:8800"),
    doc="Origins whose pages may open live streams and read the interfaces.",
)
LIVE_MAX_WATCHERS = Option(
    "gateway.live_max_watchers",
    default=10_000,
    doc="Open live streams in all; further ones are told to come back later.",
)
LIVE_MAX_WATCHERS_PER_PEER = Option(
    "gateway.live_max_watchers_per_peer",
    default=200,
    doc="Open live streams from one address; raise it for a portal behind a proxy or an office "
    "behind one address.",
)
