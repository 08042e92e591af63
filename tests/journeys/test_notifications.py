"""Messages through servers and receivers that we did not write."""

import asyncio
import base64
import queue
import smtplib
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from django.core.mail.backends import smtp
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from ipudong.city.sensing import services
from ipudong.city.sensing.profiles import Channel
from ipudong.gateway.bridge.tests.conftest import Mosquitto, find_mosquitto
from ipudong.gateway.conftest import District, database, district, template
from ipudong.gateway.mqtt.tests.certificates import Certificates, make_authority
from ipudong.gateway.snapshot import load_snapshot
from ipudong.gateway.tests.doubles import FACTORS
from ipudong.worker.delivery.channels import send_mail, send_webhook
from ipudong.worker.delivery.dispatcher import Message, SendError
from ipudong.worker.delivery.mqtt import publish
from ipudong.worker.delivery.tests.servers import answering

__all__ = ["database", "district", "template"]  # the fixtures of a whole gateway

TEXT = "川沙站 PM2.5 超过 75\nhttps://pudong.example/alarms/7"
MAIL = Message(7, "email", "email", "duty@pudong.example", subject="PM2.5 超标", text=TEXT)
USER, PASSWORD = "alarms", "a password of tests"


class Mailbox:
    """What the mail server took; it knows nobody at `gone.example`."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Any]] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802
        if address.endswith("@gone.example"):
            return "550 no such user"
        if address.endswith("@full.example"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, mail))
        return "250 OK"


class _FreePort(Controller):
    """Learns the port that the system gave it before it tries to reach itself."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(_server, _session, _envelope, _mechanism, data: LoginPassword) -> AuthResult:
    is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=is_known)


@pytest.fixture
def authority(tmp_path: Path) -> Certificates:
    return make_authority(tmp_path)


@pytest.fixture
def use_mail(settings: Any) -> Iterator[Any]:
    """Start a server; the mail settings lead to it."""
    running = []

    def start(**how: Any) -> Mailbox:
        box = Mailbox()
        server = _FreePort(box, hostname="127.0.0.1", port=0, **how)
        server.start()
        running.append(server)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = "tls_context" in how
        settings.DEFAULT_FROM_EMAIL = "iPudong <alarms@pudong.example>"
        return box

    yield start
    for server in running:
        server.stop()


def test_a_mail_server_takes_the_alarm_whole(use_mail) -> None:
    box = use_mail()
    send_mail(MAIL)
    (recipients, mail), *others = box.mails
    assert not others
    assert recipients == ["duty@pudong.example"]
    assert mail["subject"] == "PM2.5 超标"
    assert mail["from"] == "iPudong <alarms@pudong.example>"
    assert mail["message-id"] == "<ipudong-delivery-7@pudong.example>"
    assert mail.get_content().replace("\r\n", "\n").strip() == TEXT


@pytest.mark.parametrize(("domain", "is_final"), [("gone.example", True), ("full.example", False)])
def test_a_recipient_the_server_refuses_is_told_apart(use_mail, domain, is_final) -> None:
    use_mail()
    with pytest.raises(SendError, match="refused") as refused:
        send_mail(Message(8, "email", "email", f"duty@{domain}", subject="a", text="b"))
    assert refused.value.is_final == is_final
    assert not refused.value.is_of_endpoint


@pytest.mark.parametrize(("password", "goes"), [(PASSWORD, True), ("wrong", False)])
def test_mail_goes_by_starttls_with_a_password(
    use_mail, authority: Certificates, settings, monkeypatch, password: str, goes: bool
) -> None:
    authority.issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.path("127.0.0.1.pem"), authority.path("127.0.0.1.key"))
    box = use_mail(
        tls_context=context, require_starttls=True, authenticator=_authenticate, auth_required=True
    )
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, password
    trusted = ssl.create_default_context(cafile=authority.path("ca.pem"))
    monkeypatch.setattr(smtp.EmailBackend, "ssl_context", trusted)
    if goes:
        send_mail(MAIL)
    else:
        with pytest.raises(SendError, match=smtplib.SMTPAuthenticationError.__name__):
            send_mail(MAIL)
    assert len(box.mails) == int(goes)


def test_a_mail_server_whose_certificate_nobody_vouches_for_gets_no_password(
    use_mail, authority: Certificates, settings
) -> None:
    authority.issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.path("127.0.0.1.pem"), authority.path("127.0.0.1.key"))
    box = use_mail(tls_context=context)
    with pytest.raises(SendError, match="SSLCertVerificationError"):
        send_mail(MAIL)
    assert not box.mails


def test_a_foreign_receiver_accepts_our_signature_and_no_other() -> None:
    secret = base64.b64encode(b"a secret of twenty-four.").decode()
    body = '{"id": "1", "data": {"text": "超标"}}'.encode()
    with answering() as server:
        address = Message(9, "webhook", "x", server.url, body=body, secret=f"whsec_{secret}")
        send_webhook(address)
    headers, got = server.requests[0]
    assert Webhook(f"whsec_{secret}").verify(got, headers) == {"id": "1", "data": {"text": "超标"}}
    with pytest.raises(WebhookVerificationError):
        Webhook(f"whsec_{secret}").verify(got + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"another secret").decode()).verify(got, headers)


ALARM = b'{"id": "1", "type": "alarm.raised"}'


def _to_topic(topic: str) -> Message:
    return Message(10, "mqtt", "mqtt", topic, body=ALARM)


def _subscribe(port: int, topic: str, token: str = "") -> tuple[paho.Client, queue.Queue]:
    """A client, subscribed, and what it hears."""
    heard: queue.Queue = queue.Queue()
    ready: queue.Queue = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="listener")
    if token:
        client.username_pw_set("token", token)
    client.on_message = lambda _client, _user, message: heard.put((message.topic, message.payload))
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.get(timeout=10)
    return client, heard


def _use_broker(monkeypatch: pytest.MonkeyPatch, port: int, token: str = "") -> None:
    monkeypatch.setenv("IPUDONG_ALARMS_MQTT_HOST", "127.0.0.1")
    monkeypatch.setenv("IPUDONG_ALARMS_MQTT_PORT", str(port))
    monkeypatch.setenv("IPUDONG_ALARMS_MQTT_USER", "token" if token else "")
    monkeypatch.setenv("IPUDONG_ALARMS_MQTT_PASSWORD", token)


def test_a_mosquitto_passes_the_alarm_on(tmp_path: Path, monkeypatch) -> None:
    find_mosquitto()
    broker = Mosquitto(tmp_path, free_port())
    broker.start()
    try:
        _use_broker(monkeypatch, broker.port)
        client, heard = _subscribe(broker.port, "district/#")
        publish(_to_topic("district/alarms"))
        assert heard.get(timeout=10) == ("district/alarms", ALARM)
        client.disconnect()
        client.loop_stop()
    finally:
        broker.kill()


async def test_our_own_broker_says_what_it_does_not_take(district: District, monkeypatch) -> None:
    """An API token writes only for devices the district knows; MQTT 3.1.1 could not say so, and
    the alarm would count as delivered."""
    port = await district.gateway.mqtt.listen("127.0.0.1", 0)
    _use_broker(monkeypatch, port, district.tokens["integrator"])
    with pytest.raises(SendError, match="refused the message") as refused:
        await asyncio.to_thread(publish, _to_topic("district/alarms"))
    assert refused.value.is_final
    assert not refused.value.is_of_endpoint


async def test_our_own_broker_knows_the_tokens_of_nobody(district: District, monkeypatch) -> None:
    port = await district.gateway.mqtt.listen("127.0.0.1", 0)
    _use_broker(monkeypatch, port, "no such token")
    with pytest.raises(SendError, match="broker refused") as refused:
        await asyncio.to_thread(publish, _to_topic("district/alarms"))
    assert not refused.value.is_final


async def test_our_own_broker_passes_an_event_of_a_device_on_to_who_watches_it(
    district: District, monkeypatch
) -> None:
    siren = await asyncio.to_thread(_register_siren)
    district.gateway.use(await asyncio.to_thread(load_snapshot))
    port = await district.gateway.mqtt.listen("127.0.0.1", 0)
    topic = f"v1/devices/{siren}/events"
    token = district.tokens["integrator"]
    _use_broker(monkeypatch, port, token)
    client, heard = await asyncio.to_thread(_subscribe, port, topic, token)
    await asyncio.to_thread(publish, _to_topic(topic))
    assert await asyncio.to_thread(heard.get, timeout=10) == (topic, ALARM)
    client.disconnect()
    client.loop_stop()


def _register_siren() -> str:
    services.register_thing(
        name_zh="警报器",
        kind="siren",
        system="environment",
        protocol="mqtt",
        identity="siren-1",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        channels=[Channel(field="n", property=f"test_{FACTORS[0]}")],
    )
    return "siren-1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
