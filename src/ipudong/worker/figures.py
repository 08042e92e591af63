"""The worker's Prometheus figures."""

from prometheus_client import Counter, Gauge, Histogram

RUNS = Counter("ipudong_worker_runs", "Runs of a schedule by outcome.", ["job", "outcome"])
SECONDS = Histogram(
    "ipudong_worker_run_seconds",
    "How long runs take.",
    ["job"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800),
)
LATENESS = Gauge("ipudong_worker_lateness_seconds", "How late the last run began.", ["job"])
SUCCEEDED = Gauge("ipudong_worker_success_timestamp_seconds", "Last successful run.", ["job"])
FAILURES = Gauge(
    "ipudong_worker_failures_in_a_row", "Failed runs since the last good one.", ["job"]
)
SEALED_ROWS = Counter("ipudong_worker_sealed_rows", "Journal rows moved into the lake.")
JOURNAL_ROWS = Gauge("ipudong_journal_waiting_rows", "Readings waiting to be sealed.")
JOURNAL_BYTES = Gauge("ipudong_journal_waiting_bytes", "Bytes waiting to be sealed.")
JOURNAL_AGE = Gauge("ipudong_journal_oldest_seconds", "Age of the oldest reading not yet sealed.")
JOURNAL_DAMAGED = Gauge("ipudong_journal_damaged_batches", "Damaged batches set aside.")
