"""Coverage-guided fuzzing of the HJ 212 codec: ``python tests/fuzz/hj212_fuzz.py -runs=20000``.

Extra arguments go to libFuzzer. Seeds are the captured frames beside the repository when they are
there, and frames built here. Besides never raising, it demands that the events do not depend on
how the stream is cut, that held memory stays bounded, and that what was read can be read again.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ipudong.protocols.hj212"]):
    from ipudong.protocols.hj212.data import parse_data
    from ipudong.protocols.hj212.events import DataReceived
    from ipudong.protocols.hj212.framing import DEFAULT_LIMIT_BYTES, Framer
    from ipudong.protocols.hj212.host import HostSession
    from ipudong.protocols.hj212.packet import Packet, PacketError, encode_frame, parse_packet
    from ipudong.protocols.hj212.readings import read_readings
    from ipudong.protocols.hj212.station import StationSession

PROTOCOLS = Path(__file__).resolve().parents[3] / "shared/data/protocols"
CLOCK = datetime(2026, 11, 22, tzinfo=UTC)
HELD_BYTES = DEFAULT_LIMIT_BYTES + 10
BUILT = [
    b"QN=20261122120000001;ST=22;CN=2051;PW=1;MN=M;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20261122120000;a-Avg=1&&",
    b"QN=20261122120000001;ST=22;CN=2061;PW=1;MN=M;Flag=5;CP=&&BeginTime=1,EndTime=2&&",
    b"QN=20261122120000001;ST=22;CN=3020;PW=1;MN=M;Flag=5;CP=&&PolId=a,i11001-Info=//x;y//&&",
]


class Silent:
    """An instrument with one reading and nothing else."""

    def list_data(self, cn: str, begin: str, end: str) -> list[str]:
        return ["DataTime=20261122120000;a-Avg=1"]

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        return "1" if pol_id else None

    def control(self, packet: Packet) -> int:
        return 1


def check_stream(data: bytes) -> None:
    """Sessions of both sides on arbitrary bytes, whole and in pieces."""
    host = HostSession()
    for event in host.receive_data(data, 0.0):
        if isinstance(event, DataReceived):
            readings = read_readings(event.packet)
            assert len(readings.fields) == len(readings.values) == len(readings.flags)
    host.tick(1e6)
    station = StationSession(mn="M", pw="1", st="22", instrument=Silent())
    station.receive_data(data, 0.0, CLOCK)
    whole, pieces = Framer(), Framer()
    expected = whole.receive(data)
    step = 1 + len(data) % 7
    found = [e for at in range(0, len(data), step) for e in pieces.receive(data[at : at + step])]
    assert found == expected
    assert pieces.buffered_bytes == whole.buffered_bytes <= HELD_BYTES


def check_segment(data: bytes) -> None:
    """Arbitrary bytes as a segment with a good checksum: what lies behind the framer."""
    try:
        packet = parse_packet(data)
    except PacketError:
        return
    read_readings(packet)
    parse_data(packet.cp)
    if len(data) <= DEFAULT_LIMIT_BYTES:
        check_stream(encode_frame(data))


def check(data: bytes) -> None:
    """One input, the first byte choosing where it enters."""
    if data[:1] == b"S":
        check_segment(data[1:])
    else:
        check_stream(data)


def write_seeds(folder: Path) -> None:
    """Captured and built frames, as streams and as segments."""
    frames = [encode_frame(segment) for segment in BUILT]
    if PROTOCOLS.is_dir():
        for line in (PROTOCOLS / "hj212_frames.jsonl").read_text().splitlines():
            frames.append(json.loads(line)["frame"].replace("\\r\\n", "\r\n").encode())
    for number, frame in enumerate(frames):
        (folder / f"stream{number}").write_bytes(frame)
        (folder / f"segment{number}").write_bytes(b"S" + frame[6:-6])


def main() -> None:
    """Fuzz until the runs or the time given to libFuzzer are used up."""
    with tempfile.TemporaryDirectory() as folder:
        write_seeds(Path(folder))
        atheris.Setup([*sys.argv, "-max_len=4096", folder], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
