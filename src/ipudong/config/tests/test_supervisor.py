"""The supervisor: names what dies, starts it again, and leaves nothing behind."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from ipudong.config import supervisor as module
from ipudong.config.supervisor import Part, Supervisor


class Running:
    """A supervisor in a thread, with what it said."""

    def __init__(self, *parts: Part) -> None:
        self.said: list[tuple[str, str]] = []
        self.supervisor = Supervisor(list(parts), lambda part, line: self.said.append((part, line)))
        self.thread = threading.Thread(target=self.supervisor.run)
        self.thread.start()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def stop(self) -> None:
        self.supervisor.stop()
        self.thread.join(timeout=20)
        assert not self.thread.is_alive()


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """One part that runs until told to stop."""
    monkeypatch.setattr(module, "STABLE_AFTER_S", 0.0)
    part = Part("sleeper", ("options",))
    running = Running(part)
    yield running
    running.stop()


def _children(part: Part) -> list[psutil.Process]:
    """The web server's own workers, which outlive their killed master unless swept."""
    assert part.process is not None
    return psutil.Process(part.process.pid).children(recursive=True)


def test_a_part_that_ends_is_named_and_started_again(sleeper: Running) -> None:
    sleeper.wait_for(
        lambda: ("supervisor", "sleeper ended with status 0; again in 0.2 s") in sleeper.said
    )
    first = len(sleeper.said)
    sleeper.wait_for(lambda: any(part == "sleeper" for part, _ in sleeper.said[first:]))


def test_a_killed_part_is_swept_named_with_its_signal_and_started_again() -> None:
    part = Part("portal", ("portal",), {**os.environ, "IPUDONG_PORTAL_PORT": "0"})
    running = Running(part)
    try:
        running.wait_for(lambda: part.process is not None and bool(_children(part)))
        assert part.process is not None
        killed, left_behind = part.process.pid, _children(part)
        os.kill(killed, signal.SIGKILL)
        running.wait_for(
            lambda: any("portal ended with signal SIGKILL" in line for _, line in running.said)
        )
        running.wait_for(lambda: part.process is not None and part.process.pid != killed)
        running.wait_for(lambda: not any(child.is_running() for child in left_behind))
    finally:
        running.stop()
    assert part.process is not None
    assert part.process.poll() is not None
