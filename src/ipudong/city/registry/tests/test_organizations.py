import datetime as dt
from decimal import Decimal

import pytest

from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.identifiers import (
    credit_check_character,
    organization_check_character,
)
from ipudong.city.registry.models import Organization, OrganizationEvent, Person
from ipudong.city.registry.queries import (
    find_organization,
    get_values_on,
    list_branches,
    list_holdings,
    list_licenses,
    search_organizations,
)
from ipudong.city.registry.services import (
    add_license,
    add_shareholder,
    change_organization,
    change_record,
    record_organization_event,
    register_finance_institution,
    register_land,
    register_organization,
    register_project,
)
from ipudong.city.registry.tests.people import AT, CIVIL, TODAY, origin

pytestmark = pytest.mark.django_db

FOUNDED = dt.date(2015, 6, 1)


def code_of(sequence: int) -> str:
    body = f"MA1H{sequence:04d}"
    first = "91310115" + body + organization_check_character(body)
    return first + credit_check_character(first)


def register(sequence: int, name: str, **values: object) -> Organization:
    given = {"kind": "enterprise", "name": name, "founded_on": FOUNDED, **values}
    return register_organization(
        by=CIVIL, credit_code=code_of(sequence), values=given, origin=origin(FOUNDED), today=TODAY
    )


def hold(organization: Organization, percent: str, **holder: object) -> None:
    add_shareholder(
        by=CIVIL,
        organization_id=organization.pk,
        percent=Decimal(percent),
        since_on=FOUNDED,
        source="market",
        at=AT,
        **holder,  # type: ignore[arg-type]
    )


def test_an_organization_is_found_by_code_name_and_distinctive_word() -> None:
    row = register(1, "上海浦东新区乳山面馆有限公司", phone="02158880001")
    found = find_organization(row.credit_code.lower())
    assert found is not None
    assert found.organization_id == row.pk
    for text in (row.credit_code, "上海浦东", "乳山面", "02158880001"):
        assert [hit.pk for hit in search_organizations(text).rows] == [row.pk]
    assert not search_organizations("面馆").rows
    assert find_organization("x") is None


@pytest.mark.parametrize(
    ("code", "values", "why"),
    [
        ("91310115MA1H000100", {}, "number_not_valid"),
        (code_of(2), {"name": ""}, "name_needed"),
        (code_of(2), {"kind": "band"}, "unknown_kind"),
        (code_of(2), {"capital": "much"}, "value_not_valid"),
    ],
)
def test_bad_entries_are_refused(code: str, values: dict[str, object], why: str) -> None:
    given = {"kind": "enterprise", "name": "某公司", **values}
    with pytest.raises(RegistryError) as refused:
        register_organization(
            by=CIVIL, credit_code=code, values=given, origin=origin(), today=TODAY
        )
    assert refused.value.code == why
    assert not Organization.objects.exists()


def test_a_change_is_an_event_and_the_past_can_be_asked() -> None:
    row = register(1, "上海甲有限公司", capital="100")
    change_organization(
        by=CIVIL,
        organization_id=row.pk,
        values={"name": "上海乙有限公司", "capital": "500.5"},
        origin=origin(dt.date(2026, 11, 20)),
        today=TODAY,
    )
    row.refresh_from_db()
    assert (row.name, row.trade_name, row.capital) == ("上海乙有限公司", "乙", Decimal("500.5"))
    kinds = list(OrganizationEvent.objects.values_list("kind", flat=True))
    assert kinds == ["changed", "founded"]
    assert get_values_on("organization", row, on=dt.date(2026, 11, 19))["name"] == "上海甲有限公司"


def test_branches_stand_below_their_parent_and_never_in_a_circle() -> None:
    parent = register(1, "上海甲有限公司")
    branch = register(2, "上海甲有限公司张江分公司", kind="branch", parent=parent)
    assert list_branches(parent.pk) == [branch]
    with pytest.raises(RegistryError) as refused:
        change_organization(
            by=CIVIL,
            organization_id=parent.pk,
            values={"parent": branch},
            origin=origin(),
            today=TODAY,
        )
    assert refused.value.code == "circle_of_branches"


def test_the_tree_of_shareholders_reckons_what_is_held_in_the_end(wang: Person) -> None:
    top, middle, bottom = register(1, "甲"), register(2, "乙"), register(3, "丙")
    hold(bottom, "60", holder_id=middle.pk)
    hold(bottom, "40", person_id=wang.pk)
    hold(middle, "50", holder_id=top.pk)
    hold(middle, "50", holder_id=bottom.pk)  # a circle of holdings, as they happen
    lines = [
        (line.depth, line.name, line.effective_percent)
        for line in list_holdings(bottom.pk, on=TODAY)
    ]
    assert lines == [
        (0, "乙", 60.0),
        (1, "甲", 30.0),
        (1, "丙", 30.0),
        (0, "王秀英", 40.0),
    ]


def test_shares_never_pass_the_whole() -> None:
    row = register(1, "甲")
    hold(row, "70", name="Foreign Holding Ltd")
    for percent, code in (("30.0001", "shares_above_whole"), ("0", "share_not_valid")):
        with pytest.raises(RegistryError) as refused:
            hold(row, percent, name="乙")
        assert refused.value.code == code
    with pytest.raises(RegistryError) as refused:
        hold(row, "1", holder_id=row.pk)
    assert refused.value.code == "holds_itself"


def test_valid_licenses_come_first() -> None:
    row = register(1, "甲")

    def give(number: str, until: dt.date) -> None:
        add_license(
            by=CIVIL,
            organization_id=row.pk,
            kind="食品经营许可证",
            number=number,
            authority="food_drug",
            issued_on=FOUNDED,
            valid_until=until,
            source="food_drug",
            at=AT,
        )

    give("JY1", dt.date(2020, 1, 1))
    give("JY2", dt.date(2030, 1, 1))
    assert [row.number for row in list_licenses(row.pk, on=TODAY)] == ["JY2", "JY1"]
    with pytest.raises(RegistryError):
        give("JY2", dt.date(2031, 1, 1))
    with pytest.raises(RegistryError):
        give("JY3", dt.date(2010, 1, 1))


def test_events_are_of_known_kinds() -> None:
    row = register(1, "甲")
    record_organization_event(
        by=CIVIL, organization_id=row.pk, kind="annual_report", text="2025", origin=origin()
    )
    with pytest.raises(RegistryError):
        record_organization_event(
            by=CIVIL, organization_id=row.pk, kind="party", text="", origin=origin()
        )


def test_projects_land_and_finance_institutions_have_checked_codes() -> None:
    row = register(1, "甲银行")
    land = register_land(
        by=CIVIL,
        parcel_code="310115001002GB00012",
        values={"use": "0507", "area_m2": "1200.5", "location": "世纪大道 1 号", "holder": row},
        origin=origin(),
        today=TODAY,
    )
    project = register_project(
        by=CIVIL,
        code="2026-310115-47-03-123456",
        values={"name": "某大厦", "builder": row, "land": land},
        origin=origin(),
        today=TODAY,
    )
    assert (project.kind, project.stage) == ("03", "planned")
    change_record(
        by=CIVIL,
        subject_kind="project",
        record_id=project.pk,
        values={"stage": "building"},
        origin=origin(),
        today=TODAY,
    )
    project.refresh_from_db()
    assert project.stage == "building"
    bank = register_finance_institution(
        by=CIVIL,
        organization_id=row.pk,
        values={"kind": "bank", "lei": "5493002ERZU2K9PZDL40"},
        origin=origin(),
        today=TODAY,
    )
    assert bank.lei == "5493002ERZU2K9PZDL40"
    with pytest.raises(RegistryError) as refused:
        register_land(by=CIVIL, parcel_code="31", values={}, origin=origin(), today=TODAY)
    assert refused.value.code == "number_not_valid"
