"""Settings of the worker."""

from ipudong.options import Option

METRICS_PORT = Option(
    "worker.metrics_port",
    default=8802,
    doc="Port on 127.0.0.1 for the worker's /healthz, /readyz and /metrics.",
)
THREADS = Option("worker.threads", default=4, doc="Jobs that may run at the same time.")
SEAL_EVERY_S = Option(
    "worker.seal_every_s",
    default=5,
    doc="Seconds between moves of readings from the journal into the lake.",
)
KEEP_READINGS_DAYS = Option(
    "worker.keep_readings_days",
    default=1100,
    doc="Days single readings and positions are kept; 0 keeps them for ever.",
)
KEEP_MINUTES_DAYS = Option(
    "worker.keep_minutes_days",
    default=1100,
    doc="Days the summaries by minute are kept; 0 keeps them for ever. Summaries by hour and day "
    "are kept for ever.",
)
