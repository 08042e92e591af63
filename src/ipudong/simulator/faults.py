"""Faults on demand: what really goes wrong with stations, as shares of them or of their frames."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import timedelta


class FaultError(ValueError):
    """A fault that cannot be understood; the text says what can."""


@dataclass(frozen=True)
class Faults:
    """Shares from 0 to 1: of frames `lost` on the way or sent with a wrong `crc`; of stations
    that are `dead`, report a `stuck` value, or have a `clock` three days off."""

    lost: float = 0.0
    crc: float = 0.0
    dead: float = 0.0
    stuck: float = 0.0
    clock: float = 0.0


CLOCK_OFFSET = timedelta(days=3)
NO_FAULTS = Faults()


def parse_faults(texts: Iterable[str]) -> Faults:
    """`lost=0.01` and its like, as given on the command line. Raises FaultError."""
    known = [field.name for field in fields(Faults)]
    shares: dict[str, float] = {}
    for text in texts:
        name, _, share = text.partition("=")
        if name not in known:
            raise FaultError(f"{name!r} is no fault; there are {', '.join(known)}")
        try:
            shares[name] = float(share or "1")
        except ValueError:
            raise FaultError(f"{share!r} is no share between 0 and 1") from None
        if not 0 <= shares[name] <= 1:
            raise FaultError(f"{share!r} is no share between 0 and 1")
    return Faults(**shares)


class StationFaults:
    """The faults of one station, drawn once from its identity, so that a run can be repeated."""

    def __init__(self, faults: Faults, identity: str, seed: int) -> None:
        self._random = random.Random(f"{identity}/{seed}")
        self._faults = faults
        draw = self._random.random
        self.is_dead = draw() < faults.dead
        self.is_stuck = draw() < faults.stuck
        self.clock_offset = CLOCK_OFFSET if draw() < faults.clock else timedelta(0)

    def spoil(self, frame: bytes) -> bytes:
        """The frame as it arrives: whole, with a wrong checksum, or not at all (b"")."""
        if self._random.random() < self._faults.lost:
            return b""
        if self._random.random() < self._faults.crc:
            return spoil_checksum(frame)
        return frame


def spoil_checksum(frame: bytes) -> bytes:
    """The frame with one digit of its checksum changed."""
    body, end = frame.removesuffix(b"\r\n"), b"\r\n"
    digit = b"1" if body[-1:] == b"0" else b"0"
    return body[:-1] + digit + end
