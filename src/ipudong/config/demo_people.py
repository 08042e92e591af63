"""People of the demonstration district: a few hundred drawn, and one family told in full.

Nobody is real: numbers are of division 310199, which is given to no place. Doing it twice is doing
it once.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import CLERK
from ipudong.city.registry.identifiers import citizen_check_character
from ipudong.city.registry.models import Organization, Person, PersonAccount, Place
from ipudong.city.registry.queries import (
    find_organization,
    find_person_by_number,
    list_places,
    read_person,
    verify_person,
)
from ipudong.city.registry.services import (
    Origin,
    accept_representation,
    add_license,
    add_shareholder,
    ask_representation,
    bind_account,
    change_organization,
    change_person,
    grant_agency,
    join_household,
    link_house,
    open_household,
    record_organization_event,
    register_finance_institution,
    register_land,
    register_organization,
    register_person,
    register_project,
)
from ipudong.city.registry.services.loading import load_organizations, load_persons
from ipudong.simulator.population.organizations import credit_code, draw_organizations
from ipudong.simulator.population.people import Area, draw_people

SOURCE: Final = "demonstration"
SEED: Final = 11
PERSONS, HOUSEHOLDS, ORGANIZATIONS = 420, 150, 140
HOME: Final = "浦东新区潍坊新村街道示范一路88弄3号502室"
HOME_CODE: Final = "D-WANG-502"
WEIFANG: Final = "310115004000"
DRAWN_ON: Final = date(2026, 11, 22)
# Role: sequence in the number, birth day, name, relation to the head, phone.
FAMILY: Final = {
    "wang": ("19620308", 928, "王秀英", "02", "10088880001"),
    "husband": ("19601117", 913, "陈建国", "10", "10088880002"),
    "daughter": ("19901002", 924, "陈晓", "30", "10088880003"),
    "grandson": ("20180615", 917, "陈子涵", "40", ""),
}
COMPANY_SEQUENCE, BANK_SEQUENCE, BRANCH_SEQUENCE = 900_001, 900_002, 900_003
RESIDENT: Final = "resident"


@transaction.atomic
def load_demo_people(by: Actor, *, at: datetime | None = None) -> int:
    """Fill the registry of a demonstration district; returns how many persons it has."""
    now = at or datetime.now(UTC)
    if not Person.objects.filter(source=SOURCE).exists():
        _load_drawn(by, now)
    if find_person_by_number(_number("wang")) is None:
        family = _register_family(by, now)
        company = _register_company(by, now, family)
        _register_estate(by, now)
        _read_some(family["wang"].pk, now)
        _let_act(by, now, family, company)
    return Person.objects.count()


def _load_drawn(by: Actor, now: datetime) -> None:
    areas = [Area(place.code, place.name_zh, min(place.area_km2, 40.0)) for place in list_places()]
    people = draw_people(PERSONS, HOUSEHOLDS, areas, today=DRAWN_ON, seed=SEED)
    companies = draw_organizations(ORGANIZATIONS, areas, today=DRAWN_ON, seed=SEED)
    facts: dict[str, Any] = {"source": SOURCE, "by": by.name, "at": now, "progress": _silent}
    load_persons((batch.to_pydict() for batch in people), **facts)
    load_organizations((batch.to_pydict() for batch in companies), **facts)


def _silent(done: int) -> None:
    return None


def _number(who: str) -> str:
    born, sequence, *_ = FAMILY[who]
    first = f"310199{born}{sequence:03d}"
    return first + citizen_check_character(first)


def _origin(on: date, now: datetime, by: str, source: str = "police") -> Origin:
    return Origin(source=source, quality="verified", effective_on=on, by=by, at=now)


def _register_family(by: Actor, now: datetime) -> dict[str, Person]:
    place = Place.objects.get(code=WEIFANG)
    since, today = date(2008, 5, 12), now.date()
    home = open_household(
        by=by,
        number="DM-WANG-88",
        address=HOME,
        source=SOURCE,
        at=now,
        since_on=since,
        address_code=HOME_CODE,
        place=place,
    )
    family = {}
    for who, (_, _, name, relation, phone) in FAMILY.items():
        values = {
            "kind": "resident",
            "name": name,
            "document_kind": "citizen",
            "document_number": _number(who),
            "ethnicity": "01",
            "phone": phone,
            "registered_division": "310115",
            "address": HOME,
            "address_code": HOME_CODE,
            "place": place,
        }
        person = register_person(
            by=by, values=values, origin=_origin(since, now, "police"), today=today
        )
        family[who] = person
        where: dict[str, Any] = {
            "person_id": person.pk,
            "since_on": since,
            "source": SOURCE,
            "at": now,
        }
        join_household(by=by, household_id=home.pk, relation=relation, **where)
        kind = "owner" if who == "wang" else "family"
        link_house(by=by, address=HOME, address_code=HOME_CODE, relation=kind, **where)
    _tell_past(by, family["wang"].pk, now)
    return family


def _tell_past(by: Actor, person_id: int, now: datetime) -> None:
    """Two changes and a correction, so that the history has something to show."""
    for day, values, source, note in (
        (date(2015, 3, 2), {"phone": "10088880009"}, "hotline", "本人来电告知"),
        (date(2021, 9, 1), {"phone": "10088880001"}, "citizen_center", "窗口办事时更新"),
        (date(2008, 5, 12), {"ethnicity": "01"}, "police", "与户籍底册核对一致"),
    ):
        origin = Origin(
            source=source, quality="declared", effective_on=day, by=by.name, at=now, note=note
        )
        change_person(by=by, person_id=person_id, values=values, origin=origin, today=now.date())


def _register_company(by: Actor, now: datetime, family: dict[str, Person]) -> Organization:
    place, today = Place.objects.get(code=WEIFANG), now.date()
    founded = date(2016, 4, 18)
    company = register_organization(
        by=by,
        credit_code=credit_code(COMPANY_SEQUENCE, "enterprise"),
        values={
            "name": "上海浦东秀英点心店有限公司",
            "kind": "enterprise",
            "industry": "H62",
            "scope": "餐饮服务；预包装食品销售（演示数据）",
            "capital": "50",
            "employees": 9,
            "founded_on": founded,
            "authority": "浦东新区市场监督管理局（演示）",
            "representative_name": "王秀英",
            "representative": family["wang"],
            "phone": "02100088888",
            "address": "浦东新区潍坊新村街道示范二路16号1层",
            "address_code": "DO-WANG-16",
            "place": place,
        },
        origin=_origin(founded, now, by.name, "market"),
        today=today,
    )
    facts: dict[str, Any] = {"by": by, "organization_id": company.pk, "source": "market", "at": now}
    for who, percent in (("wang", 60), ("husband", 40)):
        share: dict[str, Any] = {"percent": Decimal(percent), "subscribed": Decimal(percent) / 2}
        add_shareholder(**facts, **share, since_on=founded, person_id=family[who].pk)
    for kind, number, until in (
        ("营业执照", "DM-310199-2016-0418", None),
        ("食品经营许可证", "JY-DM-310199-0077", today + timedelta(days=64)),
        ("公共场所卫生许可证", "WS-DM-310199-0031", today - timedelta(days=20)),
    ):
        authority = "浦东新区市场监督管理局（演示）"
        issued: dict[str, Any] = {
            "issued_on": founded,
            "valid_until": until,
            "authority": authority,
        }
        add_license(**facts, **issued, kind=kind, number=number)
    change_organization(
        by=by,
        organization_id=company.pk,
        values={"capital": "80", "employees": 14},
        origin=_origin(date(2022, 7, 1), now, by.name, "market"),
        today=today,
    )
    for year in range(today.year - 3, today.year):
        record_organization_event(
            by=by,
            organization_id=company.pk,
            kind="annual_report",
            text=f"{year} 年度报告",
            origin=_origin(date(year + 1, 5, 20), now, by.name, "market"),
        )
    _register_branch(by, now, company, place)
    return company


def _register_branch(by: Actor, now: datetime, company: Organization, place: Place) -> None:
    founded = date(2023, 2, 6)
    register_organization(
        by=by,
        credit_code=credit_code(BRANCH_SEQUENCE, "branch"),
        values={
            "name": "上海浦东秀英点心店有限公司张杨路分店",
            "kind": "branch",
            "industry": "H62",
            "founded_on": founded,
            "representative_name": "陈晓",
            "address": "浦东新区潍坊新村街道示范三路5号",
            "place": place,
            "parent": company,
        },
        origin=_origin(founded, now, by.name, "market"),
        today=now.date(),
    )


def _register_estate(by: Actor, now: datetime) -> None:
    """A bank, a parcel and a project, of each one."""
    today, founded = now.date(), date(1996, 8, 8)
    bank = register_organization(
        by=by,
        credit_code=credit_code(BANK_SEQUENCE, "enterprise"),
        values={"name": "浦江示范银行股份有限公司", "kind": "enterprise", "founded_on": founded},
        origin=_origin(founded, now, by.name, "market"),
        today=today,
    )
    origin = _origin(founded, now, by.name, "finance")
    register_finance_institution(
        by=by,
        organization_id=bank.pk,
        values={"kind": "bank", "license_number": "B0000H331000099", "licensed_on": founded},
        origin=origin,
        today=today,
    )
    granted = date(2024, 3, 15)
    land = register_land(
        by=by,
        parcel_code="310199001002GB00012",
        values={
            "use": "0507",
            "area_m2": "12680.50",
            "location": "示范三路以北、模拟路以东",
            "holder": bank,
            "granted_on": granted,
            "valid_until": date(2064, 3, 14),
        },
        origin=_origin(granted, now, by.name, "planning"),
        today=today,
    )
    register_project(
        by=by,
        code="2024-310199-47-02-000012",
        values={
            "name": "浦江示范银行数据中心",
            "stage": "building",
            "builder": bank,
            "land": land,
            "investment": "86000",
            "floor_area_m2": "41200",
            "started_on": date(2024, 11, 1),
        },
        origin=_origin(date(2024, 6, 1), now, by.name, "development"),
        today=today,
    )


def _read_some(person_id: int, now: datetime) -> None:
    """Readings by two offices, so that the resident sees who read their data."""
    roles = frozenset({CLERK})
    civil = Actor(name="demo-civil-affairs", roles=roles, departments=frozenset({"civil_affairs"}))
    insurance = Actor(
        name="demo-social-insurance", roles=roles, departments=frozenset({"human_resources"})
    )
    read_person(by=civil, person_id=person_id, purpose="social_assistance")
    read_person(
        by=insurance, person_id=person_id, purpose="social_insurance", fields=("name", "born_on")
    )
    claim = {"document_number": _number("wang"), "adult": "yes", "resident": "yes"}
    verify_person(by=insurance, claim=claim, purpose="eligibility", today=now.date())


def _let_act(by: Actor, now: datetime, family: dict[str, Person], company: Organization) -> None:
    account = Account.objects.filter(username=RESIDENT).first()
    if account is None or PersonAccount.objects.filter(account=account).exists():
        return
    wang, today = family["wang"], now.date()
    bind_account(by=by, account_id=account.pk, person_id=wang.pk, level="in_person", at=now)
    resident = Actor(
        name=account.get_username(), roles=frozenset({RESIDENT}), account_id=account.pk
    )
    police = Actor(name="demo-police", roles=frozenset({CLERK}), departments=frozenset({"police"}))
    for person, representative, kind, powers in (
        (wang, family["daughter"], "child", ("govservice.elderly_card",)),
        (family["grandson"], wang, "guardian", ()),
    ):
        asked = ask_representation(
            by=police,
            person_id=person.pk,
            representative_id=representative.pk,
            kind=kind,
            powers=powers,
            valid_from=today - timedelta(days=90),
            valid_until=today + timedelta(days=640),
            at=now,
        )
        accept_representation(by=resident, representation_id=asked.pk, at=now)
    grant_agency(
        by=by,
        account_id=account.pk,
        organization_id=company.pk,
        powers=(),
        valid_from=today - timedelta(days=30),
        at=now,
    )


def find_demo_company() -> int | None:
    """Key of the company of 王秀英, for the demonstration of other systems."""
    found = find_organization(credit_code(COMPANY_SEQUENCE, "enterprise"))
    return found.organization_id if found else None
