"""HJ 212 frames a second on one core, beside the plain ways of doing each step, in one run.

Run alone: `python bench/hj212_codec.py`. The last line is JSON. The frame is a minute packet of
eight factors with flags; the stream is what one socket read may bring, in chunks of 64 KiB.
"""

import json
import platform
import time
from collections.abc import Callable

from ipudong.protocols.hj212.crc import crc, reference_crc, table_crc
from ipudong.protocols.hj212.events import DataReceived
from ipudong.protocols.hj212.framing import Framer
from ipudong.protocols.hj212.host import HostSession
from ipudong.protocols.hj212.packet import Packet, encode, encode_segment, parse_packet
from ipudong.protocols.hj212.readings import read_readings

FRAMES = 20_000
CHUNK_BYTES = 65536
BESIDE = "a bare bytes.split of the same stream"
CODES = ("a34004", "a34002", "a21026", "a21004", "a05024", "a21005", "a01001", "a01002")


def make_packet(number: int) -> Packet:
    """A minute of station `number`: eight factors, average and flag."""
    factors = (
        f"{code}-Avg={20 + number % 97 + i}.{i},{code}-Flag=N" for i, code in enumerate(CODES)
    )
    return Packet(
        qn=f"20261122120{number % 1_000_000:06}",
        st="22",
        cn="2051",
        pw="123456",
        mn=f"310115000000000000{number % 500:06}",
        flag=5,
        cp=";".join((f"DataTime=2026112212{number % 60:02}00", *factors)),
    )


def best_rates(works: dict[str, tuple[int, Callable[[], object]]]) -> dict[str, float]:
    """Items a second of each work, the best of several rounds in which all take turns."""
    best: dict[str, float] = dict.fromkeys(works, 0.0)
    for _ in range(7):
        for name, (count, work) in works.items():
            started = time.perf_counter()
            work()
            best[name] = max(best[name], count / (time.perf_counter() - started))
    return best


def chunks(stream: bytes) -> list[bytes]:
    return [stream[at : at + CHUNK_BYTES] for at in range(0, len(stream), CHUNK_BYTES)]


def decode(pieces: list[bytes]) -> int:
    """Frames, packets and numbers."""
    framer = Framer()
    values = 0
    for piece in pieces:
        for frame in framer.receive(piece):
            values += len(read_readings(parse_packet(frame.segment)).values)
    return values


def serve(pieces: list[bytes]) -> int:
    """The platform's session: decode and the bytes of every 9014."""
    host = HostSession()
    values = 0
    for piece in pieces:
        for event in host.receive_data(piece, 0.0):
            if isinstance(event, DataReceived) and event.answer:
                values += len(read_readings(event.packet).values)
    return values


def bare_split(stream: bytes) -> int:
    """The least any reader must do: lines, items, names and values, nothing checked."""
    values = 0
    for line in stream.split(b"\r\n"):
        for item in line.split(b";"):
            for pair in item.split(b","):
                values += len(pair.split(b"=")) == 2
    return values


def main() -> None:
    packets = [make_packet(number) for number in range(FRAMES)]
    stream = b"".join(map(encode, packets))
    pieces = chunks(stream)
    segments = [encode_segment(packet) for packet in packets[:2000]]
    few = segments[:100]
    assert decode(pieces) == serve(pieces) == FRAMES * len(CODES)

    rates = best_rates(
        {
            "folded": (len(segments), lambda: [crc(segment) for segment in segments]),
            "table": (len(segments), lambda: [table_crc(segment) for segment in segments]),
            "letter": (len(few), lambda: [reference_crc(segment) for segment in few]),
            "decoded": (FRAMES, lambda: decode(pieces)),
            "served": (FRAMES, lambda: serve(pieces)),
            "split": (FRAMES, lambda: bare_split(stream)),
        }
    )
    folded, table, letter, decoded, served, split = rates.values()

    print(f"frame: {len(stream) // FRAMES} bytes, {len(CODES)} factors")
    print(f"checksum, folded:            {folded:12,.0f} frames/s")
    print(f"checksum, table:             {table:12,.0f} frames/s  (folded {folded / table:.0f}x)")
    print(f"checksum, standard's loop:   {letter:12,.0f} frames/s  (folded {folded / letter:.0f}x)")
    print(f"decode to columns:           {decoded:12,.0f} frames/s")
    print(f"decode and answer 9014:      {served:12,.0f} frames/s")
    print(f"bare bytes.split:            {split:12,.0f} frames/s  (decode {decoded / split:.2f}x)")
    figures = {
        "decode_frames_per_s": round(decoded),
        "decode_and_answer_frames_per_s": round(served),
        "bare_split_frames_per_s": round(split),
        "crc_ratio_to_table": round(folded / table, 1),
        "crc_ratio_to_reference": round(folded / letter, 1),
        "python": platform.python_version(),
    }
    ratio = round(decoded / split, 2)
    line = {"bench": "hj212_codec", "figures": figures, "ratio": ratio, "beside": BESIDE}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
