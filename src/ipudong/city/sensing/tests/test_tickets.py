"""A ticket opens what the page permitted, for ten minutes."""

import pytest
from django.core import signing

from ipudong.city.sensing.tickets import TicketError, issue_ticket, read_ticket


def test_a_ticket_carries_its_topics() -> None:
    assert read_ticket(issue_ticket(["alarms", "thing:7"])) == {"alarms", "thing:7"}


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", signing.dumps({"t": ["alarms"]}, salt="another purpose")],
    ids=["empty", "nonsense", "of_another_purpose"],
)
def test_a_forged_ticket_is_refused(text: str) -> None:
    with pytest.raises(TicketError, match="forged"):
        read_ticket(text)


def test_a_changed_ticket_is_refused() -> None:
    ticket = issue_ticket(["latest"])
    with pytest.raises(TicketError, match="forged"):
        read_ticket(ticket[:-1] + ("A" if ticket[-1] != "A" else "B"))


def test_an_old_ticket_is_refused() -> None:
    with pytest.raises(TicketError, match="expired"):
        read_ticket(issue_ticket(["latest"]), max_age_s=-1)
