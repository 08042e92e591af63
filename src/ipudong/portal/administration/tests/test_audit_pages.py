"""Audit pages: paging, searching, exporting, verifying, and one's own record."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from ipudong.city.audit.checks import start_check
from ipudong.city.audit.models import ChainCheck, Entry
from ipudong.city.audit.services import record

pytestmark = pytest.mark.django_db
AUDIT = "portal:administration:audit"
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def _sequences(page) -> list[int]:
    return [view.entry.sequence for view in page.context["entries"]]


def _fill(count: int) -> None:
    for number in range(count):
        record(actor="duty", action="sensing.close_alarm", subject=f"alarm:{number}", at=NOW)


@pytest.mark.parametrize("username", ["sun", "chen", "wang"])
def test_the_audit_is_closed_to_other_roles(sign_in, username) -> None:
    client = sign_in(username)
    assert client.get(reverse(AUDIT)).status_code == 403
    assert client.post(reverse("portal:administration:audit_export")).status_code == 403
    assert client.post(reverse("portal:administration:start_check")).status_code == 403


def test_pages_follow_the_sequence_and_new_entries_shift_nothing(sign_in) -> None:
    _fill(120)
    client, head = sign_in("zhao"), Entry.objects.count()
    first = _sequences(client.get(reverse(AUDIT)))
    assert first == list(range(head, head - 50, -1))
    _fill(1)
    second = _sequences(client.get(reverse(AUDIT), {"before": first[-1]}))
    assert second == list(range(head - 50, head - 100, -1))
    assert _sequences(client.get(reverse(AUDIT), {"after": second[0]})) == first


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"actor": "sun"}, 2),
        ({"action": "sensing"}, 3),
        ({"action": "sensing."}, 3),
        ({"action": "sensing.close_alarm"}, 2),
        ({"subject": "alarm:1"}, 1),
        ({"subject": "alarm"}, 3),
        ({"since": "2026-11-22", "until": "2026-11-22", "subject": "alarm"}, 3),
        ({"until": "2026-11-21", "subject": "alarm"}, 0),
        ({"since": "nonsense", "before": "x", "subject": "alarm"}, 3),
    ],
)
def test_the_audit_is_searched(sign_in, query, count) -> None:
    rows = (
        ("sun", "sensing.close_alarm", "alarm:1"),
        ("sun/ipd_abcd", "sensing.close_alarm", "alarm:10"),
        ("sunny", "sensing.note_alarm", "alarm:2"),
    )
    for actor, action, subject in rows:
        record(actor=actor, action=action, subject=subject, at=NOW)
    assert len(_sequences(sign_in("zhao").get(reverse(AUDIT), query))) == count


def test_the_export_is_whole_disarmed_and_itself_an_entry(sign_in) -> None:
    record(actor="=HYPERLINK(1)", action="x.y", subject="@z", detail={"a": "区"}, at=NOW)
    before = Entry.objects.count()
    answer = sign_in("zhao").post(reverse("portal:administration:audit_export"))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert [int(row[0]) for row in rows] == list(range(before, 0, -1))
    newest = dict(zip(head, rows[0], strict=True))
    assert newest["actor"] == "'=HYPERLINK(1)"
    assert newest["subject"] == "'@z"
    assert newest["digest"] == Entry.objects.get(sequence=before).digest
    assert Entry.objects.get(sequence=before + 1).action == "audit.export"


def test_a_verification_is_kept_and_shown(sign_in) -> None:
    _fill(3)
    client = sign_in("zhao")
    client.post(reverse("portal:administration:start_check"))
    check = ChainCheck.objects.get()
    assert check.holds
    assert check.verified_sequence == Entry.objects.count()
    page = client.get(reverse(AUDIT)).content.decode()
    assert f"Verified up to entry {check.verified_sequence}" in page


def test_a_broken_chain_is_named_with_its_entry(sign_in) -> None:
    _fill(3)
    broken = Entry.objects.count() - 1
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS audit_entry_no_update")
        cursor.execute("UPDATE audit_entry SET actor = 'x' WHERE sequence = %s", [broken])
    client = sign_in("zhao")
    client.post(reverse("portal:administration:start_check"))
    page = client.get(reverse(AUDIT)).content.decode()
    assert f"Broken at entry {broken}." in page
    entry = client.get(reverse("portal:administration:entry", args=[broken]))
    assert "was changed after it was written" in entry.content.decode()


def test_a_long_verification_shows_how_far_it_is_and_goes_on(sign_in) -> None:
    check = start_check(by="zhao", at=NOW)
    client = sign_in("zhao")
    shown = client.get(reverse("portal:administration:check", args=[check.pk]))
    assert "<progress" in shown.content.decode()
    advance = reverse("portal:administration:advance_check", args=[check.pk])
    part = client.post(advance, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in part
    assert "Verified up to entry" in part


def test_ones_own_record_has_ones_own_sign_ins_and_what_others_did(sign_in, people) -> None:
    browser = Client(headers={"accept-language": "en"})
    login = reverse("account_login")
    browser.post(login, {"login": "chen", "password": "a wrong one"})
    browser.post(login, {"login": "chen", "password": "long-enough-words"})
    act = reverse("portal:administration:end_sessions", args=[people["chen"].pk])
    sign_in("admin").post(act)
    page = sign_in("chen").get(reverse("portal:administration:own_record"))
    titles = [view.title for view in page.context["entries"]]
    assert titles == [
        "Signed out everywhere by the administration",
        "Signed in",
        "Sign-in failed",
        "Account opened",
    ]
    assert "127.0.0.1" in page.content.decode()
    other = sign_in("wang").get(reverse("portal:administration:own_record"))
    assert [view.title for view in other.context["entries"]] == ["Account opened"]
