"""Senders of every door but HJ 212: each keeps a ledger of what was acknowledged to it.

A reading that was not acknowledged is sent again, on a new connection if need be, until it is; the
times grow by a second and the values tell the readings apart.
"""

import json
import socket
import threading
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from tests.crash.vehicle_by_hand import VehicleByHand

ANSWER_S = 5.0
PAUSE_S = 0.2
FIRST_US = 1_790_000_000_000_000  # in the past, so that no clock is called wrong by a day ahead


class Sender(threading.Thread, ABC):
    """Sends one reading after the other; `send` returns once it is acknowledged, or raises."""

    kind = "observation"

    def __init__(self, ledger: Path, key: int) -> None:
        super().__init__(daemon=True)
        self.ledger = ledger
        self._key = key
        self._is_over = threading.Event()
        self.acknowledged = 0

    @abstractmethod
    def send(self, time_us: int, value: float) -> None:
        """Send a reading and wait for its acknowledgement; raises OSError without one."""

    def close(self) -> None:
        """Let go of the connection, whatever state it is in."""

    def run(self) -> None:
        """Send until `stop`."""
        with self.ledger.open("a", buffering=1, encoding="utf-8") as ledger:
            while not self._is_over.is_set():
                time_us = FIRST_US + self.acknowledged * 1_000_000
                value = self.acknowledged % 400 / 10
                try:
                    self.send(time_us, value)
                except (OSError, ValueError, HTTPException):  # the last: half an answer
                    self.close()
                    time.sleep(PAUSE_S)
                    continue
                self.acknowledged += 1
                line = {"kind": self.kind, "key": self._key, "time_us": time_us, "value": value}
                ledger.write(json.dumps(line) + "\n")
        self.close()

    def stop(self) -> None:
        """End after the reading under way."""
        self._is_over.set()
        self.join(ANSWER_S + 5)
        assert not self.is_alive(), f"{type(self).__name__} hangs"


class MqttSender(Sender):
    """Publishes JSON with quality of service 1 through paho."""

    def __init__(self, ledger: Path, key: int, port: int, identity: str, token: str) -> None:
        super().__init__(ledger, key)
        self._port, self._identity, self._token = port, identity, token
        self._client: mqtt.Client | None = None

    def _connect(self) -> mqtt.Client:
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id=self._identity, protocol=mqtt.MQTTv5
        )
        client.username_pw_set(self._identity, self._token)
        client.connect("127.0.0.1", self._port)
        client.loop_start()
        self._client = client
        return client

    def send(self, time_us: int, value: float) -> None:
        client = self._client or self._connect()
        body = json.dumps({"ts": time_us // 1000, "values": {"t": value}})
        sent = client.publish(f"v1/devices/{self._identity}/telemetry", body, qos=1)
        sent.wait_for_publish(ANSWER_S)
        if not sent.is_published():
            raise TimeoutError("no PUBACK")

    def close(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None


class HttpSender(Sender, ABC):
    """One POST after the other; subclasses say what is posted."""

    def __init__(self, ledger: Path, key: int, url: str, headers: Mapping[str, str]) -> None:
        super().__init__(ledger, key)
        self._url, self._headers = url, dict(headers)

    @abstractmethod
    def body(self, time_us: int, value: float) -> bytes:
        """The request's body."""

    def send(self, time_us: int, value: float) -> None:
        request = urllib.request.Request(self._url, self.body(time_us, value), self._headers)
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            answer.read()


class LineSender(HttpSender):
    """InfluxDB line protocol."""

    def __init__(self, ledger: Path, key: int, gateway: str, identity: str, token: str) -> None:
        headers = {"Authorization": f"Token {token}"}
        super().__init__(ledger, key, f"{gateway}/api/v2/write?precision=us", headers)
        self._identity = identity

    def body(self, time_us: int, value: float) -> bytes:
        return f"room,device={self._identity} t={value} {time_us}".encode()


class SensorThingsSender(HttpSender):
    """SensorThings Observations."""

    def __init__(self, ledger: Path, key: int, gateway: str, token: str) -> None:
        url = f"{gateway}/sensorthings/v1.1/Datastreams({key})/Observations"
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        super().__init__(ledger, key, url, headers)

    def body(self, time_us: int, value: float) -> bytes:
        at = datetime.fromtimestamp(time_us / 1e6, UTC).isoformat()
        return json.dumps({"phenomenonTime": at, "result": value}).encode()


class VehicleSender(Sender):
    """JT/T 808 location reports; the value is the place: 121 degrees east and so many."""

    kind = "position"

    def __init__(self, ledger: Path, key: int, port: int, phone: str, code: str) -> None:
        super().__init__(ledger, key)
        self._port, self._phone, self._code = port, phone, code
        self._vehicle: VehicleByHand | None = None

    def send(self, time_us: int, value: float) -> None:
        if self._vehicle is None:
            line = socket.create_connection(("127.0.0.1", self._port), timeout=ANSWER_S)
            self._vehicle = VehicleByHand(line, self._phone)
            self._vehicle.authenticate(self._code)
        self._vehicle.report(datetime.fromtimestamp(time_us / 1e6, UTC), 121 + value / 1000)

    def close(self) -> None:
        if self._vehicle is not None:
            self._vehicle.close()
            self._vehicle = None


def make_senders(
    folder: Path, devices: dict[str, Any], gateway: str, mqtt_port: int, jt808_port: int
) -> list[Sender]:
    """A sender for each door."""
    token, streams = devices["token"], devices["streams"]
    return [
        MqttSender(folder / "mqtt.jsonl", streams["crash-mqtt"], mqtt_port, "crash-mqtt", token),
        LineSender(folder / "http.jsonl", streams["crash-http"], gateway, "crash-http", token),
        SensorThingsSender(
            folder / "sensorthings.jsonl",
            streams["crash-sensorthings"],
            gateway,
            devices["api_token"],
        ),
        VehicleSender(
            folder / "jt808.jsonl", devices["vehicle"], jt808_port, "13800138000", devices["code"]
        ),
    ]
