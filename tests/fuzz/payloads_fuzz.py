"""Coverage-guided fuzzing of payload decoders: ``python tests/fuzz/payloads_fuzz.py -runs=20000``.

The first byte of an input chooses the decoder. None may raise anything but its own error, hold more
than its bounds, or say a number that is none; columns and single lines must say the same.
"""

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import atheris

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
import django

django.setup()
with atheris.instrument_imports(
    include=[
        "ipudong.protocols.senml",
        "ipudong.protocols.sparkplug",
        "ipudong.protocols.lorawan",
        "ipudong.protocols.lineprotocol",
        "ipudong.gateway.payloads",
        "ipudong.gateway.push.tables",
    ]
):
    from ipudong.gateway.api.problems import RequestRefused
    from ipudong.gateway.intake import to_number
    from ipudong.gateway.payloads.attributes import read_attributes
    from ipudong.gateway.payloads.errors import PayloadError
    from ipudong.gateway.payloads.events import read_events
    from ipudong.gateway.payloads.formats import decode, parse_json
    from ipudong.gateway.payloads.lorawan_server import read_content
    from ipudong.gateway.push.tables import parse_table
    from ipudong.protocols.lineprotocol.lines import BULK_FROM_LINES, parse_lines
    from ipudong.protocols.lorawan.document import parse_event
    from ipudong.protocols.lorawan.events import LorawanError
    from ipudong.protocols.sparkplug.payload import SparkplugError
    from ipudong.protocols.sparkplug.payload import decode as decode_sparkplug
    from ipudong.protocols.sparkplug.session import EdgeNode, Topic

NOW_US = 1_795_000_000_000_000
FORMATS = ("json", "cbor", "senml", "senml+cbor", "number", "line")
KINDS = ("NBIRTH", "NDATA", "DBIRTH", "DDATA", "DDEATH", "NDEATH")
CROWD = "w,d=x v=7 1\n" * BULK_FROM_LINES
SEEDS = (
    b'0{"ts":1700000000000,"values":{"a":1,"b":{"c":true}}}',
    b'0[{"time":"2026-11-22T07:00:00Z","lat":31.2,"lon":121.5,"speed":3}]',
    b'0{"_type":"location","lat":1,"lon":2,"tst":1,"batt":3}',
    b"1\xa1aa\xf9\x3e\x00",
    b'2[{"bn":"a:","bt":1e9,"n":"b","v":1},{"n":"c","vb":true},{"u":"lon","v":1}]',
    b"3\x81\xa2\x00aa\x02\x01",
    b"421.5",
    b'5env,a=b t=1,u="x" 5\nenv f=t',
    b'6env,a=b t=1,u="x" 5\nenv f=t\n# c\nm a=1i,b=2u\\ x',
    b'7{"end_device_ids":{"dev_eui":"0004A30B001C0530"},"uplink_message":{"decoded_payload":{"a":1}}}',
    b'7{"deviceInfo":{"devEui":"0101010101010101"},"object":{"a":1},"rxInfo":[{"rssi":-1}]}',
    b"8\x00\x08\x01\x12\x06\x0a\x01a\x20\x0a\x18\x00",
    b'9{"fw":"1","model":"x"}',
    b'9[{"event":"a","value":1}]',
    b":device,time,a\nx,2026-11-22,1\n",
)


def check_content(kind: int, data: bytes) -> None:
    content = decode(FORMATS[kind], data, (), "", NOW_US)
    for sample in content.samples:
        for value in sample.values.values():
            number = to_number(value)
            assert number is None or number == number


def check_lines(data: bytes) -> None:
    """Columns and single lines say the same."""
    body = data.decode(errors="replace")
    alone, among = parse_lines(body), parse_lines(CROWD + body)
    assert len(among) == len(alone) + BULK_FROM_LINES
    assert (among.bad_count, among.texts) == (alone.bad_count, alone.texts)
    assert among.value[BULK_FROM_LINES:].tolist() == alone.value.tolist()


def check_lorawan(data: bytes) -> None:
    read_content(parse_event(data, "up"), None)


def check_sparkplug(data: bytes) -> None:
    node = EdgeNode()
    for part in data[1:].split(b"\xff\xff"):
        kind = KINDS[data[0] % len(KINDS)] if data else KINDS[0]
        node.receive(Topic("g", kind, "n", "d" if kind[0] == "D" else ""), decode_sparkplug(part))


def check_words(data: bytes) -> None:
    document = parse_json(data)
    with contextlib.suppress(PayloadError):
        assert len(read_attributes(document).all) <= 64
    read_events(document)


def check(data: bytes) -> None:
    """One input, the first byte choosing where it enters."""
    kind = (data[0] - 48) % 11 if data else 0
    with contextlib.suppress(PayloadError, LorawanError, SparkplugError, RequestRefused):
        if kind < len(FORMATS):
            check_content(kind, data[1:])
        elif kind == 10:
            parse_table(data[1:].decode(errors="replace"))
        else:
            (check_lines, check_lorawan, check_sparkplug, check_words)[kind - 6](data[1:])


def main() -> None:
    """Fuzz until the runs or the time given to libFuzzer are used up."""
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(SEEDS):
            (Path(folder) / f"seed{number}").write_bytes(seed)
        atheris.Setup([*sys.argv, "-max_len=2048", folder], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
