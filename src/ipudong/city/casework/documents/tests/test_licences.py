"""E-licences: kept for their holder, reused with consent, never by another."""

from datetime import date, timedelta

import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.casework.documents.tests.conftest import AT, CLERK
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Attachment, Case, Licence
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.queries.documents import find_licences, list_uses_of, status_on
from ipudong.city.casework.services.documents import (
    change_licence,
    grant_licence,
    issue_paper,
    use_licence,
    withdraw_use,
)

WANG = Applicant(kind="person", id=7)
OTHER = Applicant(kind="person", id=8)
TODAY = date(2026, 11, 23)


def grant(holder: Applicant = WANG, number: str = "LN-1", **more: object) -> Licence:
    given = {"valid_from": TODAY, "valid_until": TODAY + timedelta(days=365), **more}
    return grant_licence(
        holder=holder,
        kind="elderly_card",
        number=number,
        title_zh="敬老卡",
        title_en="Elderly card",
        issuer="civil_affairs",
        by=CLERK,
        at=AT,
        **given,  # type: ignore[arg-type]
    )


def use(licence: Licence, case: Case) -> object:
    return use_licence(licence=licence, case_number=case.number, slot="elderly", by=CLERK, at=AT)


def test_a_licence_is_found_by_its_holder_alone(db: None) -> None:
    licence = grant()
    assert find_licences(WANG) == [licence]
    assert find_licences(OTHER) == []
    assert find_licences(WANG, kind="business") == []


def test_a_licence_is_granted_once_and_to_one_holder(db: None) -> None:
    assert grant().pk == grant().pk
    with pytest.raises(CaseworkError, match="licence_of_another"):
        grant(OTHER)
    with pytest.raises(CaseworkError, match="dates_reversed"):
        grant(number="LN-2", valid_until=TODAY - timedelta(days=1))


def test_only_a_licence_that_holds_that_day_is_offered(db: None) -> None:
    licence = grant()
    assert find_licences(WANG, on=TODAY + timedelta(days=365)) == [licence]
    assert find_licences(WANG, on=TODAY + timedelta(days=366)) == []
    assert find_licences(WANG, on=TODAY - timedelta(days=1)) == []
    assert status_on(licence, TODAY + timedelta(days=366)) == "expired"
    change_licence(licence=licence, status="suspended", reason="复核", by=CLERK, at=AT)
    assert find_licences(WANG, on=TODAY) == []


def test_a_licence_without_end_does_not_expire(db: None) -> None:
    assert status_on(grant(valid_until=None), date(2100, 1, 1)) == "valid"


def test_what_was_revoked_stays_revoked(db: None) -> None:
    licence = grant()
    with pytest.raises(CaseworkError, match="reason_missing"):
        change_licence(licence=licence, status="revoked", reason="", by=CLERK, at=AT)
    change_licence(licence=licence, status="revoked", reason="冒领", by=CLERK, at=AT)
    with pytest.raises(CaseworkError, match="wrong_state"):
        change_licence(licence=licence, status="valid", reason="x", by=CLERK, at=AT)


def test_a_slot_filled_by_a_licence_holds_its_paper_and_the_consent(case: Case) -> None:
    context = {"holder_name": "王秀英"}
    paper = issue_paper(case=case, template="licence", context=context, by=CLERK, at=AT)
    licence = grant(paper=paper)
    assert use(licence, case) == use(licence, case)
    row = Attachment.objects.get(case_number=case.number, slot="elderly")
    assert (row.sha256, row.licence) == (paper.sha256, licence)
    assert [given.licence for given in list_uses_of([WANG])] == [licence]
    assert Entry.objects.filter(action="casework.use_licence").count() == 1


def test_nobody_fills_a_slot_with_another_s_or_an_invalid_licence(case: Case) -> None:
    with pytest.raises(CaseworkError, match="licence_of_another"):
        use(grant(OTHER), case)
    expired = grant(
        number="LN-9", valid_from=TODAY - timedelta(days=9), valid_until=TODAY - timedelta(days=1)
    )
    with pytest.raises(CaseworkError, match="licence_not_valid"):
        use(expired, case)


def test_a_consent_taken_back_empties_the_slot_of_a_draft_only(case: Case) -> None:
    context = {"holder_name": "王秀英"}
    paper = issue_paper(case=case, template="licence", context=context, by=CLERK, at=AT)
    licence = grant(paper=paper)
    use(licence, case)
    given = list_uses_of([WANG])[0]
    assert withdraw_use(use=given, by=CLERK, at=AT)
    assert not withdraw_use(use=given, by=CLERK, at=AT)
    assert not Attachment.objects.filter(slot="elderly", removed_at=None).exists()
    use(licence, case)
    Case.objects.update(state="accepted")
    withdraw_use(use=list_uses_of([WANG])[0], by=CLERK, at=AT)
    assert Attachment.objects.filter(slot="elderly", removed_at=None).exists()
