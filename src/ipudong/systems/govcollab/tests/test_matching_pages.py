"""Clerks review possible matches; nobody else sees a record, and every reading is noted."""

from datetime import UTC, date, datetime

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.identity.roles import ROLE_CODES
from ipudong.city.identity.services import create_account
from ipudong.city.registry.models import MatchRun, Organization, Person, PossibleMatch

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PASSWORD = "a river in the east 9"
ALLOWED = {"clerk", "department_head"}


WEIGHTS = [
    {"field": "family_name", "level": "same", "bits": 5.5},
    {"field": "given_name", "level": "same_sound", "bits": 2.5},
    {"field": "born_on", "level": "same", "bits": 13.1},
    {"field": "document_number", "level": "missing", "bits": 0.0},
    {"field": "phone", "level": "different", "bits": -1.2},
]


def make_match(kind: str, left: Model, right: Model) -> PossibleMatch:
    run = MatchRun.objects.create(
        kind=kind,
        source="people.csv",
        by="system:test",
        started_at=AT,
        figures={"filled": {"family": 1.0, "phone": 0.5}},
    )
    return PossibleMatch.objects.create(
        kind=kind,
        left_id=left.pk,
        right_id=right.pk,
        run=run,
        bits=12.0,
        probability=0.97,
        weights=WEIGHTS,
    )


def make_pair(name: str = "王秀英", other: str = "王秀瑛") -> PossibleMatch:
    same = {"kind": "resident", "source": "test", "quality": "imported", "recorded_at": AT}
    left, right = (
        Person.objects.create(name=written, born_on=date(1980, 1, 2), phone="13800000001", **same)
        for written in (name, other)
    )
    return make_match("person", left, right)


@pytest.fixture
def pair(db: None) -> PossibleMatch:
    return make_pair()


def sign_in(client: Client, role: str) -> Client:
    account = create_account(
        username=f"a-{role}", password=PASSWORD, roles=(role,), by="system:test"
    )
    client.force_login(account)
    return client


@pytest.fixture
def clerk(client: Client, db: None) -> Client:
    return sign_in(client, "clerk")


@pytest.mark.parametrize("role", sorted(ROLE_CODES - {"public"}))
def test_only_reviewers_come_in(client: Client, pair: PossibleMatch, role: str) -> None:
    sign_in(client, role)
    expected = 200 if role in ALLOWED else 403
    one = reverse("govcollab:match", args=[pair.pk])
    assert client.get(reverse("govcollab:matching")).status_code == expected
    assert client.get(one).status_code == expected
    posted = client.post(reverse("govcollab:decide_match", args=[pair.pk]), {"act": "apart"})
    assert posted.status_code == (302 if role in ALLOWED else 403)


def test_a_stranger_is_sent_to_sign_in(client: Client, pair: PossibleMatch) -> None:
    for url in (reverse("govcollab:matching"), reverse("govcollab:match", args=[pair.pk])):
        assert client.get(url).status_code == 302
    posted = client.post(reverse("govcollab:decide_match", args=[pair.pk]), {"act": "apart"})
    assert posted.status_code == 403


def test_the_reasons_stand_beside_both_records(clerk: Client, pair: PossibleMatch) -> None:
    page = clerk.get(
        reverse("govcollab:match", args=[pair.pk]), headers={"accept-language": "en"}
    ).content.decode()
    assert "王秀英" in page
    assert "王秀瑛" in page
    assert "sound alike, written otherwise" in page
    assert "13800000001" not in page


def test_every_reading_is_noted_for_both(clerk: Client, pair: PossibleMatch) -> None:
    clerk.get(reverse("govcollab:match", args=[pair.pk]))
    noted = Entry.objects.filter(action="registry.read_person", actor="a-clerk")
    assert {entry.subject for entry in noted} == {
        f"person:{pair.left_id}",
        f"person:{pair.right_id}",
    }
    assert {entry.detail["purpose"] for entry in noted} == {"record_matching"}


def test_the_queue_shows_no_personal_data_and_notes_nothing(
    clerk: Client, pair: PossibleMatch
) -> None:
    page = clerk.get(reverse("govcollab:matching")).content.decode()
    assert "王秀英" not in page
    assert not Entry.objects.filter(action="registry.read_person").exists()


def test_merge_and_undo(clerk: Client, pair: PossibleMatch) -> None:
    url = reverse("govcollab:decide_match", args=[pair.pk])
    clerk.post(url, {"act": "keep_right", "reason": "same card"})
    assert Person.objects.get(pk=pair.left_id).merged_into_id == pair.right_id
    page = clerk.get(reverse("govcollab:match", args=[pair.pk]))
    assert "same card" in page.content.decode()
    clerk.post(url, {"act": "undo"})
    assert Person.objects.filter(merged_into=None).count() == 2


def test_after_a_decision_the_next_pair_opens(clerk: Client, pair: PossibleMatch) -> None:
    other = make_pair("欧阳修", "欧阳脩")
    answer = clerk.post(reverse("govcollab:decide_match", args=[pair.pk]), {"act": "apart"})
    assert answer["location"] == reverse("govcollab:match", args=[other.pk])
    last = clerk.post(reverse("govcollab:decide_match", args=[other.pk]), {"act": "apart"})
    assert last["location"] == reverse("govcollab:matching")


def test_the_slower_of_two_is_told(clerk: Client, pair: PossibleMatch) -> None:
    url = reverse("govcollab:decide_match", args=[pair.pk])
    clerk.post(url, {"act": "apart"})
    page = clerk.post(url, {"act": "keep_left"}, follow=True, headers={"accept-language": "en"})
    assert "Somebody was quicker" in page.content.decode()
    assert Person.objects.filter(merged_into=None).count() == 2


@pytest.mark.parametrize("act", ["", "drop table", "keep_"])
def test_an_unknown_act_is_refused(clerk: Client, pair: PossibleMatch, act: str) -> None:
    url = reverse("govcollab:decide_match", args=[pair.pk])
    assert clerk.post(url, {"act": act}).status_code == 404
    assert clerk.get(url).status_code == 405


def test_an_unknown_pair_is_not_found(clerk: Client) -> None:
    assert clerk.get(reverse("govcollab:match", args=[999])).status_code == 404
    assert clerk.get(reverse("govcollab:matching") + "?kind=x&state=y&page=z").status_code == 200


def test_a_name_full_of_script_is_only_text(clerk: Client, db: None) -> None:
    pair = make_pair("<script>alert(1)</script>", "<script>alert(1)</script> ")
    page = clerk.get(reverse("govcollab:match", args=[pair.pk])).content.decode()
    assert "<script>alert" not in page


def test_organizations_are_reviewed_too(clerk: Client, db: None) -> None:
    left, right = (
        Organization.objects.create(
            credit_code=code,
            name="上海浦江云帆科技有限公司",
            kind="enterprise",
            phone="02158880000",
            source="t",
            quality="imported",
            recorded_at=AT,
        )
        for code in ("91310115MA1H70001X", "91310115MA1H70002T")
    )
    pair = make_match("organization", left, right)
    page = clerk.get(reverse("govcollab:match", args=[pair.pk]))
    assert "上海浦江云帆科技有限公司" in page.content.decode()
    assert clerk.get(reverse("govcollab:matching") + "?kind=organization").status_code == 200
