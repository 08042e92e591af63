"""Runs the parts of a district as child processes: starts, names, restarts and stops them."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

RESTART_DELAYS_S = (0.2, 1.0, 3.0, 10.0, 30.0)
STABLE_AFTER_S = 60.0
STOP_GRACE_S = 8.0


@dataclass
class Part:
    """One part: its name, the arguments of the `ipudong` command, and its present process."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    due_at: float = field(default=0.0)


class Supervisor:
    """Keeps parts running until told to stop. `say(part, line)` shows what happens."""

    def __init__(self, parts: list[Part], say: Callable[[str, str], None]) -> None:
        self.parts = parts
        self.say = say
        self._stopping = threading.Event()
        self._relays: list[threading.Thread] = []

    def run(self) -> None:
        """Start everything and return once `stop` was called and all parts have ended."""
        for part in self.parts:
            self._start(part)
        while not self._stopping.wait(0.2):
            for part in self.parts:
                self._watch(part)
        self._end_all()

    def stop(self) -> None:
        """Ask `run` to end all parts and return; safe in a signal handler."""
        self._stopping.set()

    def stop_on_signals(self) -> None:
        """End cleanly on Ctrl-C, on termination, and when the terminal is closed."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop())

    def _start(self, part: Part) -> None:
        part.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "ipudong.config.supervised", *part.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the parts in order
            env=dict(part.environment) if part.environment is not None else None,
        )
        part.started_at = time.monotonic()
        relay = threading.Thread(target=self._relay, args=(part, part.process), daemon=True)
        relay.start()
        self._relays = [other for other in self._relays if other.is_alive()] + [relay]

    def _relay(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            return
        with process.stdout as stream:
            for line in stream:
                self.say(part.name, line.decode("utf-8", "replace").rstrip())

    def _watch(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is None:
            if now >= part.due_at:
                self._start(part)
            return
        status = part.process.poll()
        if status is None:
            return
        _sweep(part.process)
        if now - part.started_at > STABLE_AFTER_S:
            part.failures = 0
        delay_s = RESTART_DELAYS_S[min(part.failures, len(RESTART_DELAYS_S) - 1)]
        part.failures += 1
        part.process, part.due_at = None, now + delay_s
        self.say("supervisor", f"{part.name} ended with {_cause(status)}; again in {delay_s:g} s")

    def _end_all(self) -> None:
        running = [(part, part.process) for part in self.parts if part.process is not None]
        for _, process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_GRACE_S
        for part, process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say("supervisor", f"{part.name} did not stop in time and was killed")
                process.kill()
                process.wait()
            _sweep(process)
        for relay in self._relays:
            relay.join(timeout=1)


def _sweep(process: subprocess.Popen[bytes]) -> None:
    """End what a dead part left behind: a web server's own workers outlive a killed master and
    would go on serving an old state on the same port."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _cause(status: int) -> str:
    return f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}"
