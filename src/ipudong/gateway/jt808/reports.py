"""Location reports of all connections: gathered as bytes, decoded a commit at a time.

The pipeline asks for them (`fill`) when it is about to commit; they become track positions and
observations, and are acknowledged once both are durable.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog
from numpy.typing import NDArray

from ipudong.gateway import figures
from ipudong.gateway.columns import FIXED, Positions
from ipudong.gateway.jt808.packets import escape_answers, read_packets, write_answers
from ipudong.protocols.jt808.header import Frame
from ipudong.protocols.jt808.locations import Flaw, Locations, decode_locations

if TYPE_CHECKING:
    from ipudong.gateway.jt808.connection import Connection
    from ipudong.gateway.jt808.server import Server

log = structlog.get_logger()

MAX_GATHERED: Final = 8192  # reports decoded at once; beyond it the pipeline's bound counts them


@dataclass(slots=True)
class _Group:
    """Reports of one commit. `pieces` stand as they came, `counts` of them from each of `senders`;
    `bodies` were taken out of messages one by one, each with its connection."""

    senders: "list[Connection]" = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    things: list[int] = field(default_factory=list)
    answers: "list[tuple[Connection, Frame]]" = field(default_factory=list)
    rows: int = 0
    is_lost: bool = False
    # Of the pieces that were plain packets, in their order.
    plain: "_Plain | None" = None


@dataclass(slots=True)
class _Plain:
    """Plain packets by connection: how many each, where their answers begin, and the serials."""

    counts: list[int]
    is_long: NDArray[np.bool_]
    sender: NDArray[np.intp]  # by packet, which of the group's connections
    serial: NDArray[np.uint16]


class Reports:
    """Gathers reports between two commits. Use it from the server's loop."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._group: _Group | None = None
        self._is_filling = False

    # Gathering.

    def add(self, sender: "Connection", pieces: list[bytes]) -> None:
        """Take pieces that begin like location reports, from a terminal that is known."""
        group = self._group or self._open()
        group.senders.append(sender)
        group.counts.append(len(pieces))
        group.pieces += pieces
        group.rows += len(pieces)
        if group.rows >= MAX_GATHERED:
            self.fill()

    def add_bodies(
        self, sender: "Connection", thing_id: int, bodies: list[bytes], frame: Frame | None = None
    ) -> None:
        """Take the reports of one message; if it is given, it is answered when all are durable."""
        group = self._group or self._open()
        group.bodies += bodies
        group.things += [thing_id] * len(bodies)
        if frame is not None:
            group.answers.append((sender, frame))
        group.rows += len(bodies)
        if group.rows >= MAX_GATHERED:
            self.fill()

    def _open(self) -> _Group:
        group = self._group = _Group()
        self._server.pipeline.wait(lambda error: self._settle(group, error))
        return group

    # Decoding.

    def fill(self) -> None:
        """Put what was gathered into the pipeline's buffers."""
        group = self._group
        if group is None or self._is_filling:
            return
        self._is_filling = True
        try:
            bodies, things = self._list_bodies(group)
            if bodies:
                self._take(bodies, things)
        except Exception:  # a fault of ours: what it concerns is sent again, the others go on
            group.is_lost = True
            figures.FAILED_STEPS.labels("jt808_reports").inc()
            log.exception("jt808_reports_failed", reports=group.rows)
        finally:
            self._group, self._is_filling = None, False

    def _list_bodies(self, group: _Group) -> tuple[list[bytes], NDArray[np.int32]]:
        """Bodies of all reports of a group and whose they are."""
        if not group.pieces:
            return group.bodies, np.array(group.things, np.int32)
        senders = group.senders
        sender = np.repeat(np.arange(len(senders)), group.counts)
        names = b"".join([connection.sender for connection in senders])
        table = np.frombuffer(names, np.uint8).reshape(len(senders), -1)
        is_long = np.array([connection.is_long for connection in senders], np.bool_)
        packets = read_packets(group.pieces, table[sender], is_long[sender])
        plain = packets.is_plain
        if not plain.all():
            for row in np.flatnonzero(~plain).tolist():
                senders[sender[row]].take_unusual(group.pieces[row])
        rows = np.flatnonzero(plain)
        bodies = packets.list_bodies(rows.tolist())
        counts = np.bincount(sender[rows], minlength=len(senders)).tolist()
        group.plain = _Plain(counts, is_long, sender[rows], packets.serial[rows])
        owners = np.array([connection.thing_id for connection in senders], np.int32)[sender[rows]]
        self._server.fleet.note_serials(owners, group.plain.serial)
        things = np.concatenate([owners, np.array(group.things, np.int32)])
        return bodies + group.bodies, things

    def _take(self, bodies: list[bytes], things: NDArray[np.int32]) -> None:
        server = self._server
        now_us = server.now_us()
        found = decode_locations(bodies, now_us)
        positions = make_positions(things, found, now_us)
        pipeline = server.pipeline
        pipeline.positions.extend(positions)
        server.fleet.note_reports(things, found, now_us)
        columns = server.fleet.read_observations(things, found, positions.time_us)
        if columns is not None:
            pipeline.buffer.extend(*columns)

    # Acknowledging.

    def _settle(self, group: _Group, error: Exception | None) -> None:
        """All of a group is durable, or was refused: then the terminals hear nothing and resend."""
        if error is not None or group.is_lost:
            return
        tally = self._server.tally
        tally.readings += group.rows
        tally.acknowledged += len(group.answers)
        if group.plain is not None:
            tally.acknowledged += len(group.plain.serial)
            self._answer_plain(group, group.plain)
        for connection, frame in group.answers:
            connection.answer(frame)

    @staticmethod
    def _answer_plain(group: _Group, plain: _Plain) -> None:
        senders, counts = group.senders, plain.counts
        ours = [
            connection.session.take_serials(count)
            for connection, count in zip(senders, counts, strict=True)
        ]
        ends = np.cumsum(counts)
        rank = np.arange(len(plain.serial)) - (ends - counts)[plain.sender]
        serial = (np.array(ours)[plain.sender] + rank).astype(np.uint16)
        names = b"".join([connection.sender for connection in senders])
        table = np.frombuffer(names, np.uint8).reshape(len(senders), -1)
        for is_long in (False, True):
            here = plain.is_long == is_long
            rows = here[plain.sender]
            if not rows.any():
                continue
            which = plain.sender[rows]
            answers, width, to_escape = write_answers(
                table[which], is_long, serial[rows], plain.serial[rows]
            )
            escaped = set(which[to_escape].tolist())
            at = 0
            for place in np.flatnonzero(here).tolist():
                end = at + counts[place] * width
                data = answers[at:end]
                at = end
                if data:
                    if place in escaped:
                        data = escape_answers(data, width)
                    senders[place].write(data)


def make_positions(things: NDArray[np.int32], found: Locations, now_us: int) -> Positions:
    """Reports as positions. One that does not hold loses its mark FIXED; one without a readable
    time is kept at the time of receipt."""
    no_time = found.flaws & (Flaw.TIME | Flaw.SHORT) != 0
    status = np.where(found.is_valid, found.status, found.status & np.uint32(~FIXED & 0xFFFF_FFFF))
    return Positions(
        thing=things,
        time_us=np.where(no_time, now_us, found.time_us),
        lon=found.lon,
        lat=found.lat,
        speed=found.speed,
        heading=found.heading,
        altitude=found.altitude,
        status=status.astype(np.uint32),
    )
