"""The registry desk in a real browser: for everyone, and nothing read before a purpose is given."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.identity.actors import system_actor
from ipudong.city.registry.models import Household, Organization, Person, Place
from ipudong.city.registry.queries import list_reads_of
from ipudong.city.registry.services import (
    Origin,
    add_license,
    add_shareholder,
    change_person,
    join_household,
    open_household,
    register_organization,
    register_person,
)
from ipudong.city.registry.services.quality import measure_quality
from ipudong.simulator.population.organizations import credit_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

NUMBER = "11010519491231002X"  # the specimen number of GB 11643-1999
AT = datetime(2026, 11, 22, tzinfo=UTC)
SINCE = date(2010, 1, 1)
TESTS = system_actor("tests")
# Page, and what somebody without a mouse must be able to come to.
PAGES = {
    "": "main form[role=search] button",
    "?q=Maria": "main table a",
    "persons/new/": "main form[method=post] button.btn-primary",
    "persons/{person}/": "main input[name=purpose]",
    "persons/{read}/": "main input[type=range]",
    "persons/{read}/change/": "main form[method=post] button.btn-primary",
    "households/{home}/": "main table a",
    "organizations/?q=Maria": "main table a",
    "organizations/{company}/": "main a.btn-primary",
    "organizations/{company}/change/": "main form[method=post] button.btn-primary",
    "organizations/{company}/events/new/": "main form[method=post] button.btn-primary",
    "projects/": "main form[role=search] button",
    "verification/": "main form[method=post] button.btn-primary",
    "quality/": "main form[method=post] button",
    "purposes/": "main .reg-tabs a",
}


def settle() -> None:
    """Two people of one household, and the company of one of them."""
    origin = Origin(source="police", quality="verified", effective_on=SINCE, by="tests", at=AT)
    place = Place.objects.get(code="310115005000")
    home = open_household(
        by=TESTS, number="H-1", address="Rushan Road 88", source="police", at=AT, since_on=SINCE
    )
    for name, number, relation in (("Maria Wang", NUMBER, "02"), ("Jan Wang", "", "20")):
        values = {"kind": "resident", "name": name, "document_number": number, "place": place}
        person = register_person(by=TESTS, values=values, origin=origin, today=AT.date())
        facts = {"person_id": person.pk, "household_id": home.pk, "relation": relation}
        join_household(by=TESTS, since_on=SINCE, source="police", at=AT, **facts)  # type: ignore[arg-type]
        later = Origin(
            source="hotline", quality="declared", effective_on=date(2020, 5, 1), by="tests", at=AT
        )
        change_person(
            by=TESTS,
            person_id=person.pk,
            values={"phone": "10000000001"},
            origin=later,
            today=AT.date(),
        )
    values = {"name": "Maria Dumplings Ltd", "kind": "enterprise", "founded_on": SINCE}
    code = credit_code(1, "enterprise")
    company = register_organization(
        by=TESTS, credit_code=code, values=values, origin=origin, today=AT.date()
    )
    holder = Person.objects.get(name="Maria Wang").pk
    facts = {"by": TESTS, "organization_id": company.pk, "source": "market", "at": AT}
    add_shareholder(**facts, percent=Decimal(60), since_on=SINCE, person_id=holder)  # type: ignore[arg-type]
    license_ = {"kind": "Food", "number": "JY-1", "authority": "market", "issued_on": SINCE}
    add_license(**facts, **license_)  # type: ignore[arg-type]
    measure_quality(by="tests", at=AT)


@pytest.fixture(scope="module")
def registry_server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("registry"), django_db_blocker, hours=0) as address:
        settle()
        yield address


@pytest.fixture(scope="module")
def visitor(chromium: Browser, registry_server: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, registry_server)
    visitor.sign_in("clerk")
    page = visitor.open(path_of("persons/{read}/"), language="en")
    page.check("input[value=data_quality]")
    page.get_by_role("button", name="Read for this purpose").click()
    expect(page.get_by_role("heading", name="Legal basis")).to_be_visible()
    yield visitor
    visitor.context.close()


def path_of(name: str) -> str:
    keys = {
        "person": Person.objects.get(name="Maria Wang").pk,
        "read": Person.objects.get(name="Jan Wang").pk,
        "home": Household.objects.get(number="H-1").pk,
        "company": Organization.objects.get(name="Maria Dumplings Ltd").pk,
    }
    return f"/govcollab/registry/{name.format(**keys)}"


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_keeps_nobody_out(name: str, visitor: Visitor) -> None:
    assert_chinese_is_for_everyone(visitor, path_of(name), PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_keeps_nobody_out_in_the_dark(name: str, visitor: Visitor) -> None:
    assert_english_is_for_everyone(visitor, path_of(name))


def test_a_clerk_searches_gives_a_purpose_reads_masked_data_and_is_noted(visitor: Visitor) -> None:
    page = visitor.open(path_of(f"?q={NUMBER}"), language="en")
    page.get_by_role("link", name="M** W**").click()
    expect(page.get_by_text("You see nothing of this person yet")).to_be_visible()
    page.check("input[value=data_quality]")
    page.get_by_role("button", name="Read for this purpose").click()
    expect(page.get_by_text("100****0001").first).to_be_visible()
    assert NUMBER not in page.content()
    person = Person.objects.get(name="Maria Wang").pk
    notes = [note for note in list_reads_of(person) if note.act == "registry.read_person"]
    assert notes[0].who == "a-clerk"
    page.locator("input[type=range]").press("Home")
    page.wait_for_url("**step=0")
    expect(page.get_by_text("not what is valid today")).to_be_visible()
    page.get_by_role("button", name="Be done with it").click()
    page.goto(path_of("persons/{person}/"))
    expect(page.get_by_text("You see nothing of this person yet")).to_be_visible()
