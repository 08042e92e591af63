"""What is shown when something is wrong."""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse

from ipudong.portal.pages import errors, home


def test_an_unknown_address_says_so(client: Client, db: None) -> None:
    client.cookies["django_language"] = "en"
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_database_away_is_said_plainly(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object) -> None:
        raise OperationalError("no such host")

    monkeypatch.setattr(home, "get_board", away)
    answer = client.get(reverse("portal:home"))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "no such host" not in answer.content.decode()


def test_the_page_of_our_own_fault_asks_no_database(rf: RequestFactory) -> None:
    answer = errors.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert b"X-Request-ID" in answer.content


def test_a_form_without_its_token_is_explained(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("portal:set_theme"), {"theme": "dark"}).status_code == 403
