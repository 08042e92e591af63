"""Bytes to whole packets: what both sides of a connection do first."""

from ipudong.protocols.hj212.events import FrameRejected, PacketRejected, Rejection, SplitAbandoned
from ipudong.protocols.hj212.framing import DEFAULT_LIMIT_BYTES, BadFrame, Framer
from ipudong.protocols.hj212.packet import Packet, PacketError, parse_packet
from ipudong.protocols.hj212.reassembly import Abandoned, Reassembler


class Intake:
    """Frames, reads and joins; everything that fails becomes a rejection in its place."""

    def __init__(
        self, limit_bytes: int = DEFAULT_LIMIT_BYTES, accept: frozenset[str] = frozenset()
    ) -> None:
        self._framer = Framer(limit_bytes, accept)
        self._reassembler = Reassembler()

    @property
    def buffered_bytes(self) -> int:
        """How much of an unfinished frame is held."""
        return self._framer.buffered_bytes

    def receive(self, data: bytes) -> list[Packet | Rejection]:
        """Packets of the next bytes, parts of split packets not yet joined."""
        found: list[Packet | Rejection] = []
        for frame in self._framer.receive(data):
            if isinstance(frame, BadFrame):
                found.append(FrameRejected(frame))
                continue
            try:
                packet = parse_packet(frame.segment)
            except PacketError as error:
                found.append(PacketRejected(error.code, error.segment))
                continue
            found.append(packet.marked(frame.defects) if frame.defects else packet)
        return found

    def join(self, part: Packet, now: float) -> tuple[Packet | None, list[SplitAbandoned]]:
        """The whole packet if this part completes one."""
        whole, abandoned = self._reassembler.add(part, now)
        return whole, _told(abandoned)

    def expire(self, now: float) -> list[SplitAbandoned]:
        """Split packets that grew too old."""
        return _told(self._reassembler.expire(now))


def _told(abandoned: list[Abandoned]) -> list[SplitAbandoned]:
    return [SplitAbandoned(given_up.code, given_up.parts) for given_up in abandoned]
