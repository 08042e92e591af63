"""JT/T 808 location reports a second on one core, beside the plain way, in one run.

Run alone: `python bench/jt808_codec.py`. The last line is JSON. The report has the five items most
terminals send; 500 connections send one packet a read, as 500 buses do, and columns are made of
500 reports at once. The plain way is a loop over bytes for the checksum and one dict a report.
"""

import json
import platform
import time
from collections.abc import Callable
from struct import pack, unpack_from

from ipudong.protocols.jt808.answers import encode_answer
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.events import AuthenticationRequested, LocationReceived
from ipudong.protocols.jt808.framing import Framer, checksum, encode_frame
from ipudong.protocols.jt808.header import Frame, make_terminal
from ipudong.protocols.jt808.locations import decode_locations
from ipudong.protocols.jt808.messages import encode_body
from ipudong.protocols.jt808.platform_session import PlatformSession

CONNECTIONS = 500
ROUNDS = 40
REPORTS = CONNECTIONS * ROUNDS
NOW_US = 1_795_306_800_000_000
BESIDE = "a loop over bytes and one dict a report"


def make_report(connection: int, number: int) -> bytes:
    """The packet of report `number` of a bus."""
    place = {
        "status": 3,
        "latitude": 31.2 + connection / 1e4,
        "longitude": 121.5 + number / 1e5,
        "altitude": 12,
        "speed": number % 80 + 0.5,
        "heading": number % 360,
        "time": f"2026-11-22T08:{number % 60:02}:00",
        "items": [
            {"id": 0x01, "value": 1000.0 + number},
            {"id": 0x02, "value": 32.5},
            {"id": 0x25, "value": 0},
            {"id": 0x30, "value": 24},
            {"id": 0x31, "value": 17},
        ],
    }
    body = encode_body(0x0200, {"location": place}, Edition.V2013)
    return encode_frame(0x0200, make_bus(connection), None, number, body)


def make_bus(connection: int) -> bytes:
    return make_terminal(f"139{connection:08}", Edition.V2013)


def open_sessions() -> list[PlatformSession]:
    """Connections whose terminals have shown their code."""
    sessions = []
    for connection in range(CONNECTIONS):
        session = PlatformSession()
        (event,) = session.receive_data(
            encode_frame(0x0102, make_bus(connection), None, 0, b"code"), 0.0
        )
        assert isinstance(event, AuthenticationRequested)
        session.answer_authentication(event, True)
        sessions.append(session)
    return sessions


def read_frames(rounds: list[list[bytes]]) -> list[Frame]:
    framers = [Framer() for _ in range(CONNECTIONS)]
    frames: list[Frame] = []
    for reads in rounds:
        for framer, data in zip(framers, reads, strict=True):
            frames += [event for event in framer.receive(data) if isinstance(event, Frame)]
    return frames


def serve(rounds: list[list[bytes]], sessions: list[PlatformSession]) -> int:
    """What a door does for each read of each connection: events, columns, answers."""
    sent = 0
    for reads in rounds:
        heard = []
        for session, data in zip(sessions, reads, strict=True):
            for event in session.receive_data(data, 0.0):
                if isinstance(event, LocationReceived):
                    heard.append((session, event.frame))
        columns = decode_locations([frame.body for _, frame in heard], NOW_US)
        assert len(columns.items["mileage"]) == CONNECTIONS
        for session, frame in heard:
            sent += len(session.answer(frame))
    return sent


def loop_checksum(content: bytes) -> int:
    """The XOR as everybody writes it first."""
    total = 0
    for byte in content:
        total ^= byte
    return total


def serve_plainly(rounds: list[list[bytes]]) -> list[dict[str, object]]:
    """The same reports and answers without columns, sessions, verdicts, or any trick."""
    found, answers = [], []
    for reads in rounds:
        for data in reads:
            content = data[1:-1].replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")
            assert loop_checksum(content) == 0
            names = ("serial", "alarm", "status", "lat", "lon", "altitude", "speed", "heading")
            report: dict[str, object] = dict(
                zip(names, unpack_from(">HIIIIHHH", content, 10), strict=True)
            )
            report["time"] = content[34:40].hex()
            at = 40
            while at < len(content) - 1:
                end = at + 2 + content[at + 1]
                report[f"item_{content[at]:02x}"] = int.from_bytes(content[at + 2 : end], "big")
                at = end
            found.append(report)
            answer = pack(">HH6sHHHB", 0x8001, 5, content[4:10], 7, report["serial"], 0x0200, 0)
            answer += bytes((loop_checksum(answer),))
            answer = answer.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")
            answers.append(b"\x7e" + answer + b"\x7e")
    return found


def best_rates(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Reports a second of each work, the best of several rounds in which all take turns."""
    best: dict[str, float] = dict.fromkeys(works, 0.0)
    for _ in range(5):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            best[name] = max(best[name], REPORTS / (time.perf_counter() - started))
    return best


def main() -> None:
    rounds = [[make_report(c, number) for c in range(CONNECTIONS)] for number in range(ROUNDS)]
    sessions = open_sessions()
    frames = read_frames(rounds)
    bodies = [frame.body for frame in frames]
    assert len(frames) == len(serve_plainly(rounds)) == REPORTS
    packets = [data for reads in rounds for data in reads]

    rates = best_rates(
        {
            "checksum": lambda: [checksum(data) for data in packets],
            "frames": lambda: read_frames(rounds),
            "columns": lambda: [
                decode_locations(bodies[at : at + CONNECTIONS], NOW_US)
                for at in range(0, REPORTS, CONNECTIONS)
            ],
            "answers": lambda: [encode_answer(frame, 7) for frame in frames],
            "served": lambda: serve(rounds, sessions),
            "plain": lambda: serve_plainly(rounds),
        }
    )
    print(f"report: {len(packets[0])} bytes, 5 items, {CONNECTIONS} connections")
    for name, rate in rates.items():
        print(f"{name:10} {rate:12,.0f} reports/s {1e6 / rate:8.2f} us")
    figures: dict[str, float] = {
        f"{name}_reports_per_s": round(rate) for name, rate in rates.items()
    }
    figures["served_us_per_report"] = round(1e6 / rates["served"], 2)
    line = {
        "bench": "jt808_codec",
        "figures": {**figures, "python": platform.python_version()},
        "ratio": round(rates["served"] / rates["plain"], 2),
        "beside": BESIDE,
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
