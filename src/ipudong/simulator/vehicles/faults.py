"""What goes wrong with a vehicle's terminal, on demand."""

from typing import Final

from ipudong.simulator.faults import Faults, StationFaults

MARK: Final = b"\x7e"


class VehicleFaults(StationFaults):
    """The faults of one vehicle: the shares mean what they mean for stations."""

    def __init__(self, faults: Faults, phone: str, seed: int) -> None:
        super().__init__(faults, phone, seed)

    def spoil(self, frame: bytes) -> bytes:
        """The frame as it arrives: whole, with a wrong checksum, or not at all (b"")."""
        if self._random.random() < self._faults.lost:
            return b""
        if self._random.random() < self._faults.crc:
            return spoil_checksum(frame)
        return frame


def spoil_checksum(frame: bytes) -> bytes:
    """The first packet of these with its last byte before the mark changed."""
    end = frame.index(MARK, 1)
    last = frame[end - 1] ^ 0x10
    if last in (0x7D, 0x7E):
        last ^= 0x01
    return frame[: end - 1] + bytes((last,)) + frame[end:]
