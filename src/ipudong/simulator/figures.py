"""What the simulator counts, for Prometheus and its own log."""

from prometheus_client import Counter, Gauge

CONNECTED = Gauge("ipudong_simulator_connected", "Stations connected now")
SENT = Counter("ipudong_simulator_sent_total", "Uploads sent for the first time")
RESENT = Counter("ipudong_simulator_resent_total", "Uploads sent again after a time-out")
ACKNOWLEDGED = Counter("ipudong_simulator_acknowledged_total", "Uploads answered with 9014")
REFUSED = Counter("ipudong_simulator_refused_total", "Uploads answered with a refusal")
GIVEN_UP = Counter("ipudong_simulator_given_up_total", "Uploads that no resend brought through")
SPOILED = Counter("ipudong_simulator_spoiled_total", "Frames lost or spoiled on purpose")
