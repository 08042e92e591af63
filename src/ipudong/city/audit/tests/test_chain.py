"""The audit: nothing can be changed, removed or added in the middle unseen."""

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from ipudong.city.audit.models import AppendOnlyError, Entry
from ipudong.city.audit.queries import find_first_broken_link
from ipudong.city.audit.services import gathering, record

pytestmark = pytest.mark.django_db


def _record(count: int) -> None:
    for number in range(count):
        record(
            actor="duty",
            action="sensing.acknowledge_alarm",
            subject=f"alarm:{number}",
            detail={"note": "已通知", "n": number},
            at=datetime(2026, 11, 22, 1, number, tzinfo=UTC),
        )


def _tamper(statement: str) -> None:
    """Change the table the way somebody with the database file would."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_entry_no_update")
        cursor.execute("DROP TRIGGER IF EXISTS audit_entry_no_delete")
        cursor.execute(statement)


def test_an_untouched_chain_holds() -> None:
    _record(5)
    assert find_first_broken_link() is None


def test_a_changed_entry_is_named() -> None:
    _record(5)
    _tamper("UPDATE audit_entry SET actor = 'someone else' WHERE sequence = 3")
    broken = find_first_broken_link()
    assert broken is not None
    assert (broken.sequence, broken.reason) == (3, "was changed after it was written")


def test_a_removed_entry_is_named() -> None:
    _record(5)
    _tamper("DELETE FROM audit_entry WHERE sequence = 2")
    broken = find_first_broken_link()
    assert broken is not None
    assert (broken.sequence, broken.reason) == (2, "missing")


def test_entries_cut_off_the_end_are_missed() -> None:
    _record(5)
    _tamper("DELETE FROM audit_entry WHERE sequence > 3")
    broken = find_first_broken_link()
    assert broken is not None
    assert (broken.sequence, broken.reason) == (4, "missing at the end")


def test_a_renumbered_and_redigested_entry_still_breaks_the_next() -> None:
    _record(3)
    _tamper("UPDATE audit_entry SET previous = digest WHERE sequence = 2")
    broken = find_first_broken_link()
    assert broken is not None
    assert broken.sequence == 2


def test_an_act_undone_leaves_no_entry() -> None:
    _record(1)

    def act_and_fail() -> None:
        with transaction.atomic():
            record(actor="duty", action="sensing.close_alarm", subject="alarm:1")
            raise ValueError("the act failed")

    with pytest.raises(ValueError, match="the act failed"):
        act_and_fail()
    assert Entry.objects.count() == 1
    assert find_first_broken_link() is None


@pytest.mark.parametrize("verb", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"])
def test_the_database_itself_refuses_to_change_entries(verb: str) -> None:
    _record(1)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


def test_the_model_refuses_to_change_or_delete() -> None:
    _record(1)
    entry = Entry.objects.get()
    with pytest.raises(AppendOnlyError):
        entry.save()
    with pytest.raises(AppendOnlyError):
        entry.delete()


def test_acts_gathered_in_one_request_stand_in_the_chain_each_by_itself() -> None:
    before = record(actor="a", action="x.before", subject="s")
    with transaction.atomic(), gathering():
        first = record(actor="a", action="x.first", subject="s", detail={"n": 1})
        with gathering():
            second = record(actor="a", action="x.second", subject="s")
        assert not Entry.objects.filter(sequence__gt=before).exists()
    after = record(actor="a", action="x.after", subject="s")
    assert (first, second, after) == (before + 1, before + 2, before + 3)
    actions = Entry.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions)[-4:] == ["x.before", "x.first", "x.second", "x.after"]
    assert find_first_broken_link() is None


def test_of_a_request_that_fails_no_act_is_kept() -> None:
    record(actor="a", action="x.before", subject="s")

    def fail() -> None:
        with transaction.atomic(), gathering():
            record(actor="a", action="x.lost", subject="s")
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    record(actor="a", action="x.after", subject="s")
    assert not Entry.objects.filter(action="x.lost").exists()
    assert find_first_broken_link() is None
