"""What is shown when something is wrong."""

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from ipudong.portal.pages import errors, home
from ipudong.store.errors import JournalReadOnly, LakeMissing, StoreError


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


@pytest.mark.parametrize("error", [LakeMissing("lake"), JournalReadOnly("journal", "no")])
def test_a_history_away_is_said_with_the_name_of_what_is_away(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch, error: StoreError
) -> None:
    def away(*args: object) -> None:
        raise error

    monkeypatch.setattr(home, "get_board", away)
    answer = client.get(reverse("portal:home"), headers={"accept-language": "en"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert error.code in answer.content.decode()
    assert "nothing they send is lost" in answer.content.decode()


def test_the_page_of_our_own_fault_asks_no_database(rf: RequestFactory) -> None:
    answer = errors.server_error(rf.get("/"))
    assert answer.status_code == 500
    assert b"X-Request-ID" in answer.content


@pytest.mark.parametrize(("chosen", "named"), [("en", "en"), ("zh-hans", "zh-Hans")])
def test_the_page_of_our_own_fault_names_its_language(
    rf: RequestFactory, chosen: str, named: str
) -> None:
    with translation.override(chosen):
        answer = errors.server_error(rf.get("/"))
    assert f'<html lang="{named}">' in answer.content.decode()


def test_a_form_without_its_token_is_explained(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("portal:set_theme"), {"theme": "dark"}).status_code == 403
