"""Two sessions over a wire that loses and spoils frames: nothing acknowledged is ever lost."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.protocols.hj212.events import DataReceived, ExchangeEnded, Send
from ipudong.protocols.hj212.exchange import State
from ipudong.protocols.hj212.host import HostSession
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.station import StationSession

CLOCK = datetime(2026, 11, 22, tzinfo=UTC)
FATES = st.sampled_from(["arrives", "arrives", "lost", "spoiled", "cut", "doubled"])


class NoInstrument:
    """A station that only uploads."""

    def list_data(self, cn: str, begin: str, end: str) -> list[str]:
        return []

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        return None

    def control(self, packet: Packet) -> int:
        return 2


def carry(data: bytes, fate: str) -> bytes:
    """What the wire makes of bytes."""
    if fate == "lost":
        return b""
    if fate == "doubled":
        return data + data
    if fate == "cut":
        return data[: len(data) // 2]
    if fate == "spoiled":  # one character, which the checksum always sees
        return data.replace(b"CN=", b"CM=", 1)
    return data


@settings(deadline=None)
@given(st.lists(FATES, max_size=40))
def test_what_the_station_forgets_the_platform_has(fates: list[str]) -> None:
    host = HostSession()
    station = StationSession(mn="M", pw="1", st="22", instrument=NoInstrument())
    stored: set[str] = set()
    ended: dict[str, State] = {}
    left = iter(fates)

    def deliver(data: bytes) -> None:
        for heard in host.receive_data(carry(data, next(left, "arrives")), 0.0):
            if not isinstance(heard, DataReceived):
                continue
            stored.add(heard.packet.cp)
            assert heard.answer is not None
            back = carry(heard.answer, next(left, "arrives"))
            for event in station.receive_data(back, 0.0, CLOCK):
                if isinstance(event, ExchangeEnded):
                    ended[event.exchange.packet.cp] = event.exchange.state

    texts = [f"DataTime=20261122120{n}00;a34004-Avg={n}" for n in range(5)]
    for n, cp in enumerate(texts):
        deliver(station.send_data("2051", cp, qn=f"2026112212000000{n}", now=0.0))
    for moment in range(1, 60):
        for event in station.tick(float(moment)):
            if isinstance(event, Send):
                deliver(event.data)
            elif isinstance(event, ExchangeEnded):
                ended[event.exchange.packet.cp] = event.exchange.state

    assert set(ended) == set(texts)
    assert {cp for cp, state in ended.items() if state is State.FINISHED} <= stored
    assert station.open_uploads == 0
    if len(fates) <= 3:  # no upload can lose more than its resends
        assert set(ended.values()) == {State.FINISHED}
