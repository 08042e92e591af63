"""Commands of one side that await an answer: states, time-outs, resends (JT/T 808).

A command is named by its serial and walks the table below; what the table does not list is no
step. The wait grows as the standard says: T(N+1) = T(N) x (N+1).
"""

from enum import StrEnum
from typing import Final

import msgspec

SERIALS: Final = 0x10000  # they wrap around
DEFAULT_TIMEOUT_S: Final = 10.0
DEFAULT_RESENDS: Final = 3
DEFAULT_EXECUTION_TIMEOUT_S: Final = 60.0


class State(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"  # a general answer said yes; an answer of its own is to come
    FINISHED = "finished"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"


class Step(StrEnum):
    PROGRESS = "progress"  # a general answer to a part that is not the last
    ACKNOWLEDGE = "acknowledge"  # a general answer, result 0
    REFUSE = "refuse"  # a general answer, any other result
    ANSWER = "answer"  # the answer of its own
    EXPIRE = "expire"  # the last resend was not answered in time


OPEN_STATES: Final = frozenset({State.SENT, State.ACCEPTED})
# By whether the command has an answer of its own, as a query has.
TRANSITIONS: Final[dict[tuple[bool, State], dict[Step, State]]] = {
    (False, State.SENT): {
        Step.PROGRESS: State.SENT,
        Step.ACKNOWLEDGE: State.FINISHED,
        Step.REFUSE: State.REFUSED,
        Step.EXPIRE: State.TIMED_OUT,
    },
    (True, State.SENT): {
        Step.PROGRESS: State.SENT,
        Step.ACKNOWLEDGE: State.ACCEPTED,
        Step.REFUSE: State.REFUSED,
        Step.ANSWER: State.FINISHED,
        Step.EXPIRE: State.TIMED_OUT,
    },
    (True, State.ACCEPTED): {
        Step.PROGRESS: State.ACCEPTED,
        Step.ACKNOWLEDGE: State.ACCEPTED,
        Step.REFUSE: State.REFUSED,
        Step.ANSWER: State.FINISHED,
        Step.EXPIRE: State.TIMED_OUT,
    },
}


class Command(msgspec.Struct):
    """A message sent, the bytes to send again, and how far its answer has come.

    `serial` is that of its first packet; `parts` says how many serials it took.
    """

    message_id: int
    serial: int
    phone: str
    data: bytes
    has_answer: bool
    state: State
    deadline: float
    wait_s: float
    parts: int = 1
    resent: int = 0


class ExchangeError(ValueError):
    """A command that cannot be sent now: "too_many_open", "unknown_terminal"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Commands:
    """The open commands of one side of one connection. Times are seconds, given by the caller."""

    def __init__(
        self,
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        resends: int = DEFAULT_RESENDS,
        execution_timeout_s: float = DEFAULT_EXECUTION_TIMEOUT_S,
        max_open: int = 256,
    ) -> None:
        self.timeout_s = timeout_s
        self.resends = resends
        self._execution_timeout_s = execution_timeout_s
        self._max_open = max_open
        self._open: dict[int, Command] = {}
        self._first: dict[int, int] = {}  # serial of a packet -> serial of the first one

    @property
    def open_count(self) -> int:
        """How many wait for their answer."""
        return len(self._open)

    def is_open(self, serial: int) -> bool:
        return serial in self._first

    def check_room(self) -> None:
        """Raises ExchangeError if no more may wait."""
        if len(self._open) >= self._max_open:
            raise ExchangeError("too_many_open")

    def start(
        self,
        message_id: int,
        serial: int,
        phone: str,
        data: bytes,
        *,
        has_answer: bool,
        now: float,
        parts: int = 1,
    ) -> Command:
        """Remember a command as sent. Raises ExchangeError."""
        self.check_room()
        command = Command(
            message_id,
            serial,
            phone,
            data,
            has_answer,
            State.SENT,
            now + self.timeout_s,
            self.timeout_s,
            parts,
        )
        self._open[serial] = command
        for own in _serials(command):
            self._first[own] = serial
        return command

    def find(self, message_ids: tuple[int, ...], serial: int | None) -> Command | None:
        """The open command of one of these ids with a packet of this serial; None: the oldest."""
        if serial is not None:
            command = self._open.get(self._first.get(serial, -1))
            return command if command and command.message_id in message_ids else None
        for command in self._open.values():
            if command.message_id in message_ids:
                return command
        return None

    def take(self, command: Command, step: Step, now: float) -> bool:
        """Let a command take a step; False if the table forbids it."""
        state = TRANSITIONS[command.has_answer, command.state].get(step)
        if state is None:
            return False
        command.state = state
        command.deadline = now + self._execution_timeout_s
        if state not in OPEN_STATES:
            self._open.pop(command.serial, None)
            for own in _serials(command):
                self._first.pop(own, None)
        return True

    def take_result(self, command: Command, serial: int, is_good: bool, now: float) -> None:
        """Let a command take the step of a general answer to its packet `serial`."""
        if not is_good:
            step = Step.REFUSE
        elif serial == _serials(command)[-1]:
            step = Step.ACKNOWLEDGE
        else:
            step = Step.PROGRESS
        self.take(command, step, now)

    def expire(self, now: float) -> list[Command]:
        """The commands whose time is up: those still SENT are to be sent again, others ended."""
        late = [command for command in self._open.values() if command.deadline <= now]
        for command in late:
            if command.state is State.SENT and command.resent < self.resends:
                command.resent += 1
                command.wait_s *= command.resent + 1
                command.deadline = now + command.wait_s
            else:
                self.take(command, Step.EXPIRE, now)
        return late


def _serials(command: Command) -> list[int]:
    return [(command.serial + number) % SERIALS for number in range(command.parts)]
