"""What a simulated terminal measures and does when the platform asks."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from ipudong.protocols.jt808.message_types import Message
from ipudong.simulator.vehicles.source import Motion, VehicleSource

BEIJING: Final = timezone(timedelta(hours=8))
ACC_ON, FIXED, LOCKED, GPS, BEIDOU = 1, 1 << 1, 1 << 12, 1 << 18, 1 << 19
OVERSPEED: Final = 1 << 1
HEARTBEAT_S, REPORT_S, SPEED_LIMIT = 0x0001, 0x0029, 0x0055
OK, UNSUPPORTED = 0, 3
CONTROL_VEHICLE, TRACK, SET_PARAMETERS, TEXT = 0x8500, 0x8202, 0x8103, 0x8300
DONE: Final = frozenset({TRACK, SET_PARAMETERS, TEXT, 0x8105, 0x8203, *range(0x8600, 0x8608)})
MAX_PARAMETER_S: Final = 86_400


class SimulatedTerminal:
    """The terminal of one vehicle; `now` is the simulated district's present."""

    def __init__(
        self,
        source: VehicleSource,
        now: Callable[[], datetime],
        *,
        clock_offset: timedelta = timedelta(0),
        stuck_at: datetime | None = None,
    ) -> None:
        self._source = source
        self._now = now
        self._clock_offset = clock_offset
        self._stuck_at = stuck_at
        self._is_locked = False
        self._tracked_until = now()
        self._track_s = source.vehicle.interval_s
        self.parameters: dict[int, Any] = {
            HEARTBEAT_S: 60,
            REPORT_S: source.vehicle.interval_s,
            SPEED_LIMIT: 80,
        }
        self.attributes: dict[str, Any] = {
            "terminal_type": 0b11,
            "maker": "IPDSM",
            "model": "SIM-1",
            "terminal_id": source.vehicle.phone[-7:],
            "iccid": "89860000000000000000",
            "hardware": "1",
            "firmware": "1.0",
            "gnss": 0b11,
            "radio": 1,
        }
        self.driver: dict[str, Any] = {
            "card_state": 1,
            "time": self._format(self._now()),
            "result": 0,
            "name": "张师傅",
            "license": source.vehicle.phone,
            "authority": "浦东",
            "valid_until": "20301231",
            "identity_card": "",
        }

    @property
    def report_every_s(self) -> float:
        """Seconds between two reports now."""
        if self._now() < self._tracked_until:
            return self._track_s
        return float(min(max(int(self.parameters[REPORT_S]), 1), MAX_PARAMETER_S))

    @property
    def beat_every_s(self) -> float:
        """Seconds between two heartbeats."""
        return float(min(max(int(self.parameters[HEARTBEAT_S]), 1), MAX_PARAMETER_S))

    def read_location(self) -> dict[str, Any]:
        """The values of a location report."""
        at = self._now()
        motion = self._source.read_motion(self._stuck_at or at)
        is_fast = motion.speed > float(self.parameters[SPEED_LIMIT])
        return {
            "alarm": OVERSPEED if is_fast else 0,
            "status": ACC_ON | FIXED | GPS | BEIDOU | (LOCKED if self._is_locked else 0),
            "latitude": motion.lat,
            "longitude": motion.lon,
            "altitude": 4,
            "speed": motion.speed,
            "heading": round(motion.heading) % 360,
            "time": self._format(at),
            "items": self._items(motion),
        }

    def _items(self, motion: Motion) -> list[dict[str, Any]]:
        rows = (
            (0x01, motion.mileage_km),
            (0x02, 20 + motion.mileage_km * 7 % 60),
            (0x30, 20 + int(motion.mileage_km) % 11),
            (0x31, 8 + int(motion.mileage_km * 3) % 7),
        )
        return [{"id": number, "value": value} for number, value in rows]

    def execute(self, message: Message) -> int:
        """Do what the platform asks; 3 for what this terminal cannot do."""
        values = message.values
        if message.message_id == TRACK:
            self._track_s = values["interval_s"] or self._track_s
            self._tracked_until = self._now() + timedelta(seconds=values["validity_s"])
        return OK if message.message_id in DONE else UNSUPPORTED

    def _format(self, at: datetime) -> str:
        return f"{(at + self._clock_offset).astimezone(BEIJING):%Y-%m-%dT%H:%M:%S}"
