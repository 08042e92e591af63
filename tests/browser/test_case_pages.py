"""The work desk in a real browser: for everyone, by keyboard alone, and the process as drawn."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.casework.kinds import CaseKind
from ipudong.city.casework.models import Case, Task
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services import (
    claim_task,
    consult,
    declare_case_kind,
    open_case,
    send_message,
    submit_case,
)
from ipudong.city.casework.tests.engine_drawings import drawing, flows, lanes, node
from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Account, Membership
from ipudong.city.identity.queries import actor_of
from ipudong.city.registry.models import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(300)]
HOUSE = system_actor("test")
# Page, and what somebody without a mouse must be able to come to.
PAGES = {
    "": "main a[data-open]",
    "pool/": "main button[data-key-claim]",
    "all/": "main a[data-open]",
    "consultations/": "main .desk-tabs a",
    "{case}/": "main details.act summary",
    "tasks/{task}/": "main form.task-form button.btn-primary",
}
# Names that are of no language, so that a page's own words can be told from what is stored.
SHAPES = """<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
 xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
 id="picture"><bpmndi:BPMNPlane id="plane" bpmnElement="main">{}</bpmndi:BPMNPlane>
</bpmndi:BPMNDiagram></definitions>"""
SHAPE = (
    '<bpmndi:BPMNShape id="{0}_shape" bpmnElement="{0}">'
    '<dc:Bounds x="{1}" y="80" width="{2}" height="{3}"/></bpmndi:BPMNShape>'
)
PLACES = [("start", 20, 36, 36), ("check", 120, 100, 80), ("decide", 280, 100, 80)]


@dataclass(frozen=True)
class Office:
    """The address of a desk and what lies on it."""

    address: str
    case: str
    task: int


def write_process() -> bytes:
    """Two steps with names of no language, and where they stand in the picture."""
    body = drawing(
        lanes(clerk="check decide"),
        node("startEvent", "start"),
        node("userTask", "check", limit_days=3, milestone="accepted"),
        node("userTask", "decide", limit_days=7, milestone="decided"),
        node("endEvent", "done", outcome="approved"),
        flows("start", "check", "decide", "done"),
    ).decode()
    for name in ("start", "check", "decide", "done"):
        body = body.replace(f'name="{name} step"', f'name="{name[0].upper()}-1"')
    shapes = "".join(SHAPE.format(*place) for place in PLACES)
    return body.replace("</definitions>", SHAPES.format(shapes)).encode()


def write_form() -> str:
    words = {"zh": "核对", "en": "Review"}
    asked = {"name": "k1", "label": {"zh": "结果", "en": "Result"}}
    return json.dumps(
        {
            "code": "k",
            "version": 1,
            "title": words,
            "schema": {"type": "object", "properties": {"k1": {"type": "string", "maxLength": 90}}},
            "pages": [
                {"code": "one", "title": words, "sections": [{"title": words, "fields": [asked]}]}
            ],
        }
    )


def open_cases(folder: Path, now: datetime) -> list[Case]:
    """Three cases of a small kind, handed in on three days."""
    (folder / "process.bpmn").write_bytes(write_process())
    (folder / "form.json").write_text(write_form(), "utf-8")
    kind = CaseKind(
        code="test.k",
        title="K-9",
        department="commerce",
        process=folder / "process.bpmn",
        forms=dict.fromkeys(("", "check", "decide"), folder / "form.json"),
        limit_days=10,
        legal_limit_days=20,
    )
    declare_case_kind(kind=kind, by="test", at=now)
    person = Person.objects.create(
        kind="resident", name="K", source="test", quality="declared", recorded_at=now
    )
    cases = []
    for days in (20, 3, 0):
        at = now - timedelta(days=days)
        case = open_case(
            kind="test.k",
            applicant=Applicant("person", person.pk),
            channel="window",
            by=HOUSE,
            at=at,
        )
        cases.append(submit_case(number=case.number, by=HOUSE, at=at))
    return cases


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Office]:
    folder, now = tmp_path_factory.mktemp("desk"), datetime.now(UTC)
    with serving(folder, django_db_blocker, hours=0) as address:
        account = Account.objects.get(username="a-clerk")
        Membership.objects.create(account=account, role="clerk", department_id="commerce")
        clerk, cases = actor_of(account), open_cases(folder, now)
        task = Task.objects.get(case=cases[0], state="open")
        claim_task(task_id=task.pk, by=clerk, at=now)
        number = cases[0].number
        send_message(number=number, text="K-2", by=clerk, at=now)
        due_on = now.date() + timedelta(days=9)
        consult(number=number, department="police", question="K-3", due_on=due_on, by=clerk, at=now)
        yield Office(address, number, task.pk)


@pytest.fixture(scope="module")
def visitor(chromium: Browser, office: Office) -> Iterator[Visitor]:
    visitor = Visitor(chromium, office.address)
    visitor.sign_in("clerk")
    yield visitor
    visitor.context.close()


def path_of(name: str, office: Office) -> str:
    return f"/cases/{name.format(case=office.case, task=office.task)}"


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_keeps_nobody_out(name: str, visitor: Visitor, office: Office) -> None:
    assert_chinese_is_for_everyone(visitor, path_of(name, office), PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_keeps_nobody_out_in_the_dark(
    name: str, visitor: Visitor, office: Office
) -> None:
    assert_english_is_for_everyone(visitor, path_of(name, office))


def test_the_process_is_drawn_with_the_step_it_stands_at(visitor: Visitor, office: Office) -> None:
    told: list[str] = []
    visitor.page.on("console", lambda message: told.append(message.text))
    page = visitor.open(path_of("{case}/", office), language="en")
    expect(page.locator("[data-process][data-drawn]")).to_be_visible()
    expect(page.locator("[data-element-id=check].is-current")).to_have_count(1)
    expect(page.locator("[data-element-id=start].is-passed")).to_have_count(1)
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    assert not [text for text in told if "Content Security Policy" in text]


def test_a_phone_has_the_words_instead_of_the_picture(visitor: Visitor, office: Office) -> None:
    page = visitor.open(path_of("{case}/", office), language="en", width=360)
    expect(page.locator("[data-process]")).to_be_hidden()
    expect(page.locator("#process dd").first).to_have_text("C-1")


def test_the_pool_is_worked_by_keyboard_alone(visitor: Visitor, office: Office) -> None:
    page = visitor.open("/cases/pool/", language="en")
    page.locator("[data-keys-help]:visible").wait_for()
    page.keyboard.press("?")
    expect(page.locator("#keys-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys-help")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tbody input[type=checkbox]").first).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("c")
    expect(page.get_by_text("The task is yours.")).to_be_visible()
    page = visitor.open("/cases/", language="en")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.locator("[data-keys-help]:visible").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("C-1")


def test_a_task_is_finished_and_the_case_goes_on(visitor: Visitor, office: Office) -> None:
    page = visitor.open(path_of("tasks/{task}/", office), language="en")
    page.get_by_label("Result").fill("K-4")
    page.get_by_role("button", name="Finish the task").click()
    expect(page.get_by_text("Done: C-1.")).to_be_visible()
    expect(page.locator("#tasks")).to_contain_text("D-1")
    expect(page.locator("#due")).to_contain_text("the time promised for this item")
