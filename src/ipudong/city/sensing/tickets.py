"""Tickets: a page's short-lived, signed leave to open a live stream at the gateway."""

from collections.abc import Iterable

from django.core import signing

TICKET_AGE_S = 600
_SALT = "ipudong.live"


class TicketError(Exception):
    """A ticket that is forged, damaged or older than ten minutes; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def issue_ticket(topics: Iterable[str], *, actor: str = "") -> str:
    """A ticket for these topics (`latest`, `alarms`, `thing:12`); the page checked the permits."""
    return signing.dumps({"t": sorted(set(topics)), "a": actor}, salt=_SALT, compress=True)


def read_ticket(text: str, *, max_age_s: int = TICKET_AGE_S) -> frozenset[str]:
    """The topics a ticket permits; raises TicketError (`expired`, `forged`)."""
    try:
        content = signing.loads(text, salt=_SALT, max_age=max_age_s)
        return frozenset(content["t"])
    except signing.SignatureExpired as error:
        raise TicketError("expired") from error
    except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
        raise TicketError("forged") from error
