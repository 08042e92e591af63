"""Coverage-guided fuzzing of the JT/T 808 codec: ``python tests/fuzz/jt808_fuzz.py -runs=20000``.

Extra arguments go to libFuzzer. Seeds are the captured frames beside the repository when they are
there, and frames built here. Besides never raising, it demands that the events do not depend on
how the stream is cut, that held memory stays bounded, that columns agree with messages read one by
one, and that what has no verdict is written back as it was.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["ipudong.protocols.jt808"]):
    from ipudong.protocols.jt808.editions import Edition
    from ipudong.protocols.jt808.events import (
        AuthenticationRequested,
        BatchReceived,
        LocationReceived,
        RegistrationRequested,
    )
    from ipudong.protocols.jt808.framing import (
        DEFAULT_LIMIT_BYTES,
        BadFrame,
        Framer,
        encode_frame,
        wrap,
    )
    from ipudong.protocols.jt808.locations import Flaw, decode_locations
    from ipudong.protocols.jt808.message_types import Message
    from ipudong.protocols.jt808.messages import (
        OTHER_EDITION,
        UnknownMessageError,
        decode_body,
        encode_message,
    )
    from ipudong.protocols.jt808.platform_session import PlatformSession
    from ipudong.protocols.jt808.terminal_session import TerminalSession

PROTOCOLS = Path(__file__).resolve().parents[3] / "shared/data/protocols"
KEEPS_BYTES = {OTHER_EDITION, "long_body", "bad_time", "item_length", "parameter_length"}
BUILT = [
    encode_frame(0x0102, bytes(6), None, 0, b"code"),
    encode_frame(0x0704, bytes(6), None, 1, b"\0\1\0\0\x1c" + bytes(28)),
    encode_frame(0x0801, bytes(6), None, 2, b"part", packages=2, package=1),
    encode_frame(0x8103, bytes(10), 1, 3, b"\1\0\0\0\x29\4\0\0\0\x0a"),
]


class Silent:
    """A device that does nothing."""

    def __init__(self) -> None:
        self.parameters: dict[int, Any] = {0x29: 10}
        self.attributes = {
            "terminal_type": 1,
            "maker": "M",
            "model": "X",
            "terminal_id": "T",
            "iccid": "0" * 20,
            "hardware": "",
            "firmware": "",
            "gnss": 1,
            "radio": 1,
        }
        self.driver = {"card_state": 2, "time": "2026-11-22T12:00:00"}

    def read_location(self) -> dict[str, Any]:
        return {"latitude": 31.2, "longitude": 121.5, "time": "2026-11-22T12:00:00"}

    def execute(self, message: Message) -> int:
        return 0


def check_stream(data: bytes) -> None:
    """Sessions of both sides on arbitrary bytes, whole and in pieces."""
    platform = PlatformSession(needs_authentication=len(data) % 2 == 0)
    for event in platform.receive_data(data, 0.0):
        if isinstance(event, AuthenticationRequested):
            platform.answer_authentication(event, True)
        elif isinstance(event, RegistrationRequested):
            platform.answer_registration(event, 0, "code")
        elif isinstance(event, LocationReceived):
            platform.answer(event.frame)
            decode_locations([event.frame.body], 0)
        elif isinstance(event, BatchReceived):
            decode_locations(event.reports, 0)
    platform.receive_data(data, 1.0)
    platform.tick(1e6)
    terminal = TerminalSession(
        phone="1", edition=Edition.V2019, device=Silent(), registration={}, code="code"
    )
    terminal.connect(0.0)
    terminal.receive_data(data, 0.0)
    terminal.tick(1e6)
    whole, pieces = Framer(), Framer()
    expected = whole.receive(data)
    step = 1 + len(data) % 7
    found = [e for at in range(0, len(data), step) for e in pieces.receive(data[at : at + step])]
    assert found == expected
    assert pieces.buffered_bytes == whole.buffered_bytes <= DEFAULT_LIMIT_BYTES


def check_body(data: bytes) -> None:
    """Arbitrary bytes as a body: two bytes of id, one of edition, then the body."""
    message_id, edition = int.from_bytes(data[:2], "big"), list(Edition)[data[2] % 3]
    body = data[3:]
    check_locations(body)
    try:
        message = decode_body(message_id, body, edition)
    except UnknownMessageError:
        return
    if not set(message.defects) - KEEPS_BYTES:
        assert encode_message(message) == body, (message.name, message.defects, body.hex())


def check_locations(body: bytes) -> None:
    """The columns of ten copies, of one, and the message are the same."""
    one, many = decode_locations([body], 0), decode_locations([body] * 10, 0)
    assert one.items.keys() == many.items.keys()
    for name, column in one.items.items():
        assert repr(column[0]) == repr(many.items[name][9])
    assert one.flaws[0] == many.flaws[9]
    if Flaw.SHORT not in Flaw(int(one.flaws[0])):
        location = decode_body(0x0200, body, Edition.V2013).values["location"]
        assert location["latitude"] == one.lat[0]


def check(data: bytes) -> None:
    """One input, the first byte choosing where it enters."""
    if data[:1] == b"B" and len(data) > 3:
        check_body(data[1:])
    elif data[:1] == b"C":
        check_stream(wrap(data[1:]))
    else:
        check_stream(data)


def write_seeds(folder: Path) -> None:
    """Captured and built frames: as streams, as contents, as bodies."""
    frames = list(BUILT)
    if PROTOCOLS.is_dir():
        for line in (PROTOCOLS / "jt808_frames.jsonl").read_text().splitlines():
            frames.append(bytes.fromhex(json.loads(line)["hex"]))
    for number, data in enumerate(frames):
        (folder / f"stream{number}").write_bytes(data)
        for frame in Framer().receive(data):
            if isinstance(frame, BadFrame):
                continue
            head = frame.message_id.to_bytes(2, "big") + bytes((1 + (frame.version is not None),))
            (folder / f"body{number}").write_bytes(b"B" + head + frame.body)
            (folder / f"content{number}").write_bytes(b"C" + data[1:-2])


def main() -> None:
    """Fuzz until the runs or the time given to libFuzzer are used up."""
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder))
        atheris.Setup([*sys.argv, "-max_len=4096", folder], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
