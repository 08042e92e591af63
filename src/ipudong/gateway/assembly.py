"""The gateway put together: journal, pipeline, live state, stations, and each second's work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import structlog
from django.db import OperationalError
from numpy.typing import NDArray

from ipudong.city.sensing import queries, services
from ipudong.city.sensing.changes import Changes
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.directory import directory_version
from ipudong.city.sensing.rules import RuleEngine
from ipudong.city.sensing.services.positions import store_latest_positions
from ipudong.gateway import figures, records
from ipudong.gateway.columns import Columns, Positions
from ipudong.gateway.doors import make_doors
from ipudong.gateway.hj212.bounds import Bounds
from ipudong.gateway.hj212.server import Server, wall_clock_us
from ipudong.gateway.jt808 import server as jt808
from ipudong.gateway.jt808.bounds import Bounds as Jt808Bounds
from ipudong.gateway.judge import BatchJudge
from ipudong.gateway.live.alarms import describe_alarm
from ipudong.gateway.live.hub import Hub
from ipudong.gateway.live.latest import LatestReadings
from ipudong.gateway.live.position_feed import PositionFeed
from ipudong.gateway.live.positions import LatestPositions, list_rows
from ipudong.gateway.live.restore import read_latest, read_positions
from ipudong.gateway.live.topics import Topic
from ipudong.gateway.mqtt.door import make_server as make_mqtt_server
from ipudong.gateway.options import LIVE_MAX_WATCHERS, LIVE_MAX_WATCHERS_PER_PEER
from ipudong.gateway.outbox import take_outgoing, write_ended
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.reloads import Reloads
from ipudong.gateway.sensorthings.mqtt import Topics
from ipudong.gateway.snapshot import Snapshot, load_snapshot
from ipudong.store.group_commit import GroupCommit
from ipudong.store.journal import Journal

log = structlog.get_logger()

Result = TypeVar("Result")

PUBLISH_S = 0.5
SECOND_S = 1.0
HEARTBEAT_S = 15.0
DRAIN_S = 1.5


class Gateway:
    """All of the gateway but its HTTP face. Make it with `open_gateway`, in a running loop."""

    def __init__(
        self,
        snapshot: Snapshot,
        journal: Journal,
        *,
        bounds: Bounds | None = None,
        accept: frozenset[str] = frozenset(),
        jt808_bounds: Jt808Bounds | None = None,
        now_us: Callable[[], int] = wall_clock_us,
    ) -> None:
        self.snapshot = snapshot
        self.journal = journal
        self.now_us = now_us
        self.committer = GroupCommit(journal)
        self.judge = BatchJudge(snapshot.directory, RuleEngine(snapshot.rules))
        self.latest = LatestReadings()
        self.positions = LatestPositions()
        self.records = records.Records()
        self.hub = Hub(
            self.latest,
            self._find_datastreams,
            epoch=f"{now_us():x}",
            max_watchers=LIVE_MAX_WATCHERS.get(),
            max_watchers_per_peer=LIVE_MAX_WATCHERS_PER_PEER.get(),
        )
        self.feed = PositionFeed(self.positions, self._find_things)
        self.hub.attach(self.feed)
        self.pipeline = Pipeline(
            self.committer,
            judge=self.judge,
            judge_positions=self.judge.judge_positions,
            followers=[self._follow],
            position_followers=[self._follow_positions],
            now_us=now_us,
        )
        self.hj212 = Server(
            self.pipeline, self.records, bounds=bounds, accept=accept, now_us=now_us
        )
        self.jt808 = jt808.Server(self.pipeline, self.records, bounds=jt808_bounds, now_us=now_us)
        self.mqtt = make_mqtt_server(
            self.pipeline, self.records, lambda: self.snapshot.directory, now_us=now_us
        )
        self.topics: Topics | None = None  # set by the HTTP face, whose services they use
        self.doors = make_doors(self)
        for door in self.doors:
            door.use_snapshot(snapshot)
        self._changed: list[NDArray[np.int32]] = []
        self._moved: list[NDArray[np.int32]] = []
        self._found: list[Changes] = []
        self._alarms_seen_at = self.now() - timedelta(seconds=1)
        self._tasks: list[asyncio.Task[None]] = []
        # One thread for writes: SQLite has one writer, and their order is kept.
        self._database = ThreadPoolExecutor(1, "gateway-database")
        self.reloads = Reloads(self._load)

    def now(self) -> datetime:
        """The wall clock, aware."""
        return from_us(self.now_us())

    async def open_doors(self) -> dict[str, int]:
        """Listen at every door the settings open; their ports by protocol."""
        ports = {door.name: await door.open() for door in self.doors}
        return {name: port for name, port in ports.items() if port}

    def start(self) -> None:
        """Begin the work of each second."""
        self._tasks = [
            asyncio.create_task(self._repeat(step, every_s, name))
            for step, every_s, name in (
                (self._publish, PUBLISH_S, "publish"),
                (self._tick, SECOND_S, "tick"),
                (self._write_alarms, SECOND_S, "write_alarms"),
                (self._write_latest, SECOND_S, "write_latest"),
                (self._write_positions, SECOND_S, "write_positions"),
                (self._write_records, SECOND_S, "write_records"),
                (self._reload, SECOND_S, "reload"),
                (self._exchange_commands, SECOND_S, "commands"),
                (self._publish_alarms, SECOND_S, "alarms"),
                (self._beat, HEARTBEAT_S, "heartbeat"),
            )
        ]

    async def stop(self) -> None:
        """Commit what was taken in, write what was noted, end streams and connections."""
        for door in self.doors:
            door.stop_listening()
        self.hub.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.reloads.stop()
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.pipeline.drain()
                await self.committer.close()
        except TimeoutError:
            log.warning("gateway_stopped_before_the_journal", rows=self.pipeline.waiting_rows)
        for door in self.doors:
            door.close_connections()
        await asyncio.sleep(0)
        for step in (
            self._write_alarms,
            self._write_latest,
            self._write_positions,
            self._write_records,
        ):
            await self._guard(step, "last_write")
        self._database.shutdown(wait=True)
        self.journal.close()

    def check_journal(self) -> None:
        """Raises what the journal last refused a batch for; a check of `/readyz`."""
        if self.pipeline.last_error is not None:
            raise self.pipeline.last_error

    async def in_database(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Run a write of the database in its thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database, work, *arguments)

    def _find_things(self, system: str) -> NDArray[np.int32]:
        return self.snapshot.find_things(system)

    def _find_datastreams(self, topic: Topic) -> NDArray[np.int32]:
        return self.snapshot.find_datastreams(topic)

    # What follows a durable batch.

    def _follow(self, columns: Columns, found: Sequence[Changes]) -> None:
        changed = self.latest.update(columns)
        self.hub.note_changed(changed)
        if len(changed):
            self._changed.append(changed)
        self._found.extend(found)
        if self.topics is not None:
            self.topics.follow(columns)

    def _follow_positions(self, positions: Positions) -> None:
        moved = self.positions.update(positions)
        self.feed.note_moved(moved)
        if len(moved):
            self._moved.append(moved)

    # Steps.

    async def _repeat(self, step: Callable[[], Awaitable[None]], every_s: float, name: str) -> None:
        while True:
            await asyncio.sleep(every_s)
            await self._guard(step, name)

    async def _guard(self, step: Callable[[], Awaitable[None]], name: str) -> None:
        try:
            await step()
        except Exception:  # a database that is away must not stop the intake
            figures.FAILED_STEPS.labels(name).inc()
            log.exception("gateway_step_failed", step=name)

    async def _publish(self) -> None:
        self.hub.publish()
        figures.WAITING_ROWS.set(self.pipeline.waiting_rows)

    async def _beat(self) -> None:
        self.hub.heartbeat()

    async def _tick(self) -> None:
        for door in self.doors:
            door.tick()
        if self.topics is not None:
            self.topics.tick()

    async def _write_records(self) -> None:
        notes = self.records.take()
        try:
            await self.in_database(records.write, notes, self.now())
        except OperationalError:  # the database is away; any other fault is of the notes themselves
            self.records.put_back(notes)
            raise

    async def _write_latest(self) -> None:
        earlier = self.latest.take_earlier()
        if len(earlier):
            self._changed.append(earlier)
        if not self._changed:
            return
        changed, self._changed = self._changed, []
        rows = self.latest.take(np.unique(np.concatenate(changed)))
        try:
            await self.in_database(
                services.store_latest,
                rows.datastream,
                rows.time_us,
                rows.result,
                rows.quality,
                rows.first_us,
            )
        except Exception:
            self._changed.append(rows.datastream)  # offered again in a second
            raise

    async def _write_positions(self) -> None:
        if not self._moved:
            return
        moved, self._moved = self._moved, []
        rows = self.positions.take(np.unique(np.concatenate(moved)))
        try:
            await self.in_database(store_latest_positions, list_rows(rows))
        except Exception:
            self._moved.append(rows.thing)  # offered again in a second
            raise

    async def _write_alarms(self) -> None:
        found, self._found = self._found, []
        for at, changes in enumerate(found):
            try:
                await self.in_database(_apply_changes, changes, self.now())
            except Exception:
                self._found[:0] = found[at:]
                raise

    async def _publish_alarms(self) -> None:
        """Alarms changed by anybody: our rules, the worker's silence, a person at a page."""
        alarms = await asyncio.to_thread(queries.list_alarm_changes, self._alarms_seen_at)
        if alarms:
            self._alarms_seen_at = alarms[-1].changed_at
            self.hub.publish_alarms([describe_alarm(alarm) for alarm in alarms])

    async def _exchange_commands(self) -> None:
        at = self.now()
        by_thing = {thing: door for door in self.doors for thing in door.list_connected()}
        for outgoing in await self.in_database(take_outgoing, list(by_thing), at):
            by_thing[outgoing.thing_id].start_command(outgoing)
        ended = [row for door in self.doors for row in door.take_ended()]
        if ended:
            await self.in_database(write_ended, ended, at)

    async def _reload(self) -> None:
        version = await asyncio.to_thread(directory_version)
        if version == self.snapshot.directory.version:
            return
        await self._load()
        log.info("directory_reloaded", version=version)

    async def _load(self) -> None:
        """Take over what is committed now; another load may have been quicker."""
        snapshot = await asyncio.to_thread(load_snapshot)
        if snapshot.directory.version >= self.snapshot.directory.version:
            self.use(snapshot)

    def use(self, snapshot: Snapshot) -> None:
        """Work with another snapshot from now on; connections and alarms stand."""
        self.snapshot = snapshot
        self.judge.directory = snapshot.directory
        self.judge.engine.take_over(snapshot.rules)
        for door in self.doors:
            door.use_snapshot(snapshot)
        self.records.forget_offered()

    async def restore(self) -> None:
        """Fill the live state from the database and the journal: what a restart forgot."""
        for rows in await asyncio.to_thread(read_latest, self.journal):
            self.latest.update(rows)
        for positions in await asyncio.to_thread(read_positions, self.journal):
            self.positions.update(positions)


def _apply_changes(changes: Changes, at: datetime) -> None:
    services.apply_rule_changes(changes, at=at)


async def open_gateway(journal: Journal, **more: Any) -> Gateway:
    """A gateway with the district's present devices, rules and latest readings."""
    gateway = Gateway(await asyncio.to_thread(load_snapshot), journal, **more)
    await gateway.restore()
    await asyncio.to_thread(services.disconnect_all)
    gateway._alarms_seen_at = datetime.now(UTC)
    return gateway
