"""The store under random SIGKILL: what was acknowledged is there once, by count and checksum."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from ipudong.store import batches, layout
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake

# Keeps one writer and one worker alive: for each line it reads it forks the process named there.
NURSERY = """
import asyncio, os, signal, sys
from datetime import date
from ipudong.store import batches
from ipudong.store.group_commit import GroupCommit
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
place = sys.argv[1]

async def write(start):
    group = GroupCommit(SqliteJournal(place + "/journal.sqlite3"))
    async def send(stream):
        for turn in range(10**9):
            minute = start + turn
            await group.submit(
                "observations", [stream] * 2, [minute * 60_000_000, 0], [turn, minute], [0, 0]
            )
            os.write(1, b"ok %d %d %d\\n" % (stream, minute, turn))
            await asyncio.sleep(0.001)
    await asyncio.gather(*(send(stream) for stream in range(4)))

def work():
    lake, journal = Lake(place + "/lake"), SqliteJournal(place + "/journal.sqlite3")
    while True:
        lake.seal(journal, max_rows=50)
        lake.compact_due(max_files=4)
        lake.roll_up()

for line in sys.stdin:
    name, start = line.split()
    if (child := os.fork()) == 0:
        asyncio.run(write(int(start))) if name == "write" else work()
    os.write(1, b"pid %d\\n" % child)
"""

ROUNDS = 12


class Nursery:
    """A writer and a worker that come back after each kill, and what the writer acknowledged."""

    def __init__(self, place: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY, str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.acknowledged: dict[tuple[int, int], float] = {}

    def start(self, name: str, number: int) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{name} {number}\n".encode())
        self.process.stdin.flush()
        while not (line := self._read_line()).startswith(b"pid "):
            self._note(line)
        return int(line.split()[1])

    def listen(self, lines: int) -> None:
        for _ in range(lines):
            self._note(self._read_line())

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        for line in self.process.stdout:
            self._note(line)
        self.process.stdout.close()
        self.process.wait()

    def _read_line(self) -> bytes:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def _note(self, line: bytes) -> None:
        if line.startswith(b"ok ") and line.endswith(b"\n"):
            stream, minute, turn = (int(word) for word in line.split()[1:])
            self.acknowledged[stream, minute] = float(turn)


def test_random_kills_of_writer_and_worker_lose_and_double_nothing(tmp_path: Path) -> None:
    nursery, chance = Nursery(tmp_path), random.Random(12)
    for turn in range(ROUNDS):
        writer = nursery.start("write", 1 + turn * 1_000_000)
        worker = nursery.start("work", 0)
        nursery.listen(chance.randint(40, 400))
        time.sleep(chance.random() / 10)
        for victim in chance.sample([writer, worker], 2):
            os.kill(victim, signal.SIGKILL)
    nursery.end()

    journal, lake = SqliteJournal(tmp_path / "journal.sqlite3"), Lake(tmp_path / "lake")
    history = History(lake, journal)
    before = history.count_and_checksum()
    while not lake.seal(journal).is_drained:
        pass
    assert history.count_and_checksum() == before
    lake.compact_due(max_files=1)
    assert history.count_and_checksum() == before

    rows = history.read()
    minutes = batches.to_numpy(rows, "time") // 60_000_000
    streams = batches.to_numpy(rows, "datastream")
    found = dict(
        zip(
            zip(streams.tolist(), minutes.tolist(), strict=True),
            rows.column("result").to_pylist(),
            strict=True,
        )
    )
    assert len(found) == rows.num_rows == before[0]
    assert len(nursery.acknowledged) >= ROUNDS * 40
    assert nursery.acknowledged.items() <= found.items()
    # Beyond the acknowledged there is at most what each kill cut off between fsync and its answer,
    # and minute 0, which every submission wrote again and again.
    assert len(found) - len(nursery.acknowledged) <= 4 * ROUNDS + 4
    last = {stream: max(m for s, m in found if s == stream) for stream in range(4)}
    assert all(found[stream, 0] == minute for stream, minute in last.items())
    check_by_checksum(found, before)
    journal.close()


def check_by_checksum(found: dict[tuple[int, int], float], measured: tuple[int, int]) -> None:
    streams, minutes = (np.array(column) for column in zip(*found, strict=True))
    rows = batches.observations(streams, minutes * 60_000_000, list(found.values()))
    assert measured == (len(found), layout.checksum(rows))
