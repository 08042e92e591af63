"""Who read my data: seen, asked about, answered."""

import pytest
from django.urls import reverse

from ipudong.city.audit.services import record
from ipudong.city.casework.models import ReadComplaint
from ipudong.portal.space.tests.conftest import SignIn, World

DETAIL = {
    "purpose": "case_handling",
    "fields": ["name", "phone"],
    "case": "PD20261120000010",
    "offices": ["civil_affairs"],
}


@pytest.fixture
def entry(world: World) -> int:
    subject = f"person:{world.people['wang'].pk}"
    return record(actor="chen", action="registry.read_person", subject=subject, detail=DETAIL)


def ask(entry: int) -> str:
    return reverse("portal:space:ask_reading", args=[entry])


def test_a_reading_says_who_when_why_and_what(sign_in: SignIn, entry: int) -> None:
    said = sign_in("wang").get(reverse("portal:space:data")).content.decode()
    for words in ("chen", "Civil affairs", "Mobile phone", "PD20261120000010", "Handling a case"):
        assert words in said


def test_a_question_is_answered_by_supervision_alone(sign_in: SignIn, entry: int) -> None:
    wang = sign_in("wang")
    wang.post(ask(entry), {"text": "为什么看我的电话？"})
    complaint = ReadComplaint.objects.get()
    desk = reverse("portal:space:complaints")
    answer = reverse("portal:space:answer_complaint", args=[complaint.pk])
    for reader in ("wang", "chen", "stranger"):
        assert sign_in(reader).get(desk).status_code == 403
        assert sign_in(reader).post(answer, {"answer": "x"}).status_code == 403
    zhao = sign_in("zhao")
    assert "为什么看我的电话？" in zhao.get(desk).content.decode()
    zhao.post(answer, {"answer": "窗口核对联系方式。"})
    zhao.post(answer, {"answer": "second"})
    assert "窗口核对联系方式。" in wang.get(reverse("portal:space:reads")).content.decode()
    assert ReadComplaint.objects.get().answer == "窗口核对联系方式。"


def test_nobody_asks_about_another_s_readings_or_twice(sign_in: SignIn, entry: int) -> None:
    assert sign_in("stranger").get(ask(entry)).status_code == 404
    assert sign_in("stranger").post(ask(entry), {"text": "x"}).status_code == 404
    wang = sign_in("wang")
    assert wang.get(ask(entry + 1000)).status_code == 404
    wang.post(ask(entry), {"text": "first"})
    wang.post(ask(entry), {"text": "second"})
    assert ReadComplaint.objects.get().text == "first"


def test_an_empty_question_is_refused(sign_in: SignIn, entry: int) -> None:
    answer = sign_in("wang").post(ask(entry), {"text": " "})
    assert "Write a text." in answer.content.decode()
    assert not ReadComplaint.objects.exists()
