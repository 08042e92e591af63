"""A station and worse peers on bare sockets, their frames written here and not by the codec."""

import socket
import time
from datetime import UTC, datetime, timedelta, timezone

from ipudong.systems.environment.simulation import stations

BEIJING = timezone(timedelta(hours=8))


def checksum(segment: bytes) -> int:
    """HJ 212-2017, appendix A, by the letter."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return register


def frame(segment: str, *, spoil: int = 0) -> bytes:
    """A frame around a segment; `spoil` is added to its checksum."""
    data = segment.encode("ascii")
    return b"##%04d%s%04X\r\n" % (len(data), data, (checksum(data) + spoil) & 0xFFFF)


def china_time(moment: datetime, form: str = "%Y%m%d%H%M%S") -> str:
    """A moment as frames say it."""
    return moment.astimezone(BEIJING).strftime(form)


class StationByHand:
    """One connection. `upload` waits for its 9014 as a station does."""

    def __init__(self, port: int, mn: str, pw: str, st: str, *, source: str = "127.0.0.1") -> None:
        self.mn, self.pw, self.st = mn, pw, st
        self._socket = socket.create_connection(
            ("127.0.0.1", port), timeout=10, source_address=(source, 0)
        )
        self._received = b""
        self._last_qn = datetime.now(UTC)

    def write(self, *, cn: str, cp: str, spoil: int = 0) -> str:
        """Send a packet that wants an answer; its QN."""
        self._last_qn = max(datetime.now(UTC), self._last_qn + timedelta(milliseconds=1))
        qn = china_time(self._last_qn, "%Y%m%d%H%M%S%f")[:17]
        head = f"QN={qn};ST={self.st};CN={cn};PW={self.pw};MN={self.mn};Flag=5;"
        self._socket.sendall(frame(f"{head}CP=&&{cp}&&", spoil=spoil))
        return qn

    def is_acknowledged(self, qn: str, within_s: float) -> bool:
        """Whether the 9014 of this QN comes in time."""
        wanted, deadline = f"QN={qn};".encode(), time.monotonic() + within_s
        while True:
            answers = self._received.split(b"\r\n")
            if any(wanted in answer and b"CN=9014" in answer for answer in answers):
                return True
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return False
            if not data:
                raise ConnectionResetError("the platform closed the line")
            self._received = self._received[-65536:] + data

    def upload(self, *, at: datetime, value: float, within_s: float = 10.0) -> bool:
        """Send a real-time reading of PM2.5; whether it was acknowledged."""
        cp = f"DataTime={china_time(at)};a34004-Rtd={value},a34004-Flag=N"
        return self.is_acknowledged(self.write(cn="2011", cp=cp), within_s)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()


def choose_station(number: int = 0) -> tuple[str, str, str]:
    """MN, password and ST of an adopted air station of the demonstration district."""
    station = stations(1000, 1)[number]
    return station.mn, station.password, station.st
