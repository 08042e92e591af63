"""What terminals say of themselves: IMEI, model, hardware, firmware; asked for where unknown.

Since 2019 a terminal names its IMEI and its software version when it authenticates (0x0102).
Everything else stands in its answer to 0x8107, which is asked for once, and again at every
authentication while an update is under way, so that a campaign sees the new version.
"""

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import structlog

from ipudong.city.sensing.services import AttributesReport
from ipudong.gateway.jt808.requests import Request
from ipudong.protocols.jt808.exchange import ExchangeError

if TYPE_CHECKING:
    from ipudong.gateway.jt808.connection import Connection
    from ipudong.gateway.jt808.server import Server

log = structlog.get_logger()

ATTRIBUTES: Final = 0x0107
UPGRADE_RESULT: Final = 0x0108
QUERY_ATTRIBUTES: Final = 0x8107
# Results of 0x0108 (JT/T 808-2019, 8.12).
UPGRADED: Final = 0
UPGRADE_RESULTS: Final = {UPGRADED: "done", 1: "failed", 2: "canceled"}
# Fields of 0x0107 kept as they are.
KEPT: Final = ("maker", "model", "terminal_id", "iccid", "hardware", "firmware")
MAX_TEXT: Final = 100
# Simple terminals take what comes next for the answer to their 0x0102: leave them time.
ASK_AFTER_S: Final = 2.0


class Attributes:
    """What the terminals of one server said of themselves, told to the records."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._said: dict[int, dict[str, str]] = {}  # by thing: what 0x0102 had
        self._known: set[int] = set()  # has answered, or will not
        self._updating: dict[int, str] = {}  # by thing: the version it shall have
        self._due: deque[tuple[float, Connection, str]] = deque()

    def take_authentication(
        self, connection: "Connection", thing_id: int, phone: str, imei: str, software: str
    ) -> None:
        """Keep what a terminal said when it authenticated; ask for the rest where unknown."""
        said = _keep({"imei": imei, "software": software})
        if said and said != self._said.get(thing_id):
            self._known.discard(thing_id)  # another terminal, or other software on it
            self._said[thing_id] = said
            self._note(thing_id, {})
        self._ask(connection, thing_id, phone)

    def take_attributes(self, thing_id: int, values: Mapping[str, Any]) -> None:
        """Keep an answer to 0x8107, or the same message come by itself."""
        found = _keep({name: values.get(name) for name in KEPT})
        self._known.add(thing_id)
        if found.get("firmware") and found["firmware"] == self._updating.get(thing_id):
            del self._updating[thing_id]
        self._note(thing_id, found)

    def take_refusal(self, thing_id: int) -> None:
        """It does not know 0x8107 (2011): the software it named at authentication has to do."""
        self._known.add(thing_id)
        software = self._said.get(thing_id, {}).get("software", "")
        if software:
            self._note(thing_id, {"firmware": software})

    def take_upgrade_result(
        self, connection: "Connection", thing_id: int, phone: str, values: Mapping[str, Any]
    ) -> None:
        """An update ended. The version is asked for anew; a failure is told with its time, by which
        a campaign knows that it was this one."""
        result = values.get("result")
        name = UPGRADE_RESULTS.get(result if isinstance(result, int) else -1, f"result_{result}")
        found = {"upgrade_result": name}
        if result == UPGRADED:
            self._known.discard(thing_id)
        else:
            self._updating.pop(thing_id, None)
            found["upgrade_failed_at"] = self._server.now().isoformat()
        self._note(thing_id, found)
        self._ask(connection, thing_id, phone)

    def expect(self, thing_id: int, version: str) -> None:
        """An update was ordered: ask at each authentication until the version is there."""
        self._updating[thing_id] = version

    def _ask(self, connection: "Connection", thing_id: int, phone: str) -> None:
        if not self._server.bounds.asks_attributes:
            return
        if thing_id in self._known and thing_id not in self._updating:
            return
        self._known.add(thing_id)  # once, whether it answers or not
        self._due.append((self._server.monotonic() + ASK_AFTER_S, connection, phone))

    def tick(self, now: float) -> None:
        """Ask those whose time has come, as far as they are still there."""
        while self._due and self._due[0][0] <= now:
            _, connection, phone = self._due.popleft()
            try:
                if phone in connection.list_phones():
                    connection.send(phone, Request(QUERY_ATTRIBUTES))
            except ExchangeError as error:
                log.info("jt808_attributes_not_asked", phone=phone, code=error.code)

    def _note(self, thing_id: int, found: Mapping[str, str]) -> None:
        # All of it each time: of several reports in a second the records keep the last.
        self._server.records.note_attributes(
            AttributesReport(
                thing_id,
                self._server.now(),
                found.get("firmware", ""),
                found.get("hardware", ""),
                {**self._said.get(thing_id, {}), **found},
            )
        )


def _keep(values: Mapping[str, Any]) -> dict[str, str]:
    """Texts that say something, without the blanks and zeros makers fill fields with."""
    texts = {name: str(value or "").strip(" \0")[:MAX_TEXT] for name, value in values.items()}
    return {name: text for name, text in texts.items() if text and text.strip("0fF")}
