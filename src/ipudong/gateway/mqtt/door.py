"""The MQTT server as one of the gateway's doors."""

import asyncio
import sqlite3
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog

from ipudong.city.sensing.directory import Directory
from ipudong.gateway.api.access import Desk
from ipudong.gateway.mqtt import options
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.gateway.mqtt.bounds import Bounds
from ipudong.gateway.mqtt.broker import Broker
from ipudong.gateway.mqtt.keeping import Changes, Keeper
from ipudong.gateway.mqtt.server import Server
from ipudong.gateway.mqtt.tls import make_context
from ipudong.gateway.outbox import Ended, Outgoing
from ipudong.gateway.payloads.interpreter import PayloadInterpreter
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.gateway.snapshot import Snapshot
from ipudong.options import data_path

log = structlog.get_logger()

STATE_FILE: Final = "mqtt.sqlite3"


def make_server(
    pipeline: Pipeline,
    records: Records,
    find_directory: Callable[[], Directory],
    *,
    now_us: Callable[[], int],
    bounds: Bounds | None = None,
) -> Server:
    """The server as the settings say, with the house's own reading of payloads."""

    def publish(topic: str, payload: bytes) -> int:
        return broker.publish(topic, payload)

    interpreter = PayloadInterpreter(pipeline, records, find_directory, publish)
    broker = Broker(
        pipeline,
        records,
        interpreter,
        bounds=bounds or Bounds.from_options(),
        now_us=now_us,
        answer_timeout_s=options.ANSWER_TIMEOUT_S.get(),
    )
    return Server(broker, Desk(), accept_unknown=options.ACCEPT_UNKNOWN.get())


class MqttDoor:
    """Devices and integrators that speak MQTT."""

    name = PROTOCOL

    def __init__(self, server: Server) -> None:
        self.server = server
        self.broker = server.broker
        self.list_connected = server.broker.list_connected
        self._keeper: Keeper | None = None
        self._thread = ThreadPoolExecutor(1, "mqtt-state")
        self._writing: asyncio.Task[None] | None = None

    async def open(self) -> int:
        """Listen as the settings say; the plain port, or that of TLS where only it is open."""
        self.restore(data_path(STATE_FILE))
        plain = tls = 0
        if options.TLS_CERTIFICATE.get():
            context = make_context(
                options.TLS_CERTIFICATE.get(), options.TLS_KEY.get(), options.TLS_CLIENT_CA.get()
            )
            tls = await self.listen(options.TLS_HOST.get(), options.TLS_PORT.get(), context)
        if options.PORT.get():
            plain = await self.listen(options.HOST.get(), options.PORT.get())
        return plain or tls

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen; the port (a free one for 0)."""
        return await self.server.listen(host, port, tls)

    def restore(self, path: Path) -> None:
        """Take up what an earlier run kept, and keep sessions and retained messages from now on.

        A file that is damaged is put aside: devices must be able to connect all the same.
        """
        try:
            self._keeper = Keeper(self.broker, path)
            self._keeper.restore()
        except sqlite3.DatabaseError:
            log.exception("mqtt_state_damaged", file=str(path))
            path.replace(path.with_suffix(".damaged"))
            self._keeper = Keeper(self.broker, path)

    def use_snapshot(self, snapshot: Snapshot) -> None:
        """Know these devices from now on."""
        self.server.use_directory(snapshot.directory)

    def tick(self) -> None:
        """Time-outs and counts; what changed goes to disk."""
        self.server.tick()
        if self._keeper is not None and (self._writing is None or self._writing.done()):
            changes = self._keeper.take()
            if changes:
                self._writing = self.broker.loop.create_task(self._write(self._keeper, changes))

    async def _write(self, keeper: Keeper, changes: Changes) -> None:
        try:
            await self.broker.loop.run_in_executor(self._thread, keeper.write, changes)
        except sqlite3.Error:
            log.exception("mqtt_state_not_written")
            keeper.put_back(changes)

    def start_command(self, outgoing: Outgoing) -> None:
        """Send a command of the outbox."""
        self.broker.commands.start(outgoing)

    def take_ended(self) -> list[Ended]:
        """Commands that were answered, refused or timed out."""
        return self.broker.commands.take_ended()

    def stop_listening(self) -> None:
        """Take no further connections."""
        self.server.stop_listening()

    def close_connections(self) -> None:
        """End every connection; keep sessions and retained messages for the next start."""
        self.server.close_connections()
        self._thread.shutdown(wait=True)
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None
