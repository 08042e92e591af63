"""Prometheus figures of the gateway; `/metrics` serves them."""

from prometheus_client import Counter, Gauge, Histogram

FRAMES = Counter("ipudong_gateway_frames", "Frames taken in", ["protocol"])
READINGS = Counter("ipudong_gateway_readings", "Readings made durable", ["protocol"])
ACKNOWLEDGED = Counter("ipudong_gateway_acknowledged", "Frames acknowledged", ["protocol"])
REJECTED = Counter("ipudong_gateway_rejected", "Frames refused", ["protocol", "reason"])
QUARANTINED = Counter(
    "ipudong_gateway_quarantined", "Frames of devices that are not adopted", ["protocol", "reason"]
)
UNMAPPED = Counter(
    "ipudong_gateway_unmapped_values", "Values of known devices without a datastream", ["protocol"]
)
CONNECTIONS = Gauge("ipudong_gateway_connections", "Open device connections", ["protocol"])
CLOSED = Counter("ipudong_gateway_closed", "Device connections we closed", ["protocol", "reason"])
COMMITS = Counter("ipudong_gateway_commits", "Batches handed to the journal", ["outcome"])
COMMIT_SECONDS = Histogram(
    "ipudong_gateway_commit_seconds",
    "From handing a batch to the journal until it is durable",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
COMMIT_ROWS = Histogram(
    "ipudong_gateway_commit_rows",
    "Rows of a batch",
    buckets=(1, 8, 64, 256, 1024, 4096, 16384, 65536),
)
WAITING_ROWS = Gauge("ipudong_gateway_waiting_rows", "Rows taken in and not yet durable")
JOURNAL_OK = Gauge("ipudong_gateway_journal_ok", "1 while the last commit succeeded, else 0")
FAILED_STEPS = Counter(
    "ipudong_gateway_failed_steps", "Background steps that failed and go on", ["step"]
)
WATCHERS = Gauge("ipudong_gateway_watchers", "Open live streams")
WATCHERS_RESET = Counter("ipudong_gateway_watchers_reset", "Live streams reset for being slow")
LIVE_MESSAGES = Counter("ipudong_gateway_live_messages", "Messages put on live streams")
COMMANDS = Counter("ipudong_gateway_commands", "Commands to stations", ["outcome"])
