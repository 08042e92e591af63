"""The task page: its form, who has it, and finishing it once."""

import pytest
from django.test import Client
from django.urls import reverse

from ipudong.city.casework.models import Case, Task

pytestmark = pytest.mark.django_db


def url_of(name: str, *args: object) -> str:
    return reverse(f"portal:cases:{name}", args=args)


def text_of(client: Client, task: Task) -> str:
    page = client.get(url_of("task", task.pk))
    assert page.status_code == 200
    return page.content.decode()


@pytest.fixture
def task(case: Case) -> Task:
    return case.tasks.get(state="open")


@pytest.mark.parametrize(
    ("username", "status"),
    [("li", 200), ("head", 200), ("police", 404), ("judge", 403), ("wang", 403), ("admin", 403)],
)
def test_a_task_is_open_to_officers_with_a_part_in_the_case(
    sign_in, task, username, status
) -> None:
    assert sign_in(username).get(url_of("task", task.pk)).status_code == status


@pytest.mark.parametrize("act", ["complete", "claim", "release", "delegate", "reassign"])
@pytest.mark.parametrize("username", ["judge", "wang", "admin", "builder"])
def test_no_act_on_a_task_is_open_to_the_wrong_role(sign_in, task, act, username) -> None:
    data = {"to": "li", "until": "2099-01-01"}
    assert sign_in(username).post(url_of(act, task.pk), data).status_code == 403


def test_the_form_is_there_after_claiming(sign_in, task: Task) -> None:
    clerk = sign_in("li")
    assert "Claim it to work on it" in text_of(clerk, task)
    assert 'name="result"' not in text_of(clerk, task)
    clerk.post(url_of("claim", task.pk))
    assert 'name="result"' in text_of(clerk, task)


def test_answers_are_kept_and_the_task_is_done(sign_in, task: Task) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("claim", task.pk))
    task.refresh_from_db()
    url = url_of("complete", task.pk)
    clerk.post(url, {"note": "材料齐全", "save": "1", "revision": task.revision})
    task.refresh_from_db()
    assert task.data == {"note": "材料齐全"}
    answer = clerk.post(url, {"note": "材料齐全", "revision": task.revision}, follow=True)
    assert "Done: check step." in answer.content.decode()
    task.refresh_from_db()
    assert (task.state, task.done_by) == ("done", "li")
    assert "材料齐全" in text_of(clerk, task)


def test_an_impatient_second_click_is_once(sign_in, task: Task) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("claim", task.pk))
    task.refresh_from_db()
    sent = {"note": "x", "revision": task.revision}
    assert clerk.post(url_of("complete", task.pk), sent).status_code == 302
    assert clerk.post(url_of("complete", task.pk), sent).status_code == 302
    assert task.case.events.filter(name="task_completed").count() == 1


def test_somebody_else_has_it_is_told_plainly(sign_in, task: Task) -> None:
    sign_in("li").post(url_of("claim", task.pk))
    other = sign_in("zhou")
    assert "li has claimed this task and is working on it." in text_of(other, task)
    answer = other.post(url_of("complete", task.pk), {"note": "x"})
    assert answer.status_code == 409
    assert "li has already claimed this task." in answer.content.decode()
    task.refresh_from_db()
    assert task.state == "open"


def test_two_windows_of_one_clerk_do_not_overwrite_one_another(sign_in, task: Task) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("claim", task.pk))
    task.refresh_from_db()
    url, revision = url_of("complete", task.pk), task.revision
    clerk.post(url, {"note": "first", "save": "1", "revision": revision})
    answer = clerk.post(url, {"note": "second", "save": "1", "revision": revision})
    assert answer.status_code == 409
    assert "Somebody has changed this meanwhile." in answer.content.decode()
    task.refresh_from_db()
    assert task.data == {"note": "first"}


def test_a_suspended_case_says_so_instead_of_its_form(sign_in, task: Task) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("claim", task.pk))
    number = task.case.number
    clerk.post(url_of("suspend", number), {"reason": "hearing", "text": "x"})
    assert "Resume it before you go on." in text_of(clerk, task)


def test_a_delegate_works_in_the_holders_stead(sign_in, task: Task) -> None:
    clerk, other = sign_in("li"), sign_in("zhou")
    clerk.post(url_of("claim", task.pk))
    clerk.post(url_of("delegate", task.pk), {"to": "zhou", "until": "2099-01-01"})
    assert "You stand in for li." in text_of(other, task)
    task.refresh_from_db()
    other.post(url_of("complete", task.pk), {"note": "x", "revision": task.revision})
    task.refresh_from_db()
    assert task.done_by == "zhou"


def test_an_odd_revision_is_taken_as_none(sign_in, task: Task) -> None:
    clerk = sign_in("li")
    clerk.post(url_of("claim", task.pk))
    sent = {"note": "x", "revision": "9" * 30}
    assert clerk.post(url_of("complete", task.pk), sent).status_code == 302
