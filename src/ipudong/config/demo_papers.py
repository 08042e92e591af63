"""Licences and a question of the demonstration's resident, so that My space has them to show.

Papers of cases come with the cases; doing it twice is doing it once.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction

from ipudong.city.casework.models import Case, Licence, LicenceUse, ReadComplaint
from ipudong.city.casework.parties import ORGANIZATION, PERSON, Applicant
from ipudong.city.casework.services.documents import grant_licence, use_licence
from ipudong.city.casework.services.read_complaints import (
    answer_read_complaint,
    complain_of_reading,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of
from ipudong.city.registry.queries.people import find_person_of, list_reads_of
from ipudong.config.demo_people import RESIDENT, find_demo_company

# Kind, titles, number, issuer, first day, how long it holds in days ("" without end).
OWN: Final = (
    ("real_estate", "不动产权证书", "Real estate certificate", "DM-310199-2008-0512", None),
    ("marriage", "结婚证", "Marriage certificate", "DM-J310199-1987-0063", None),
    ("health_card", "食品从业人员健康证明", "Food handler's health card", "DM-JK-2025-88", 41),
)
COMPANY: Final = (
    ("business", "营业执照", "Business license", "DM-310199-2016-0418", None),
    ("food_business", "食品经营许可证", "Food business license", "JY-DM-310199-0077", 64),
)
SINCE: Final = date(2016, 4, 18)


@transaction.atomic
def load_demo_papers(by: Actor, *, at: datetime | None = None) -> int:
    """Grant the licences, ask about one reading; how many licences the district has now."""
    now = at or datetime.now(UTC)
    account = Account.objects.filter(username=RESIDENT).first()
    resident = actor_of(account) if account else None
    person = find_person_of(account.pk) if account else None
    if person is None or resident is None:
        return 0
    _grant(Applicant(kind=PERSON, id=person.person_id), OWN, by, now)
    company = find_demo_company()
    if company is not None:
        _grant(Applicant(kind=ORGANIZATION, id=company), COMPANY, by, now)
    _consent(resident, person.person_id, now)
    _ask(resident, person.person_id, now)
    return Licence.objects.count()


def _grant(
    holder: Applicant,
    rows: tuple[tuple[str, str, str, str, int | None], ...],
    by: Actor,
    now: datetime,
) -> None:
    for kind, title_zh, title_en, number, days in rows:
        grant_licence(
            holder=holder,
            kind=kind,
            number=number,
            title_zh=title_zh,
            title_en=title_en,
            issuer="citizen_center",
            valid_from=SINCE,
            valid_until=now.date() + timedelta(days=days) if days else None,
            by=by,
            at=now,
        )


def _consent(resident: Actor, person_id: int, now: datetime) -> None:
    """In the newest case of the resident one licence stands for a paper, where there is a case."""
    case = Case.objects.filter(applicant_kind=PERSON, applicant_id=person_id).last()
    if case is None or LicenceUse.objects.exists():
        return
    licence = Licence.objects.get(kind="real_estate", number=OWN[0][3])
    use_licence(licence=licence, case_number=case.number, slot="dwelling", by=resident, at=now)


def _ask(resident: Actor, person_id: int, now: datetime) -> None:
    """The oldest reading was asked about, and supervision has answered."""
    notes = list_reads_of(person_id)
    supervisor = Account.objects.filter(username="supervisor").first()
    if not notes or supervisor is None or ReadComplaint.objects.exists():
        return
    complaint = complain_of_reading(
        entry=notes[-1].entry, text="我没有申请过救助，为什么查看我的资料？", by=resident, at=now
    )
    answer_read_complaint(
        complaint_id=complaint.pk,
        answer="经核实，系民政部门核对高龄老人慰问名单，依据齐全，查看字段与用途相符。",
        by=actor_of(supervisor),
        at=now,
    )
