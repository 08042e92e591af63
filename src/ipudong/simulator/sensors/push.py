"""A sensor's way over HTTP: line protocol, as a collector would post it."""

import asyncio
import urllib.error
import urllib.request
from typing import Final

from ipudong.simulator.sensors.reporting import Reading

MEASUREMENT: Final = "pole"
ANSWER_S: Final = 10.0


class HttpSender:
    """Posts to the gateway's InfluxDB interface; each post is a connection."""

    def __init__(self, identity: str, token: str, host: str, port: int) -> None:
        self._identity = identity
        self._url = f"http://{host}:{port}/api/v2/write?precision=ms"
        self._headers = {"Authorization": f"Token {token}"}

    async def send(self, readings: list[Reading]) -> None:
        """Post the readings. Raises OSError when they were not taken."""
        body = write_lines(self._identity, readings).encode()
        request = urllib.request.Request(self._url, body, self._headers)  # noqa: S310
        await asyncio.to_thread(_post, request)

    async def close(self) -> None:
        """Nothing is open."""


def write_lines(identity: str, readings: list[Reading]) -> str:
    """One line for each reading."""
    return "\n".join(
        f"{MEASUREMENT},device={identity} "
        + ",".join(f"{name}={value}" for name, value in values.items())
        + f" {time_ms}"
        for time_ms, values in readings
    )


def _post(request: urllib.request.Request) -> None:
    with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:  # noqa: S310
        if answer.status != 204:
            raise urllib.error.URLError(f"status {answer.status}")
