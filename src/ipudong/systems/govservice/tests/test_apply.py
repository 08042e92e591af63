"""Applying: one number from the first click, nothing asked twice, nothing lost, nothing doubled."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ipudong.city.audit.models import Entry
from ipudong.city.casework.models import Attachment, Case, CaseEvent
from ipudong.city.registry.queries.people import list_reads_of
from ipudong.systems.govservice.models import Application
from ipudong.systems.govservice.tests.applying import (
    DETAILS,
    FINISH,
    HOME,
    Resident,
    begin,
    begun,
    employ,
    fill_in,
    hand_in,
    move_in,
    picture,
    send,
    submit,
)

OTHER = "310115196203084284"


def test_the_number_exists_from_the_first_click(resident: Resident) -> None:
    answer = begin(resident)
    case = Case.objects.get()
    assert case.state == "draft"
    assert answer["Location"] == f"/govservice/cases/{case.number}/form/"


def test_two_clicks_on_begin_are_one_application(resident: Resident) -> None:
    first, second = (begin(resident, token="ab" * 16) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Case.objects.count() == 1


def test_another_persons_token_begins_an_application_of_ones_own(resident: Resident) -> None:
    begin(resident, token="ab" * 16)
    other = move_in("li", "李强", OTHER)
    assert begin(other, token="ab" * 16).status_code == 302
    assert Application.objects.count() == 2


def test_what_the_registers_know_is_filled_in_and_on_record(resident: Resident) -> None:
    case = begun(resident)
    assert case.data["name"] == "王秀英"
    assert case.data["home"] == HOME
    assert case.data["situation"] == "goods"
    assert case.data["sells"] == "goods"  # said in the check before, not asked twice
    note = list_reads_of(resident.person.pk)[0]
    assert (note.who, note.case_number) == ("wang", case.number)
    assert set(note.fields) == {"name", "document_number", "phone", "address"}
    consent = Entry.objects.get(action="govservice.consent_to_prefill")
    assert consent.subject == f"case:{case.number}"


def test_without_consent_nothing_is_read(resident: Resident) -> None:
    begin(resident, consent="")
    assert "name" not in Case.objects.get().data
    assert list_reads_of(resident.person.pk) == []


def test_an_answer_of_the_register_cannot_be_sent_otherwise(resident: Resident) -> None:
    case = begun(resident)
    send(resident.client, case.number, "situation", {"situation": "goods", "name": "Mallory"})
    case.refresh_from_db()
    assert case.data["name"] == "王秀英"


@pytest.mark.parametrize(
    "changes",
    [{"situation": "x"}, {"party": "person:999999"}, {"party": ""}, {"check-sells": "gold"}],
)
def test_a_start_with_something_missing_opens_no_case(
    resident: Resident, changes: dict[str, str]
) -> None:
    answer = begin(resident, **changes)
    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_the_check_advises_and_does_not_forbid(resident: Resident) -> None:
    advised = begin(resident, **{"check-inside_area": "no"})
    assert "公布点位以外" in advised.content.decode()
    assert not Case.objects.exists()
    assert begin(resident, **{"check-inside_area": "no", "anyway": "outside"}).status_code == 302
    assert Application.objects.get().outcome == "outside"


def test_an_older_draft_is_offered_before_a_new_one_is_begun(resident: Resident) -> None:
    case = begun(resident)
    page = resident.client.get("/govservice/apply/street_stall/").content.decode()
    assert case.number in page


def test_a_whole_application_is_handed_in_once(resident: Resident) -> None:
    case = fill_in(resident)
    answers = [submit(resident.client, case) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {f"/govservice/cases/{case.number}/done/"}
    assert CaseEvent.objects.filter(name="submitted").count() == 1
    case.refresh_from_db()
    assert case.state == "submitted"
    assert Application.objects.get().phone_tail == "0001"
    done = resident.client.get(answers[0]["Location"]).content.decode()
    assert case.number in done
    assert "5 个工作日" in done


def test_pages_of_a_draft_open_in_order(resident: Resident) -> None:
    case = begun(resident)
    start = resident.client.get(f"/govservice/cases/{case.number}/form/")
    assert start["Location"].endswith("/form/page/details/")  # all of the first page is known
    send(resident.client, case.number, "details", DETAILS)
    again = resident.client.get(f"/govservice/cases/{case.number}/form/")
    assert again["Location"].endswith("/form/page/materials/")


def test_a_page_with_problems_keeps_what_was_written(resident: Resident) -> None:
    case = begun(resident)
    answer = send(resident.client, case.number, "details", {**DETAILS, "ends_on": "2026-11-30"})
    assert answer.status_code == 422
    assert "结束日期不得早于开始日期" in answer.content.decode()
    case.refresh_from_db()
    assert case.data["spot"] == "changyi"


def test_saving_for_later_asks_for_nothing(resident: Resident) -> None:
    case = begun(resident)
    answer = send(resident.client, case.number, "details", {"spot": "changyi"}, later="1")
    assert answer["Location"].endswith("/form/saved/")
    assert case.number in resident.client.get(answer["Location"]).content.decode()


def test_an_older_window_does_not_overwrite_a_newer_one(resident: Resident) -> None:
    case = begun(resident)
    old = {"revision": "1", "spot": "lingang"}
    answer = send(resident.client, case.number, "details", DETAILS, **old)
    assert answer.status_code == 409
    saved = resident.client.post(f"/govservice/cases/{case.number}/form/page/details/save/", old)
    assert saved.status_code == 409
    assert json.loads(saved.content)["code"] == "stale"
    case.refresh_from_db()
    assert "spot" not in case.data


def test_a_draft_saves_itself_with_a_new_revision(resident: Resident) -> None:
    case = begun(resident)
    path = f"/govservice/cases/{case.number}/form/page/details/save/"
    answer = resident.client.post(path, {"revision": case.revision, "spot": "lingang"})
    assert json.loads(answer.content)["revision"] == case.revision + 1
    case.refresh_from_db()
    assert case.data["spot"] == "lingang"


def test_a_page_of_an_older_form_is_told_plainly(resident: Resident) -> None:
    case = begun(resident)
    answer = send(resident.client, case.number, "details", DETAILS, form_version="0")
    assert answer.status_code == 200
    assert "表单已更新" in answer.content.decode()
    case.refresh_from_db()
    assert case.data["spot"] == "changyi"


def test_a_draft_of_an_older_form_is_taken_over(resident: Resident) -> None:
    case = begun(resident)
    Application.objects.update(form_version=0)
    assert resident.client.get(f"/govservice/cases/{case.number}/form/").status_code == 302
    assert Application.objects.get().form_version == 1


def test_a_case_with_holes_is_not_handed_in(resident: Resident) -> None:
    case = begun(resident)
    answer = submit(resident.client, case)
    assert answer.status_code == 422
    assert f"/govservice/cases/{case.number}/form/page/details/#f-spot" in answer.content.decode()
    case.refresh_from_db()
    assert case.state == "draft"


def test_a_file_is_taken_shown_and_removed(resident: Resident) -> None:
    case = begun(resident)
    sent = {"file-material_goods": picture(), "upload": "material_goods"}
    answer = send(resident.client, case.number, "materials", sent)
    assert answer["Location"].endswith("#f-material_goods")
    row = Attachment.objects.get()
    case.refresh_from_db()
    assert case.data["material_goods"] == [str(row.pk)]
    address = f"/govservice/cases/{case.number}/files/{row.pk}/"
    opened = resident.client.get(address)
    assert opened["Content-Disposition"].startswith("attachment")
    assert b"".join(opened.streaming_content).startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert resident.client.get(f"{address}?small=1")["Content-Type"] == "image/jpeg"
    send(resident.client, case.number, "materials", {"drop": f"material_goods:{row.pk}"})
    case.refresh_from_db()
    assert "material_goods" not in case.data
    assert resident.client.get(address).status_code == 404


def test_a_program_in_the_clothes_of_a_pdf_is_refused_with_a_reason(resident: Resident) -> None:
    case = begun(resident)
    program = SimpleUploadedFile("plan.pdf", b"MZ" + b"\0" * 200, "application/pdf")
    answer = send(resident.client, case.number, "materials", {"file-material_goods": program})
    assert answer.status_code == 422
    assert not Attachment.objects.exists()
    assert "f-material_goods" in answer.content.decode()


def test_files_cannot_be_claimed_by_writing_their_keys(resident: Resident) -> None:
    case = begun(resident)
    send(resident.client, case.number, "materials", {"material_goods": "1"})
    case.refresh_from_db()
    assert "material_goods" not in case.data


SCRIPT = "<script>alert(1)</script>"


def test_script_in_every_text_stays_text(resident: Resident) -> None:
    case = begun(resident)
    texts: dict[str, Any] = {**DETAILS, "starts_on": SCRIPT, "spot": SCRIPT, "sells": SCRIPT}
    pages = [
        send(resident.client, case.number, "details", {**texts, "stall_area_m2": SCRIPT}),
        send(resident.client, case.number, "situation", {"phone": SCRIPT, "home": SCRIPT}),
        send(resident.client, case.number, "finish", {**FINISH, "signed": SCRIPT}),
        resident.client.get(f"/govservice/cases/{case.number}/form/check/"),
    ]
    for page in pages:
        if page.status_code != 302:
            assert SCRIPT not in page.content.decode()
    assert "&lt;script&gt;" in pages[3].content.decode()


CASE_PATHS = (
    "",
    "form/",
    "form/page/details/",
    "form/saved/",
    "form/check/",
    "done/",
    "receipt.pdf",
    "supplement/",
    "files/1/",
    "papers/x/",
    "handover/x/",
)


@pytest.mark.parametrize("path", CASE_PATHS)
def test_another_persons_case_does_not_exist(resident: Resident, path: str) -> None:
    case = hand_in(resident)
    address = f"/govservice/cases/{case.number}/{path}"
    assert move_in("li", "李强", OTHER).client.get(address).status_code == 404
    assert employ("chen", "city_management").get(address).status_code == 404
    assert Client().get(address).status_code == 302  # to the sign-in


@pytest.mark.parametrize("path", ["act/", "form/page/details/", "form/page/details/save/"])
def test_another_person_changes_nothing(resident: Resident, path: str) -> None:
    case = hand_in(resident)
    address = f"/govservice/cases/{case.number}/{path}"
    other = move_in("li", "李强", OTHER)
    assert other.client.post(address, {"act": "withdraw", "sure": "true"}).status_code == 404
    case.refresh_from_db()
    assert case.state == "submitted"


@pytest.mark.parametrize("role", ["supervisor", "integrator", "duty_officer", "resident"])
def test_only_clerks_come_to_the_counter(at_hall: None, role: str) -> None:
    client = employ("x", "epb", role)
    assert client.get("/govservice/window/").status_code == 403
    assert Client().get("/govservice/window/").status_code == 302


def test_an_item_that_is_not_online_cannot_be_applied_for(resident: Resident) -> None:
    assert resident.client.get("/govservice/apply/nothing/").status_code == 404


def test_an_account_without_a_person_is_told_what_to_do(at_hall: None) -> None:
    client = employ("chen", "city_management")
    page = client.get("/govservice/apply/street_stall/")
    assert "市民中心" in page.content.decode()
