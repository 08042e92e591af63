"""One message published at quality of service 1, and the broker's word that it has it.

A connection for each message: alarms are few, and a broker that is away is noticed at once.
"""

import threading
import time
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from ipudong.worker.delivery.dispatcher import Message, SendError
from ipudong.worker.delivery.options import MQTT_HOST, MQTT_PASSWORD, MQTT_PORT, MQTT_USER

WITHIN_S: Final = 10.0
_UNSUPPORTED: Final = "Unsupported protocol version"


def publish(message: Message) -> None:
    """Publish to the topic that is the message's address. Raises SendError."""
    if not message.address or any(c in message.address for c in "#+\0"):
        raise SendError("not_a_topic", is_final=True, is_of_endpoint=False)
    deadline = time.monotonic() + WITHIN_S
    try:
        _publish(message, MQTTProtocolVersion.MQTTv5, deadline)
    except _OldBrokerError:
        _publish(message, MQTTProtocolVersion.MQTTv311, deadline)


def _publish(message: Message, version: MQTTProtocolVersion, deadline: float) -> None:
    client = _make_client(message.id, version)
    answers = _Answers(client)
    try:
        client.connect(MQTT_HOST.get(), MQTT_PORT.get())
        client.loop_start()
        answers.wait_connected(deadline)
        sent = client.publish(message.address, message.body, qos=1)
        sent.wait_for_publish(max(0.0, deadline - time.monotonic()))
        if not sent.is_published():
            raise SendError(f"not acknowledged within {WITHIN_S:g} s")
        answers.check_published(deadline)
        client.disconnect()
    except (OSError, ValueError, RuntimeError) as error:
        raise SendError(f"{type(error).__name__}: {error}") from error
    finally:
        client.loop_stop()


def _make_client(number: int, version: MQTTProtocolVersion) -> paho.Client:
    client = paho.Client(
        CallbackAPIVersion.VERSION2, client_id=f"ipudong-alarms-{number}", protocol=version
    )
    client.connect_timeout = WITHIN_S
    if MQTT_USER.get():
        client.username_pw_set(MQTT_USER.get(), MQTT_PASSWORD.get() or None)
    return client


class _OldBrokerError(Exception):
    """The broker knows no MQTT 5, with which alone it could say that it keeps a message not."""


class _Answers:
    """What the broker said to our coming, and to the message."""

    def __init__(self, client: paho.Client) -> None:
        self._heard = threading.Event()
        self._taken = threading.Event()
        self._reason: ReasonCode | None = None
        self._end: ReasonCode | None = None
        client.on_connect = self._note
        client.on_publish = self._note_published

    def _note(self, _client: Any, _user: Any, _flags: Any, reason: ReasonCode, _more: Any) -> None:
        self._reason = reason
        self._heard.set()

    def _note_published(
        self, _client: Any, _user: Any, _number: int, reason: ReasonCode, _more: Any
    ) -> None:
        self._end = reason
        self._taken.set()

    def wait_connected(self, deadline: float) -> None:
        """Raises SendError when the broker refuses or says nothing."""
        if not self._heard.wait(max(0.0, deadline - time.monotonic())):
            raise SendError(f"no answer within {WITHIN_S:g} s")
        if self._reason is not None and self._reason.is_failure:
            if self._reason.getName() == _UNSUPPORTED:
                raise _OldBrokerError
            raise SendError(f"broker refused: {self._reason}")

    def check_published(self, deadline: float) -> None:
        """Raises SendError when the broker would not have the message under this topic."""
        self._taken.wait(max(0.0, deadline - time.monotonic()))
        if self._end is not None and self._end.is_failure:
            text = f"broker refused the message: {self._end}"
            raise SendError(text, is_final=True, is_of_endpoint=False)
