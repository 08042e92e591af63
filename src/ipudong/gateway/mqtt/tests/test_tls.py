"""MQTT over TLS: the house's certificate, devices known by theirs."""

import asyncio
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from ipudong.city.sensing.directory import Channel, Device
from ipudong.gateway.mqtt.tests.certificates import Certificates, sign, write
from ipudong.gateway.mqtt.tests.conftest import SECRET, TELEMETRY, Door
from ipudong.gateway.mqtt.tls import TlsError, make_context


def make_certified(certificates: Certificates, name: str) -> Device:
    credential = f"x509${certificates.fingerprint(name)}"
    return Device(7, "mqtt", name, {"t": Channel(71)}, credential=credential)


async def test_a_device_is_known_by_its_certificate_alone(door, certificates) -> None:
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    context = certificates.client_context("meter")
    door.reload(make_certified(certificates, "meter"))
    client = door.client()
    client.port = port
    await client.open(ssl=context)
    assert (await client.connect("meter")).reason == 0
    assert await client.deliver("v1/devices/meter/telemetry", b'{"t": 3}') == 0
    assert door.rows() == [(71, 3.0)]


async def test_another_certificate_of_the_same_authority_is_another_device(
    door: Door, certificates: Certificates
) -> None:
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    certificates.issue("meter")
    door.reload(make_certified(certificates, "meter"))
    for context in (certificates.client_context("other"), certificates.client_context()):
        client = door.client()
        client.port = port
        await client.open(ssl=context)
        ack = await client.connect("meter", password=f"x509${'0' * 64}")
        assert ack.reason == 0x86


async def test_the_fingerprint_told_as_a_password_opens_nothing(door, certificates) -> None:
    certificates.issue("meter")
    device = make_certified(certificates, "meter")
    door.reload(device)
    client = door.client()
    ack = await client.connect("meter", password=device.credential)
    assert ack.reason == 0x86


async def test_a_password_works_over_tls_without_a_certificate(door, certificates) -> None:
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    client = door.client()
    client.port = port
    await client.open(ssl=certificates.client_context())
    assert (await client.connect("s1", username="s1", password=SECRET)).reason == 0
    assert await client.deliver(TELEMETRY, b'{"t": 3}') == 0


async def test_a_certificate_of_a_strange_authority_is_not_let_in(
    door: Door, certificates: Certificates, tmp_path: Path
) -> None:
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    key = ec.generate_private_key(ec.SECP256R1())
    write(tmp_path / "strange.pem", sign("strange", key))
    write(tmp_path / "strange.key", key)
    context = certificates.client_context()
    context.load_cert_chain(str(tmp_path / "strange.pem"), str(tmp_path / "strange.key"))
    client = door.client()
    client.port = port

    async def connect() -> None:
        await client.open(ssl=context)
        await client.connect("s1", username="s1", password=SECRET)

    with pytest.raises((ssl.SSLError, EOFError, ConnectionError)):
        await connect()


async def test_plain_bytes_on_the_tls_port_do_no_harm(door, certificates) -> None:
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")
    assert b"MQTT" not in await reader.read(100)
    writer.close()
    sensor = await door.device()
    await sensor.settle()


def test_files_that_cannot_be_used_are_named(tmp_path: Path, certificates) -> None:
    with pytest.raises(TlsError, match=r"missing\.pem"):
        make_context(str(tmp_path / "missing.pem"), "")
    certificates.issue("server")
    bad = certificates.path("bad.pem")
    Path(bad).write_text("no certificate")
    with pytest.raises(TlsError, match=r"bad\.pem"):
        make_context(
            certificates.path("server.pem"),
            certificates.path("server.key"),
            str(tmp_path / "bad.pem"),
        )


async def test_a_certificate_that_signed_itself_is_accepted_where_it_is_listed(
    door: Door, certificates: Certificates, tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    write(tmp_path / "meter.pem", sign("meter", key))
    write(tmp_path / "meter.key", key)
    with Path(certificates.path("ca.pem")).open("ab") as listed:
        listed.write((tmp_path / "meter.pem").read_bytes())
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    door.reload(make_certified(certificates, "meter"))
    context = certificates.client_context()
    context.load_cert_chain(str(tmp_path / "meter.pem"), str(tmp_path / "meter.key"))
    client = door.client()
    client.port = port
    await client.open(ssl=context)
    assert (await client.connect("meter")).reason == 0
