"""Split packets put together again (HJ 212-2017, 6.3.2: PNUM packets, PNO counts from 1)."""

from msgspec import Struct
from msgspec.structs import replace

from ipudong.protocols.hj212.packet import SPLIT, Packet

_Key = tuple[str, str, str, int]

# Why a split packet was given up.
TOO_OLD = "split_too_old"
TOO_MANY = "split_too_many"
TOO_LARGE = "split_too_large"
BAD_NUMBER = "split_bad_number"


class Abandoned(Struct, frozen=True):
    """Parts of a packet that was never completed, with the reason."""

    code: str
    parts: tuple[Packet, ...]


class _Pending(Struct):
    parts: dict[int, Packet]
    since: float
    size: int = 0


# What a held part costs beside its text, so that empty parts are bounded too.
_PART_CHARS = 256


class Reassembler:
    """Holds parts until their packet is whole; bounded in packets, characters in all, and age.

    Times are seconds of any monotonic clock, given by the caller.
    """

    def __init__(
        self, *, max_pending: int = 8, max_chars: int = 256 * 1024, max_age_s: float = 60.0
    ) -> None:
        self._max_pending = max_pending
        self._max_chars = max_chars
        self._max_age_s = max_age_s
        self._pending: dict[_Key, _Pending] = {}
        self._chars = 0

    def add(self, packet: Packet, now: float) -> tuple[Packet | None, list[Abandoned]]:
        """Take one part; give the whole packet when it completes one, and what was given up."""
        if not 1 <= packet.pno <= packet.pnum:
            return None, [Abandoned(BAD_NUMBER, (packet,))]
        abandoned = self.expire(now)
        key = (packet.mn, packet.cn, packet.qn, packet.pnum)
        pending = self._pending.get(key)
        if pending is None:
            if len(self._pending) >= self._max_pending:
                abandoned.append(self._drop(next(iter(self._pending)), TOO_MANY))
            pending = self._pending[key] = _Pending({}, now)
        self._store(pending, packet)
        if self._chars > self._max_chars:
            abandoned.append(self._drop(key, TOO_LARGE))
            return None, abandoned
        if len(pending.parts) < packet.pnum:
            return None, abandoned
        self._forget(key)
        return _join(pending.parts, packet.pnum), abandoned

    def expire(self, now: float) -> list[Abandoned]:
        """Give up the packets whose first part is older than the age."""
        old = [key for key, held in self._pending.items() if now - held.since > self._max_age_s]
        return [self._drop(key, TOO_OLD) for key in old]

    def _store(self, pending: _Pending, packet: Packet) -> None:
        earlier = pending.parts.get(packet.pno)
        # A part that comes again replaces its first copy: the sender timed out on it.
        grown = _size(packet) - (_size(earlier) if earlier else 0)
        pending.size += grown
        self._chars += grown
        pending.parts[packet.pno] = packet

    def _forget(self, key: _Key) -> _Pending:
        pending = self._pending.pop(key)
        self._chars -= pending.size
        return pending

    def _drop(self, key: _Key, code: str) -> Abandoned:
        parts = self._forget(key).parts
        return Abandoned(code, tuple(parts[number] for number in sorted(parts)))


def _size(part: Packet) -> int:
    return len(part.cp) + _PART_CHARS


def _join(parts: dict[int, Packet], count: int) -> Packet:
    ordered = [parts[number] for number in range(1, count + 1)]
    first = ordered[0]
    flag = None
    if first.flag is not None:
        # The answer wanted by any part is wanted for the whole.
        flag = first.flag & ~SPLIT
        for part in ordered:
            flag |= (part.flag or 0) & 1
    defects = tuple(dict.fromkeys(defect for part in ordered for defect in part.defects))
    cp = ";".join(part.cp.rstrip(";") for part in ordered if part.cp)
    return replace(first, flag=flag, pnum=0, pno=0, cp=cp, defects=defects)
