"""Machines verify claims about persons: yes or no, few a minute, noted."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import ADMINISTRATOR, INTEGRATOR
from ipudong.city.identity.services import create_account, issue_token
from ipudong.city.registry.queries import list_reads_of
from ipudong.city.registry.services import Origin, register_person
from ipudong.gateway.conftest import PASSWORD, District
from ipudong.gateway.options import VERIFICATIONS_PER_MINUTE

ASK = "/registry/v1/verifications"
NOW = datetime.now(UTC)
NUMBER = "11010519491231002X"  # the specimen number of GB 11643-1999
TESTS = Actor("tests", frozenset({ADMINISTRATOR, INTEGRATOR}))


def settle() -> tuple[int, dict[str, dict[str, str]]]:
    """A person, and headers of tokens that may and may not ask."""
    today = date(2026, 11, 23)
    origin = Origin(source="police", quality="verified", effective_on=today, by="tests", at=NOW)
    values = {"kind": "resident", "name": "王秀英", "document_number": NUMBER}
    person = register_person(by=TESTS, values=values, origin=origin, today=today)
    create_account(username="r", password=PASSWORD, roles=["resident"], by="tests")
    headers = {}
    for username, scope in (
        ("clerk", "registry.verify_person"),
        ("r", "registry.verify_person"),
        ("clerk", "registry.geocode"),
    ):
        _, token = issue_token(
            account=Account.objects.get(username=username),
            name="verifying",
            scopes=[scope],
            expires_at=NOW + timedelta(hours=1),
            by=TESTS,
        )
        headers[f"{username} {scope}"] = {"Authorization": f"Bearer {token}"}
    return person.pk, headers


def question(**claim: Any) -> dict[str, Any]:
    return {"purpose": "identity", "claim": {"document_number": NUMBER, **claim}}


async def test_a_claim_is_answered_yes_or_no_and_the_person_sees_it(district: District) -> None:
    person_id, headers = await asyncio.to_thread(settle)
    right = headers["clerk registry.verify_person"]
    claim = question(name="王秀英", born_on="1949-12-30", adult=True)
    answer = await district.http.post(ASK, json=claim, headers=right)
    assert answer.status_code == 200
    assert answer.json() == {
        "holds": False,
        "answers": {"name": True, "born_on": False, "adult": True},
    }
    notes = await asyncio.to_thread(list_reads_of, person_id)
    assert (notes[0].act, notes[0].who) == ("registry.verify_person", "clerk")


async def test_an_unknown_number_reads_like_a_wrong_claim(district: District) -> None:
    _, headers = await asyncio.to_thread(settle)
    claim = {"purpose": "identity", "claim": {"document_number": "X1", "name": "王秀英"}}
    answer = await district.http.post(
        ASK, json=claim, headers=headers["clerk registry.verify_person"]
    )
    assert answer.json() == {"holds": False, "answers": {"name": False}}


async def test_only_tokens_with_the_scope_of_accounts_with_the_role_may_ask(
    district: District,
) -> None:
    _, headers = await asyncio.to_thread(settle)
    for name, status in (("r registry.verify_person", 403), ("clerk registry.geocode", 403)):
        answer = await district.http.post(ASK, json=question(name="x"), headers=headers[name])
        assert answer.status_code == status
    assert (await district.http.post(ASK, json=question(name="x"))).status_code == 401
    assert not await asyncio.to_thread(Entry.objects.filter(action="registry.verify_person").exists)


UNUSABLE: tuple[tuple[dict[str, Any], str | None], ...] = (
    ({"purpose": "curiosity", "claim": {"document_number": NUMBER, "name": "x"}}, None),
    (question(), "claim_without_field"),
    (question(born_on="long ago"), "claim_unreadable"),
    (question(address="乳山路"), None),
    ({"purpose": "identity", "claim": {"document_number": "", "name": "x"}}, None),
    ({"purpose": "identity"}, None),
)


async def test_unusable_questions_are_refused_as_problems(district: District) -> None:
    _, headers = await asyncio.to_thread(settle)
    right = headers["clerk registry.verify_person"]
    for body, code in UNUSABLE:
        answer = await district.http.post(ASK, json=body, headers=right)
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert code is None or answer.json()["code"] == code


async def test_a_token_that_asks_too_often_waits(district: District) -> None:
    _, headers = await asyncio.to_thread(settle)
    right = headers["clerk registry.verify_person"]
    answers = [
        await district.http.post(ASK, json=question(), headers=right)
        for _ in range(VERIFICATIONS_PER_MINUTE.default + 5)
    ]
    assert answers[0].status_code == 400
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
