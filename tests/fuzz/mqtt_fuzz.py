"""Coverage-guided fuzzing of the MQTT codec: ``python tests/fuzz/mqtt_fuzz.py -runs=20000``.

Extra arguments go to libFuzzer. Besides never raising, it demands that the packets do not depend on
how the stream is cut, that held memory stays bounded, and that what was read can be written and
read again.
"""

import contextlib
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ipudong.protocols.mqtt"]):
    from ipudong.protocols.mqtt import packets
    from ipudong.protocols.mqtt.decode import decode
    from ipudong.protocols.mqtt.encode import encode
    from ipudong.protocols.mqtt.packets import V5, V311
    from ipudong.protocols.mqtt.reasons import MqttError
    from ipudong.protocols.mqtt.server import Fault, ServerConnection
    from ipudong.protocols.mqtt.topics import is_topic_filter, matches, split_share
    from ipudong.protocols.mqtt.wire import Reader

MAX_BYTES = 4096
DELAY = {"will_delay_interval": 1}
MESSAGE = {"content_type": "a/b", "topic_alias": 1, "user_property": (("a", "b"),)}
SEEDS: list[tuple[int, packets.Packet]] = [
    (V311, packets.Connect("a", V311, username="u", password=b"p")),
    (V5, packets.Connect("a", V5, will=packets.Will("w", b"x", 1, True, DELAY))),
    (V5, packets.Publish("v1/a", b"{}", 1, False, False, 7, MESSAGE)),
    (V311, packets.Publish("v1/a", b"{}", 2, True, True, 7)),
    (V5, packets.Subscribe(1, (packets.Subscription("$share/g/a/+/#", 1, False, True, 1),))),
    (V311, packets.Unsubscribe(1, ("a", "b"))),
    (V5, packets.Acknowledgement(packets.PUBREL, 7, 0x92, {"reason_string": "x"})),
    (V5, packets.Disconnect(4, {"session_expiry_interval": 1})),
]  # fmt: skip


def check_stream(data: bytes, version: int) -> None:
    """A connection on arbitrary bytes, whole and in pieces, gives the same."""
    hello = encode(packets.Connect("a", version), version)
    whole = ServerConnection(max_packet_bytes=MAX_BYTES)
    expected = whole.receive(hello + data)
    pieces = ServerConnection(max_packet_bytes=MAX_BYTES)
    found, step = pieces.receive(hello), 1 + len(data) % 7
    for at in range(0, len(data), step):
        found += pieces.receive(data[at : at + step])
        assert pieces.buffered_bytes <= MAX_BYTES + 5
    assert [_plain(event) for event in found] == [_plain(event) for event in expected]
    for event in expected:
        if not isinstance(event, Fault):
            check_again(event, version)


def _plain(event: object) -> object:
    return (event.reason, event.why) if isinstance(event, Fault) else event


def check_again(packet: packets.Packet, version: int) -> None:
    """What was read is written and read again."""
    data = encode(packet, version)
    reader = Reader(data, 1, len(data))
    reader.varint()
    assert decode(data[0], data[reader.at :], version) == packet


def check_strange(data: bytes) -> None:
    """A stranger's bytes, and one body as every packet."""
    ServerConnection().receive(data)
    with contextlib.suppress(MqttError):
        decode(data[0], data[1:], V5 if data[0] & 1 else V311)
    text = data.decode(errors="replace").replace("\0", "")
    if is_topic_filter(text):
        matches(split_share(text)[1], "v1/a")


def check(data: bytes) -> None:
    if not data:
        return
    check_stream(data[1:], V5 if data[0] & 1 else V311)
    check_strange(data)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for at, (version, packet) in enumerate(SEEDS):
            seed = bytes((version & 1,)) + encode(packet, version)
            Path(folder, f"seed{at}").write_bytes(seed)
        atheris.Setup([*sys.argv, folder, "-max_len=2048"], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
