"""What one side sent and awaits an answer to: states, time-outs and resends (HJ 212-2017, 7.2).

Every exchange is named by its QN and walks the table below. Whatever the table does not list is
no step and changes nothing: a late or doubled answer is harmless.
"""

from enum import StrEnum

from msgspec import Struct

from ipudong.protocols.hj212.commands import Kind
from ipudong.protocols.hj212.packet import Packet

# The standard's values for a wired line; 1000 (OverTime, ReCount) changes them.
DEFAULT_TIMEOUT_S = 10.0
DEFAULT_RESENDS = 3
DEFAULT_EXECUTION_TIMEOUT_S = 120.0


class State(StrEnum):
    SENT = "sent"
    ACCEPTED = "accepted"  # 9011 said yes; data and 9012 are to come
    FINISHED = "finished"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"


class Step(StrEnum):
    ACCEPT = "accept"  # 9011, QnRtn 1
    REFUSE = "refuse"  # 9011, any other QnRtn
    DATA = "data"  # a data packet with the request's QN
    RESULT = "result"  # 9012
    NOTICED = "noticed"  # 9013
    ACKNOWLEDGED = "acknowledged"  # 9014
    EXPIRE = "expire"  # the last resend was not answered in time


OPEN_STATES = frozenset({State.SENT, State.ACCEPTED})

# Field stations leave out the 9011, so data or a result may come first.
TRANSITIONS: dict[tuple[Kind, State], dict[Step, State]] = {
    (Kind.REQUEST, State.SENT): {
        Step.ACCEPT: State.ACCEPTED,
        Step.REFUSE: State.REFUSED,
        Step.DATA: State.ACCEPTED,
        Step.RESULT: State.FINISHED,
        Step.EXPIRE: State.TIMED_OUT,
    },
    (Kind.REQUEST, State.ACCEPTED): {
        Step.ACCEPT: State.ACCEPTED,
        Step.REFUSE: State.REFUSED,
        Step.DATA: State.ACCEPTED,
        Step.RESULT: State.FINISHED,
        Step.EXPIRE: State.TIMED_OUT,
    },
    (Kind.NOTICE, State.SENT): {
        Step.NOTICED: State.FINISHED,
        Step.REFUSE: State.REFUSED,
        Step.EXPIRE: State.TIMED_OUT,
    },
    (Kind.UPLOAD, State.SENT): {
        Step.ACKNOWLEDGED: State.FINISHED,
        Step.REFUSE: State.REFUSED,
        Step.EXPIRE: State.TIMED_OUT,
    },
}


class Exchange(Struct):
    """One packet sent, the bytes to send again, and how far its answer has come."""

    kind: Kind
    packet: Packet
    data: bytes
    state: State
    deadline: float
    resent: int = 0
    data_packets: int = 0


class ExchangeError(ValueError):
    """A packet that cannot be sent now: `code` ("no_qn", "qn_in_use", "too_many_open")."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Exchanges:
    """The open exchanges of one side of one connection. Times are seconds, given by the caller."""

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
        self._open: dict[str, Exchange] = {}

    @property
    def open_count(self) -> int:
        """How many packets wait for their answer."""
        return len(self._open)

    def start(self, kind: Kind, packet: Packet, data: bytes, now: float) -> Exchange:
        """Remember a packet as sent. Raises ExchangeError."""
        if not packet.qn:
            raise ExchangeError("no_qn")
        if packet.qn in self._open:
            raise ExchangeError("qn_in_use")
        if len(self._open) >= self._max_open:
            raise ExchangeError("too_many_open")
        exchange = Exchange(kind, packet, data, State.SENT, now + self.timeout_s)
        self._open[packet.qn] = exchange
        return exchange

    def take(self, qn: str, step: Step, now: float) -> Exchange | None:
        """Let the exchange of a QN take a step; None if there is none or the table forbids it."""
        exchange = self._open.get(qn)
        if exchange is None:
            return None
        state = TRANSITIONS[exchange.kind, exchange.state].get(step)
        if state is None:
            return None
        exchange.state = state
        exchange.data_packets += step is Step.DATA
        exchange.deadline = now + self._execution_timeout_s
        if state not in OPEN_STATES:
            del self._open[qn]
        return exchange

    def find(self, qn: str) -> Exchange | None:
        return self._open.get(qn)

    def expire(self, now: float) -> list[Exchange]:
        """The exchanges whose time is up: those still SENT are to be sent again, others ended."""
        late = [exchange for exchange in self._open.values() if exchange.deadline <= now]
        for exchange in late:
            if exchange.state is State.SENT and exchange.resent < self.resends:
                exchange.resent += 1
                exchange.deadline = now + self.timeout_s
            else:
                self.take(exchange.packet.qn, Step.EXPIRE, now)
        return late
