"""Tickets: a device's signed leave to fetch one firmware file, carried in the address it is told.

So a device needs no further secret, and one that cannot send headers can still fetch.
"""

from dataclasses import dataclass
from typing import Final

from django.core import signing

TICKET_AGE_S: Final = 30 * 86_400
_SALT: Final = "ipudong.firmware"


@dataclass(frozen=True, slots=True)
class FirmwareTicket:
    """Which package, for which thing."""

    package_id: int
    thing_id: int


def issue_firmware_ticket(ticket: FirmwareTicket) -> str:
    """The ticket as a text for an address."""
    return signing.dumps([ticket.package_id, ticket.thing_id], salt=_SALT)


def read_firmware_ticket(text: str) -> FirmwareTicket | None:
    """The ticket, or None where it is forged, damaged or older than thirty days."""
    try:
        package_id, thing_id = signing.loads(text, salt=_SALT, max_age=TICKET_AGE_S)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return FirmwareTicket(int(package_id), int(thing_id))
