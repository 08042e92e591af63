"""Messages in parts put together again, and the parts that are missing asked for.

Parts of one message have consecutive serials and say their index from 1 (JT/T 808-2019, 4.4.3).
"""

from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from ipudong.protocols.jt808.header import BAD_PACKAGE, SPLIT_BIT, Frame

# Why parts were given up.
TOO_OLD: Final = "parts_too_old"
TOO_MANY: Final = "parts_too_many"
TOO_LARGE: Final = "parts_too_large"
BAD_NUMBER: Final = "part_bad_number"

_SERIALS: Final = 0x10000
# What a held part costs beside its body, so that empty parts are bounded too.
_PART_BYTES: Final = 256
_MAX_ASKED: Final = 125  # what one 0x8003 of 2013 may ask for, and it fits into any packet

_Key: TypeAlias = tuple[bytes, int, int, int]


class Abandoned(msgspec.Struct, frozen=True):
    """Parts of a message that was never whole, with the reason."""

    code: str
    parts: tuple[Frame, ...]


class Missing(msgspec.Struct, frozen=True):
    """Parts to ask for: `first_serial` is the one of part 1, `frame` any part that came."""

    frame: Frame
    first_serial: int
    parts: tuple[int, ...]


class _Pending(msgspec.Struct):
    parts: dict[int, Frame]
    heard_at: float
    size: int = 0
    asked: int = 0


class Reassembler:
    """Holds parts until their message is whole; bounded in messages, bytes in all, and waiting.

    A message that stays silent for `patience_s` has its missing parts asked for, at most `asks`
    times, then it is given up. Times are seconds of any monotonic clock, given by the caller.
    """

    def __init__(
        self,
        *,
        max_pending: int = 8,
        max_bytes: int = 4 << 20,
        patience_s: float = 10.0,
        asks: int = 3,
    ) -> None:
        self._max_pending = max_pending
        self._max_bytes = max_bytes
        self._patience_s = patience_s
        self._asks = asks
        self._pending: dict[_Key, _Pending] = {}
        self._bytes = 0

    @property
    def held_bytes(self) -> int:
        """What the parts held cost."""
        return self._bytes

    def add(self, part: Frame, now: float) -> tuple[Frame | None, list[Abandoned]]:
        """Take one part; give the whole message when it completes one, and what was given up."""
        if BAD_PACKAGE in part.defects:
            return None, [Abandoned(BAD_NUMBER, (part,))]
        first = (part.serial - part.package + 1) % _SERIALS
        key = (part.terminal, part.message_id, first, part.packages)
        abandoned = []
        pending = self._pending.get(key)
        if pending is None:
            if len(self._pending) >= self._max_pending:
                abandoned.append(self._drop(next(iter(self._pending)), TOO_MANY))
            pending = self._pending[key] = _Pending({}, now)
        self._store(pending, part, now)
        if self._bytes > self._max_bytes:
            abandoned.append(self._drop(key, TOO_LARGE))
            return None, abandoned
        if len(pending.parts) < part.packages:
            return None, abandoned
        self._forget(key)
        return _join(pending.parts, part.packages), abandoned

    def expire(self, now: float) -> tuple[list[Missing], list[Abandoned]]:
        """The parts to ask for now, and the messages given up."""
        missing, abandoned = [], []
        for key, pending in list(self._pending.items()):
            if now - pending.heard_at < self._patience_s:
                continue
            if pending.asked >= self._asks:
                abandoned.append(self._drop(key, TOO_OLD))
                continue
            pending.asked += 1
            pending.heard_at = now
            missing.append(_find_missing(key, pending))
        return missing, abandoned

    def _store(self, pending: _Pending, part: Frame, now: float) -> None:
        earlier = pending.parts.get(part.package)
        # A part that comes again replaces its first copy: the sender timed out on it.
        grown = _cost(part) - (_cost(earlier) if earlier else 0)
        pending.size += grown
        self._bytes += grown
        pending.heard_at = now
        pending.parts[part.package] = part

    def _forget(self, key: _Key) -> _Pending:
        pending = self._pending.pop(key)
        self._bytes -= pending.size
        return pending

    def _drop(self, key: _Key, code: str) -> Abandoned:
        parts = self._forget(key).parts
        return Abandoned(code, tuple(parts[number] for number in sorted(parts)))


def _cost(part: Frame) -> int:
    return len(part.body) + _PART_BYTES


def _find_missing(key: _Key, pending: _Pending) -> Missing:
    first_serial, packages = key[2], key[3]
    absent = []
    for number in range(1, packages + 1):
        if number not in pending.parts:
            absent.append(number)
            if len(absent) == _MAX_ASKED:
                break
    return Missing(next(iter(pending.parts.values())), first_serial, tuple(absent))


def _join(parts: dict[int, Frame], count: int) -> Frame:
    """The message, with the serial of its last part: the one a sender waits for."""
    ordered = [parts[number] for number in range(1, count + 1)]
    defects = tuple(dict.fromkeys(defect for part in ordered for defect in part.defects))
    last = ordered[-1]
    return replace(
        last,
        attributes=last.attributes & ~SPLIT_BIT,
        body=b"".join([part.body for part in ordered]),
        packages=0,
        package=0,
        defects=defects,
    )
