"""Verification in steps: bounded, resumable, and it remembers what it has seen."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from ipudong.city.audit.chain import digest_link
from ipudong.city.audit.checks import advance_check, start_check, verify_chain
from ipudong.city.audit.models import Entry, Head
from ipudong.city.audit.queries import link_of
from ipudong.city.audit.services import record

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def _record(count: int, actor: str = "duty") -> None:
    for number in range(count):
        record(actor=actor, action="sensing.close_alarm", subject=f"alarm:{number}", at=NOW)


def _tamper(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_entry_no_update")
        cursor.execute("DROP TRIGGER IF EXISTS audit_entry_no_delete")
        cursor.execute(statement, values)


def test_a_check_goes_on_where_it_stopped_and_takes_in_what_came_meanwhile() -> None:
    _record(9)
    check = start_check(by="zhao", at=NOW)
    seen = [advance_check(check_id=check.pk, at=NOW, step=4).verified_sequence]
    _record(2)
    for _ in range(3):
        check = advance_check(check_id=check.pk, at=NOW, step=4)
        seen.append(check.verified_sequence)
    assert seen == [4, 8, 12, 12]
    assert check.holds


def test_a_fault_ends_the_check_at_once() -> None:
    _record(9)
    _tamper("UPDATE audit_entry SET subject = 'x' WHERE sequence = 3")
    check = advance_check(check_id=start_check(by="zhao", at=NOW).pk, at=NOW, step=5)
    assert (check.broken_sequence, check.verified_sequence) == (3, 2)
    assert not check.holds


def test_entries_cut_off_while_a_check_runs_are_missed() -> None:
    _record(6)
    check = start_check(by="zhao", at=NOW)
    advance_check(check_id=check.pk, at=NOW, step=3)
    _tamper("DELETE FROM audit_entry WHERE sequence > 5")
    check = advance_check(check_id=check.pk, at=NOW)
    assert (check.broken_sequence, check.reason) == (6, "missing at the end")


def test_a_chain_written_anew_holds_in_itself_but_not_with_an_earlier_check() -> None:
    _record(5)
    assert verify_chain(by="zhao", at=NOW).holds
    _write_anew(from_sequence=4)
    check = verify_chain(by="zhao", at=NOW)
    assert not check.holds
    assert check.reason == "is not the entry that was verified before"


def _write_anew(from_sequence: int) -> None:
    """What somebody with the database and this program could do: forge all that follows."""
    previous = Entry.objects.get(sequence=from_sequence - 1).digest
    for entry in Entry.objects.filter(sequence__gte=from_sequence).order_by("sequence"):
        entry.actor, entry.previous = "forged", previous
        previous = digest_link(link_of(entry))
        _tamper(
            "UPDATE audit_entry SET actor = %s, previous = %s, digest = %s WHERE sequence = %s",
            "forged",
            entry.previous,
            previous,
            entry.sequence,
        )
    Head.objects.update(digest=previous)
