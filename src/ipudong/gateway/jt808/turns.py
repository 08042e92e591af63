"""Reads of one TCP connection in turns, so that no sender takes the turn of another."""

import asyncio
from collections import deque
from typing import cast

from ipudong.gateway.pipeline import Pipeline

WRITE_BEHIND_BYTES = 65536
LOOK_AGAIN_S = 0.1


class TurnProtocol(asyncio.Protocol):
    """Gives `take` at most `read_bytes` in one turn, and nothing while the pipeline is full or the
    peer does not read its answers."""

    def __init__(self, pipeline: Pipeline, read_bytes: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._pipeline = pipeline
        self._read_bytes = read_bytes
        self._transport: asyncio.Transport | None = None
        self._backlog: deque[bytes] = deque()
        self._is_paused = False

    @property
    def is_behind(self) -> bool:
        """Whether bytes wait for their turn, or for room in the pipeline."""
        return self._is_paused

    def take(self, data: bytes) -> None:
        """Handle bytes of the stream."""
        raise NotImplementedError

    def attach(self, transport: asyncio.BaseTransport) -> None:
        """Read from this transport and write to it."""
        self._transport = cast(asyncio.Transport, transport)

    def detach(self) -> asyncio.Transport | None:
        """Read and write no more; what was being used."""
        transport, self._transport = self._transport, None
        self._backlog.clear()
        return transport

    def data_received(self, data: bytes) -> None:
        """Take one turn's worth; the rest waits behind the other connections."""
        if self._transport is None:
            return
        bound = self._read_bytes
        if len(data) <= bound and not self._backlog and not self._pipeline.is_full:
            self.take(data)
            return
        self._backlog.extend(data[at : at + bound] for at in range(0, len(data), bound))
        self._pause()

    def pause_writing(self) -> None:
        """A peer that does not read its answers is not read either."""
        self._pause()

    def resume_writing(self) -> None:
        """It reads again; `_continue` looks by itself."""

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""
        if self._transport is not None:
            self._transport.write(data)

    def _pause(self) -> None:
        if self._is_paused or self._transport is None:
            return
        self._is_paused = True
        self._transport.pause_reading()
        self._schedule()

    def _schedule(self) -> None:
        if self._pipeline.is_full:
            self._pipeline.on_room(self._continue)
        else:
            self._loop.call_soon(self._continue)

    def _continue(self) -> None:
        if self._backlog and self._transport is not None and not self._pipeline.is_full:
            self.take(self._backlog.popleft())
        if self._transport is None:
            return
        if self._backlog or self._pipeline.is_full:
            self._schedule()
        elif self._transport.get_write_buffer_size() > WRITE_BEHIND_BYTES:
            self._loop.call_later(LOOK_AGAIN_S, self._continue)
        else:
            self._is_paused = False
            self._transport.resume_reading()
