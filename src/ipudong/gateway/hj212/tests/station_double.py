"""A station for tests: the codec's own station session on a real socket."""

import asyncio
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

from ipudong.gateway.tests.doubles import FACTORS
from ipudong.protocols.hj212 import events as said
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.station import StationSession
from ipudong.protocols.hj212.times import format_qn, format_time

MN = "3101150000000001"
PW = "123456"
_numbers = itertools.count()


class InstrumentDouble:
    """Answers history requests with one hour."""

    def list_data(self, cn: str, begin: str, end: str) -> Iterable[str]:
        when = begin or format_time(datetime.now(UTC))
        attribute = "Rtd" if cn == "2011" else "Avg"
        return [f"DataTime={when};" + ";".join(f"{f}-{attribute}=7.5" for f in FACTORS)]

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        return None

    def control(self, packet: Packet) -> int:
        return 1


class StationDouble:
    """Connects, uploads, answers requests, and remembers what was acknowledged."""

    def __init__(self, mn: str = MN, pw: str = PW) -> None:
        self.session = StationSession(mn=mn, pw=pw, st="22", instrument=InstrumentDouble())
        self.mn = mn
        self.events: list[said.StationEvent] = []
        self.is_closed = asyncio.Event()
        self._news = asyncio.Event()

    async def connect(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._task = asyncio.create_task(self._read())

    async def close(self) -> None:
        self._writer.close()
        await self.is_closed.wait()

    def upload(self, value: float = 12.5, at: datetime | None = None, cn: str = "2011") -> bytes:
        """Send one frame of eight factors."""
        return self.send(self.make_frame(value, at, cn))

    def make_frame(
        self, value: float = 12.5, at: datetime | None = None, cn: str = "2011", items: str = ""
    ) -> bytes:
        now = datetime.now(UTC)
        attribute = "Rtd" if cn == "2011" else "Avg"
        values = items or ";".join(f"{f}-{attribute}={value},{f}-Flag=N" for f in FACTORS)
        qn = f"{format_qn(now)[:14]}{next(_numbers) % 1000:03d}"
        cp = f"DataTime={format_time(at or now)};{values}"
        return self.session.send_data(cn, cp, qn=qn, now=self._now())

    def send(self, data: bytes) -> bytes:
        self._writer.write(data)
        return data

    async def drain(self) -> None:
        await self._writer.drain()

    @property
    def acknowledged(self) -> int:
        """How many uploads got their 9014."""
        return sum(self._is_acknowledged(event) for event in self.events)

    @staticmethod
    def _is_acknowledged(event: said.StationEvent) -> bool:
        return isinstance(event, said.ExchangeEnded) and event.exchange.state == "finished"

    async def wait_acknowledged(self, count: int, timeout_s: float = 10.0) -> None:
        await self.wait_for(lambda: self.acknowledged >= count, timeout_s)

    async def wait_for(self, is_true, timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not is_true():
                self._news.clear()
                await self._news.wait()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                for event in self.session.receive_data(data, self._now(), datetime.now(UTC)):
                    if isinstance(event, said.Send):
                        self._writer.write(event.data)
                    self.events.append(event)
                self._news.set()
        except ConnectionError:
            pass
        finally:
            self._writer.close()
            self.is_closed.set()
            self._news.set()
