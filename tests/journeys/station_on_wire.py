"""A monitoring station on a real socket: the station's side of the codec, kept up by a thread."""

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tests.running import wait_for

from ipudong.protocols.hj212.events import ExchangeEnded, RequestExecuted, Send
from ipudong.protocols.hj212.exchange import State
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.station import StationSession
from ipudong.protocols.hj212.times import format_qn, format_time

TICK_S = 0.2
# Six factors of a clear hour, µg/m³ and CO in mg/m³; a reading of PM2.5 is put in front of them.
CLEAR_HOUR = (
    "a34002-Avg=40,a34002-Flag=N;a21026-Avg=8,a21026-Flag=N;a21004-Avg=30,a21004-Flag=N;"
    "a21005-Avg=0.6,a21005-Flag=N;a05024-Avg=80,a05024-Flag=N"
)


class _Instrument:
    """What the station measures when it is asked."""

    pm25 = 21.0

    def list_data(self, cn: str, begin: str, end: str) -> Iterable[str]:
        return [_instant(self.pm25, datetime.now(UTC))]

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        return None

    def control(self, packet: Packet) -> int:
        return 1


class StationOnWire:
    """One connection of one station; every upload waits for what the platform says to it."""

    def __init__(self, port: int, mn: str, pw: str = "pudong", st: str = "22") -> None:
        self.mn = mn
        self.instrument = _Instrument()
        self.session = StationSession(mn=mn, pw=pw, st=st, instrument=self.instrument)
        self.executed: list[str] = []
        self._ended: dict[str, ExchangeEnded] = {}
        self._ticks = itertools.count()
        self._lock = threading.Lock()
        self._is_open = True
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.settimeout(TICK_S)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def upload_instant(self, pm25: float) -> bool:
        """Send PM2.5 as measured now; whether it was acknowledged (False: refused)."""
        return self._upload("2011", _instant(pm25, datetime.now(UTC)))

    def upload_hour(self, pm25: float, *, hours_ago: int) -> bool:
        """Send a whole hour's means, the hour that began so many hours ago."""
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        at = format_time(hour - timedelta(hours=hours_ago))
        means = f"DataTime={at};a34004-Avg={pm25},a34004-Flag=N;{CLEAR_HOUR}"
        return self._upload("2061", means)

    def _upload(self, cn: str, cp: str) -> bool:
        qn = format_qn(datetime.now(UTC) + timedelta(milliseconds=next(self._ticks)))
        with self._lock:
            data = self.session.send_data(cn, cp, qn=qn, now=time.monotonic())
            self._socket.sendall(data)
        wait_for(lambda: qn in self._ended, within_s=15, what=f"an answer to {cn} {qn}")
        return self._ended[qn].exchange.state is State.FINISHED

    def _listen(self) -> None:
        while self._is_open:
            data = b""
            try:
                data = self._socket.recv(65536)
                if not data:
                    return
            except TimeoutError:
                pass
            except OSError:
                return
            with self._lock:
                self._take(data)

    def _take(self, data: bytes) -> None:
        now = time.monotonic()
        events = self.session.receive_data(data, now, datetime.now(UTC))
        for event in (*events, *self.session.tick(now)):
            if isinstance(event, Send):
                self._socket.sendall(event.data)
            elif isinstance(event, RequestExecuted):
                self.executed.append(event.packet.cn)
            elif isinstance(event, ExchangeEnded):
                self._ended[event.exchange.packet.qn] = event

    @property
    def is_connected(self) -> bool:
        """Whether the platform has kept the line."""
        return self._thread.is_alive()

    def close(self) -> None:
        """End the connection."""
        self._is_open = False
        with contextlib.suppress(OSError):
            self._socket.close()
        self._thread.join(5)


def _instant(pm25: float, at: datetime) -> str:
    return f"DataTime={format_time(at)};a34004-Rtd={pm25},a34004-Flag=N"
