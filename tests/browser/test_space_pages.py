"""My space and the public proof in a real browser: for everyone, on a phone, in both languages."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
)
from tests.browser.looking import find_chinese, find_violations, overflow
from tests.browser.visits import Visitor, serving

from ipudong.city.casework.models import Case, CaseKindVersion, Message, Paper
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services.documents import (
    grant_licence,
    issue_paper,
    store_attachment,
    use_licence,
)
from ipudong.city.identity.actors import Actor, system_actor
from ipudong.city.identity.models import Account, Department
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import create_account
from ipudong.city.identity.tests.people import PASSWORD
from ipudong.city.registry.models import Person, PersonAccount, Representation
from ipudong.city.registry.queries.people import note_reading

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ROBOT = system_actor("test")
PAGES = {
    "/space/": "main a.btn-primary",
    "/space/cases/": "main .space-cards a",
    "/space/cases/PD20261120000010/": "main textarea",
    "/space/papers/": "main .space-papers a",
    "/space/papers/PD20261120000010-ZZ1/": "main a.btn-primary",
    "/space/messages/": "main .space-letters a",
    "/space/data/": "main .space-reads a",
    "/space/consents/": "main .space-cards button",
    "/space/family/": "main .space-cards button",
    "/verify/": "main #paper-file",
}
# What the registry and the case hold stays as it is in every language.
DATA = frozenset(
    {"王秀英", "王*英", "李梅", "敬老卡", "世纪大道1号", "请补一张照片。", "身份证.jpg"}
)


def person(name: str, number: str) -> Person:
    return Person.objects.create(
        kind="resident",
        document_kind="passport",
        document_number=number,
        name=name,
        address="世纪大道1号",
        source="police",
        quality="verified",
        recorded_at=AT,
    )


def move_in() -> None:
    """A resident with a case, a paper, a license, a file, a message, a reading, a daughter."""
    create_account(username="a-resident", password=PASSWORD, roles=("resident",), by="system:test")
    Department.objects.get_or_create(
        code="civil_affairs", defaults={"name_zh": "区民政局", "name_en": "Civil affairs bureau"}
    )
    account = Account.objects.get(username="a-resident")
    wang, daughter = person("王秀英", "E10000001"), person("李梅", "E10000002")
    PersonAccount.objects.create(
        account=account, person=wang, level="verified", bound_at=AT, bound_by="system:test"
    )
    Representation.objects.create(
        person=daughter,
        representative=wang,
        kind="guardian",
        valid_from=AT.date(),
        asked_by="system:test",
        asked_at=AT,
        accepted_at=AT,
    )
    kind = CaseKindVersion.objects.create(
        code="test.elderly_card",
        number=1,
        digest="0" * 64,
        title_zh="申领敬老卡",
        title_en="Elderly card application",
        department="civil_affairs",
        limit_days=10,
        legal_limit_days=20,
        process="",
        declared_at=AT,
        declared_by="system:test",
    )
    own = {"applicant_kind": "person", "applicant_id": wang.pk, "account_id": account.pk}
    facts = {"kind": kind, "kind_code": kind.code, "department": "civil_affairs", **own}
    times = {"opened_by": "a-resident", "opened_at": AT, "changed_at": AT}
    case = Case.objects.create(number="PD20261120000010", state="accepted", **facts, **times)
    draft = Case.objects.create(number="PD20261120000020", **facts, **times)
    fill(case, draft, wang, account)


def fill(case: Case, draft: Case, wang: Person, account: Account) -> None:
    context = {"holder_name": "王秀英", "title_zh": "敬老卡", "title_en": "Elderly card"}
    paper = issue_paper(case=case, template="licence", context=context, by=ROBOT, at=AT)
    licence = grant_licence(
        holder=Applicant(kind="person", id=wang.pk),
        kind="elderly_card",
        number="LN-1",
        title_zh="敬老卡",
        title_en="Elderly card",
        issuer="civil_affairs",
        valid_from=AT.date(),
        paper=paper,
        by=ROBOT,
        at=AT,
    )
    use_licence(licence=licence, case_number=draft.number, slot="card", by=actor_of(account), at=AT)
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(picture, "JPEG")
    picture.seek(0)
    store_attachment(case_number=case.number, name="身份证.jpg", stream=picture, by=ROBOT, at=AT)
    Message.objects.create(case=case, at=AT, by="chen", from_applicant=False, text="请补一张照片。")
    clerk = Actor(name="chen", roles=frozenset({"clerk"}), departments=frozenset({"civil_affairs"}))
    note_reading(clerk, [wang.pk], "registry.read_person", "case_handling", ["name", "phone"])


@pytest.fixture(scope="module")
def space(
    chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: object,
) -> Iterator[Visitor]:
    with serving(tmp_path_factory.mktemp("space"), django_db_blocker, hours=0) as base:
        move_in()
        visitor = Visitor(chromium, base)
        visitor.sign_in("resident")
        yield visitor
        visitor.context.close()


@pytest.mark.parametrize("path", list(PAGES))
def test_a_page_is_for_everyone_in_chinese(space: Visitor, path: str) -> None:
    assert_chinese_is_for_everyone(space, path, PAGES[path])


@pytest.mark.parametrize("path", list(PAGES))
def test_a_page_is_for_everyone_in_english_on_a_phone_in_the_dark(
    space: Visitor, path: str
) -> None:
    page = space.open(path, width=360, language="en", theme="dark")
    assert find_chinese(page, DATA) == []
    assert find_violations(page) == []
    assert overflow(page) <= 0


def test_type_is_large_enough_for_old_eyes(space: Visitor) -> None:
    page = space.open("/space/", width=360)
    size = page.locator(".space-card p").first.evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize)"
    )
    assert size >= 16
    for button in page.locator("main .btn:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_whoever_acts_for_another_sees_it_on_every_page(space: Visitor) -> None:
    page = space.open("/space/", width=360)
    page.locator(".space-switch summary").click()
    page.get_by_role("button", name="李梅").click()
    assert page.locator(".space-acting[data-acting]").is_visible()
    assert "李梅" in page.locator(".space-acting-now").inner_text()
    space.open("/space/papers/", width=360)
    assert page.locator(".space-acting[data-acting]").is_visible()
    page.locator(".space-switch summary").click()
    page.get_by_role("button", name="王秀英").click()
    assert page.locator(".space-acting[data-acting]").count() == 0


def test_a_resident_asks_why_their_data_were_read(space: Visitor) -> None:
    page = space.open("/space/data/", width=360)
    page.locator(".space-reads a").first.click()
    page.locator("textarea").fill("为什么看我的电话？")
    page.locator("main form button").last.click()
    assert "为什么看我的电话？" in page.locator("main").inner_text()


def test_the_signed_pdf_that_was_downloaded_proves_itself(space: Visitor, tmp_path: Path) -> None:
    page = space.open("/space/papers/PD20261120000010-ZZ1/", width=360)
    with page.expect_download() as waiting:
        page.locator("main .page-head a.btn-primary").click()
    kept = tmp_path / "paper.pdf"
    waiting.value.save_as(kept)
    assert kept.read_bytes().startswith(b"%PDF-")
    space.open("/verify/", width=360)
    page.locator("#paper-file").set_input_files(kept)
    page.locator("main form").nth(1).locator("button").click()
    assert page.locator(".space-verdict[data-tone=good]").is_visible()
    kept.write_bytes(kept.read_bytes().replace(b"/Page", b"/Pagf", 1))
    space.open("/verify/", width=360)
    page.locator("#paper-file").set_input_files(kept)
    page.locator("main form").nth(1).locator("button").click()
    assert page.locator(".space-verdict[data-tone=bad]").is_visible()
    assert Paper.objects.count() == 1
