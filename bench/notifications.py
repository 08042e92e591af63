"""How long messages to healthy endpoints wait while another endpoint is dead.

    python bench/notifications.py

Eight web servers that answer, one that takes connections and never says a word: 25 messages to each
of them. Beside it: the same messages sent one after another, as a loop over the outbox would. The
last line is JSON.
"""

import json
import os
import tempfile
import time
from contextlib import ExitStack

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
os.environ.setdefault("IPUDONG_DISTRICT_DATA_DIR", tempfile.mkdtemp(prefix="ipudong-bench-"))
os.environ["IPUDONG_ALARMS_WEBHOOK_SECONDS"] = "2"
django.setup()

from ipudong.worker.delivery.channels import send_webhook  # noqa: E402
from ipudong.worker.delivery.dispatcher import Dispatcher, Message, SendError  # noqa: E402
from ipudong.worker.delivery.tests.servers import answering, hanging  # noqa: E402

HEALTHY, EACH, BODY = 8, 25, b'{"specversion": "1.0"}'
NAIVE_DEAD = 4  # of the dead messages, so that the loop ends within the bench's time


class Delays:
    """When each message was delivered, in seconds from the beginning."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.delivered_s: list[float] = []

    def delivered(self, message: Message) -> None:
        self.delivered_s.append(time.perf_counter() - self.began)

    def failed(self, message: Message, error: SendError) -> None:
        pass

    def postponed(self, message: Message, for_s: float) -> None:
        pass


def make_messages(urls: list[str], each: int) -> list[Message]:
    """So many to each address, in turn."""
    pairs = [(n, url) for n in range(each) for url in urls]
    return [
        Message(at, "webhook", url.split("/")[2], url, body=BODY)
        for at, (_n, url) in enumerate(pairs)
    ]


def measure_lanes(healthy: list[str], dead: list[str]) -> np.ndarray:
    """Delays of the messages to healthy endpoints, all handed in at once, the dead first."""
    delays = Delays()
    dispatcher = Dispatcher({"webhook": send_webhook}, delays, idle_s=0.5)
    dispatcher.offer([*make_messages(dead, EACH), *make_messages(healthy, EACH)])
    while len(delays.delivered_s) < EACH * len(healthy):
        time.sleep(0.002)
    return np.array(delays.delivered_s)


def measure_loop(healthy: list[str], dead: list[str]) -> np.ndarray:
    """The same, one after the other."""
    delays = Delays()
    for message in [*make_messages(dead, NAIVE_DEAD), *make_messages(healthy, EACH)]:
        try:
            send_webhook(message)
        except SendError:
            continue
        delays.delivered(message)
    return np.array(delays.delivered_s)


def main() -> None:
    with ExitStack() as stack:
        healthy = [stack.enter_context(answering()).url for _ in range(HEALTHY)]
        dead = stack.enter_context(hanging())
        measure_lanes(healthy, [])  # the first request of a process loads certificates
        rows = {
            "lanes": measure_lanes(healthy, []),
            "lanes_with_a_dead_one": measure_lanes(healthy, [dead]),
            "loop_with_a_dead_one": measure_loop(healthy, [dead]),
        }
    figures = {}
    for name, delays in rows.items():
        figures[f"{name}_p50_s"] = round(float(np.median(delays)), 3)
        figures[f"{name}_p99_s"] = round(float(np.quantile(delays, 0.99)), 3)
        print(
            f"{name:24} median {np.median(delays):6.3f} s  p99 {np.quantile(delays, 0.99):6.3f} s"
        )
    ratio = figures["loop_with_a_dead_one_p50_s"] / figures["lanes_with_a_dead_one_p50_s"]
    beside = f"a loop over the outbox, {NAIVE_DEAD} messages to the dead endpoint in front"
    print(
        json.dumps({"bench": "notifications", "figures": figures, "ratio": ratio, "beside": beside})
    )


if __name__ == "__main__":
    main()
