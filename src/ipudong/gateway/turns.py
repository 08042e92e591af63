"""Reads of one connection in turns, so that no sender takes the turn of another."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import ClassVar, cast

from ipudong.gateway.pipeline import Pipeline


class TurnProtocol(asyncio.Protocol, ABC):
    """Gives `take` at most `read_bytes` in one turn, and nothing while the pipeline is full or the
    peer does not read its answers. A door that has further reasons to wait says so in `must_wait`.
    """

    congested_bytes: ClassVar[int] = 65536
    look_again_s: ClassVar[float] = 0.1

    def __init__(self, pipeline: Pipeline, read_bytes: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._pipeline = pipeline
        self._read_bytes = read_bytes
        self._transport: asyncio.Transport | None = None
        self._backlog: deque[bytes] = deque()
        self._is_paused = False

    # What a door says.

    @property
    def must_wait(self) -> bool:
        """Whether nothing may be taken now."""
        return self._pipeline.is_full

    @abstractmethod
    def take(self, data: bytes) -> None:
        """Handle bytes of the stream."""

    def begin_turn(self) -> None:
        """Called before a turn that had to wait."""

    # The transport.

    def attach(self, transport: asyncio.BaseTransport) -> None:
        """Read from this transport and write to it."""
        self._transport = cast(asyncio.Transport, transport)

    def detach(self) -> asyncio.Transport | None:
        """Read and write no more; what was being used."""
        transport, self._transport = self._transport, None
        self._backlog.clear()
        return transport

    @property
    def is_open(self) -> bool:
        """Whether anything can still be written."""
        return self._transport is not None

    @property
    def is_behind(self) -> bool:
        """Whether bytes wait for their turn, or for room in the pipeline."""
        return self._is_paused

    @property
    def is_congested(self) -> bool:
        """Whether the peer does not read what it is sent."""
        transport = self._transport
        return transport is not None and transport.get_write_buffer_size() > self.congested_bytes

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""
        if self._transport is not None:
            self._transport.write(data)

    # What asyncio calls.

    def data_received(self, data: bytes) -> None:
        """Take one turn's worth; the rest waits behind the other connections."""
        if self._transport is None:
            return
        bound = self._read_bytes
        if len(data) <= bound and not self._backlog and not self.must_wait:
            self.take(data)
            if self.must_wait:
                self.pause()
            return
        self._backlog.extend(data[at : at + bound] for at in range(0, len(data), bound))
        self.pause()

    def pause_writing(self) -> None:
        """A peer that does not read its answers is not read either."""
        self.pause()

    def resume_writing(self) -> None:
        """It reads again; the next turn looks by itself."""

    # Turns.

    def pause(self) -> None:
        """Read nothing more until a turn has come."""
        if self._is_paused or self._transport is None:
            return
        self._is_paused = True
        self._transport.pause_reading()
        self._schedule()

    def _schedule(self) -> None:
        """Have the next turn: when there is room, in a moment, or right behind the others."""
        if self._pipeline.is_full:
            self._pipeline.on_room(self._continue)
        elif self.must_wait or self.is_congested:
            self._loop.call_later(self.look_again_s, self._continue)
        else:
            self._loop.call_soon(self._continue)

    def _continue(self) -> None:
        if self._transport is None:
            return
        self.begin_turn()
        if self._backlog and not self.must_wait:
            self.take(self._backlog.popleft())
        if self._transport is None:
            return
        if self._backlog or self.must_wait or self.is_congested:
            self._schedule()
        else:
            self._is_paused = False
            self._transport.resume_reading()
