"""A JT/T 808-2013 terminal written by hand from the standard's tables, to check our own with."""

import socket
from datetime import datetime, timedelta, timezone
from functools import reduce
from operator import xor

BEIJING = timezone(timedelta(hours=8))
FLAG = b"\x7e"


class VehicleByHand:
    """One terminal on a connected socket; every message waits for its general answer 0x8001."""

    def __init__(self, line: socket.socket, phone: str) -> None:
        self._line = line
        self._phone = bytes.fromhex(phone.zfill(12))
        self._serial = 0
        self._rest = b""

    def authenticate(self, code: str) -> None:
        """0x0102."""
        self._ask(0x0102, code.encode())

    def report(self, at: datetime, lon: float, lat: float = 31.2) -> None:
        """0x0200 with a fix (status bit 1), 30.5 km/h, heading 90; times are China's."""
        clock = bytes.fromhex(at.astimezone(BEIJING).strftime("%y%m%d%H%M%S"))
        body = b"".join(
            (
                (0).to_bytes(4),
                (0b11).to_bytes(4),
                round(lat * 1e6).to_bytes(4),
                round(lon * 1e6).to_bytes(4),
                (5).to_bytes(2),
                (305).to_bytes(2),
                (90).to_bytes(2),
                clock,
            )
        )
        self._ask(0x0200, body)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def _ask(self, message: int, body: bytes) -> None:
        serial = self._serial = (self._serial + 1) % 0x10000
        head = message.to_bytes(2) + len(body).to_bytes(2) + self._phone + serial.to_bytes(2)
        content = head + body
        content += reduce(xor, content).to_bytes(1)
        escaped = content.replace(b"\x7d", b"\x7d\x01").replace(FLAG, b"\x7d\x02")
        self._line.sendall(FLAG + escaped + FLAG)
        while True:
            answer = self._receive()
            if answer[:2] == b"\x80\x01" and answer[12:14] == serial.to_bytes(2):
                if answer[16]:
                    raise OSError(f"answered {answer[16]}")
                return

    def _receive(self) -> bytes:
        while True:
            if self._rest.count(FLAG) >= 2:
                _, found, rest = self._rest.split(FLAG, 2)
                self._rest = rest
                if found:
                    return found.replace(b"\x7d\x02", FLAG).replace(b"\x7d\x01", b"\x7d")
                self._rest = FLAG + rest
                continue
            data = self._line.recv(4096)
            if not data:
                raise ConnectionError("the platform hung up")
            self._rest += data
