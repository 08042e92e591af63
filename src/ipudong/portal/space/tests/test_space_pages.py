"""My space: what the reader sees of their own, and of those they act for."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ipudong.city.audit.models import Entry
from ipudong.city.casework.models import Case, LicenceUse, Message
from ipudong.city.casework.services.documents import use_licence
from ipudong.city.registry.models import Representation
from ipudong.portal.space.tests.conftest import AT, SignIn, World

OWN_PAGES = ("overview", "cases", "papers", "messages", "data", "reads", "consents", "family")


def address(name: str, *arguments: object) -> str:
    return reverse(f"portal:space:{name}", args=arguments)


@pytest.mark.parametrize("name", OWN_PAGES)
def test_every_section_opens_for_anyone_signed_in_and_for_nobody_else(
    sign_in: SignIn, name: str
) -> None:
    for reader in ("wang", "stranger", "chen"):
        answer = sign_in(reader).get(address(name))
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
    assert sign_in("").get(address(name)).status_code == 302


def test_the_overview_begins_with_what_waits(sign_in: SignIn, world: World) -> None:
    said = sign_in("wang").get(address("overview")).content.decode()
    assert "You are continuing a draft from" in said
    assert said.index("Waits for you") < said.index("Under way and done")
    assert "1 new message" in said
    assert "LN-1" in said
    assert world.draft.number in said


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "Promised for today"), (1, "in 1 day"), (3, "in 3 days"), (-2, "2 days ago")],
)
def test_a_due_date_is_said_in_words(sign_in: SignIn, world: World, days: int, words: str) -> None:
    due = timezone.localdate() + timedelta(days=days)
    Case.objects.filter(pk=world.case.pk).update(promised_due_on=due)
    assert words in sign_in("wang").get(address("cases")).content.decode()


def test_a_case_shows_what_happened_and_takes_a_message(sign_in: SignIn, world: World) -> None:
    client = sign_in("wang")
    said = client.get(address("case", world.case.number)).content.decode()
    assert "请补照片" in said
    assert world.paper.number in said
    assert "身份证.jpg" in said
    answer = client.post(
        address("send_message", world.case.number), {"text": "<script>alert(1)</script>"}
    )
    assert answer.status_code == 302
    said = client.get(address("case", world.case.number)).content.decode()
    assert "&lt;script&gt;alert(1)" in said
    assert "<script>alert(1)" not in said


def test_an_empty_message_is_refused(sign_in: SignIn, world: World) -> None:
    answer = sign_in("wang").post(
        address("send_message", world.case.number), {"text": "  "}, follow=True
    )
    assert "Write a text." in answer.content.decode()
    assert Message.objects.count() == 1


def test_all_messages_can_be_marked_as_read(sign_in: SignIn, world: World) -> None:
    client = sign_in("wang")
    client.post(address("messages"))
    assert Message.objects.get().read_at is not None


@pytest.mark.parametrize("reader", ["stranger", "daughter", "chen", "zhao"])
def test_what_is_wang_s_is_nobody_else_s_in_their_space(
    sign_in: SignIn, world: World, reader: str
) -> None:
    client = sign_in(reader)
    for page in (
        address("case", world.case.number),
        address("paper", world.paper.number),
        address("licence", world.licence.pk),
    ):
        assert client.get(page).status_code == 404
    assert client.post(address("send_message", world.case.number), {"text": "x"}).status_code == 404
    for name in OWN_PAGES:
        said = client.get(address(name)).content.decode()
        assert world.case.number not in said
        assert "LN-1" not in said


def test_a_consent_is_shown_and_taken_back_by_its_holder_alone(
    sign_in: SignIn, world: World
) -> None:
    use = use_licence(
        licence=world.licence,
        case_number=world.draft.number,
        slot="card",
        by=world.actor("wang"),
        at=AT,
    )
    assert world.draft.number in sign_in("wang").get(address("consents")).content.decode()
    withdraw = address("withdraw_consent", use.pk)
    assert sign_in("stranger").post(withdraw).status_code == 404
    assert LicenceUse.objects.get().withdrawn_at is None
    assert sign_in("wang").get(withdraw).status_code == 405
    sign_in("wang").post(withdraw)
    assert LicenceUse.objects.get().withdrawn_at is not None


def invitation(name: str, number: str, direction: str = "for_me") -> dict[str, str]:
    return {"direction": direction, "name": name, "document_number": number, "kind": "adult"}


@pytest.fixture
def invited(sign_in: SignIn, world: World, monkeypatch: pytest.MonkeyPatch) -> Representation:
    """Wang has invited her daughter to act for her."""
    kinds = dict(Representation._meta.get_field("kind").choices or ())
    return Representation.objects.create(
        person=world.people["wang"],
        representative=world.people["daughter"],
        kind=next(iter(kinds)),
        valid_from=AT.date(),
        asked_by="wang",
        asked_at=AT,
    )


def test_a_representation_holds_once_the_other_side_has_accepted(
    sign_in: SignIn, world: World, invited: Representation
) -> None:
    daughter = sign_in("daughter")
    party = {"party": f"person:{world.people['wang'].pk}"}
    assert (
        "may not act for them"
        in daughter.post(address("acting"), party, follow=True).content.decode()
    )
    sign_in("stranger").post(address("accept", invited.pk))
    sign_in("wang").post(address("accept", invited.pk))
    assert Representation.objects.get().accepted_at is None
    daughter.post(address("accept", invited.pk))
    said = daughter.post(address("acting"), party, follow=True).content.decode()
    assert "You act for 王秀英" in said
    assert world.case.number in said
    assert Entry.objects.filter(action="casework.act_for", actor="daughter").count() == 1
    assert daughter.get(address("case", world.case.number)).status_code == 200
    assert daughter.get(address("paper", world.paper.number)).status_code == 200


def test_what_ended_is_over_at_once(sign_in: SignIn, world: World, invited: Representation) -> None:
    daughter = sign_in("daughter")
    daughter.post(address("accept", invited.pk))
    party = {"party": f"person:{world.people['wang'].pk}"}
    assert "王秀英" in daughter.post(address("acting"), party, follow=True).content.decode()
    sign_in("wang").post(address("end", invited.pk))
    said = daughter.get(address("overview")).content.decode()
    assert "王秀英" not in said
    assert daughter.get(address("paper", world.paper.number)).status_code == 404


def test_a_limited_representation_opens_only_the_cases_it_names(
    sign_in: SignIn, world: World, invited: Representation
) -> None:
    Representation.objects.update(powers=["test.birth"])
    daughter = sign_in("daughter")
    daughter.post(address("accept", invited.pk))
    daughter.post(address("acting"), {"party": f"person:{world.people['wang'].pk}"})
    shut = (
        address("case", world.case.number),
        address("paper", world.paper.number),
        address("licence", world.licence.pk),
        address("attachment", world.attachment.pk),
    )
    assert [daughter.get(page).status_code for page in shut] == [404] * 4
    assert world.case.number not in daughter.get(address("cases")).content.decode()
    Representation.objects.update(powers=["test.elderly_card"])
    assert [daughter.get(page).status_code for page in shut] == [200, 200, 404, 200]
    said = daughter.get(address("papers")).content.decode()
    assert world.paper.number in said
    assert "LN-1" not in said


def test_while_acting_for_another_their_data_and_family_stay_closed(
    sign_in: SignIn, world: World, invited: Representation
) -> None:
    daughter = sign_in("daughter")
    daughter.post(address("accept", invited.pk))
    daughter.post(address("acting"), {"party": f"person:{world.people['wang'].pk}"})
    said = daughter.get(address("data")).content.decode()
    assert "E10000002" in said
    assert "E10000001" not in said


def test_an_agent_sees_the_organization_s_cases_only_while_acting_for_it(
    sign_in: SignIn, world: World
) -> None:
    daughter = sign_in("daughter")
    assert world.shop_case.number not in daughter.get(address("cases")).content.decode()
    daughter.post(address("acting"), {"party": f"organization:{world.shop.pk}"})
    assert world.shop_case.number in daughter.get(address("cases")).content.decode()
    stranger = sign_in("stranger")
    stranger.post(address("acting"), {"party": f"organization:{world.shop.pk}"})
    assert world.shop_case.number not in stranger.get(address("cases")).content.decode()


def test_an_invitation_names_a_person_by_name_and_number_together(
    sign_in: SignIn, world: World
) -> None:
    client = sign_in("wang")
    said = client.post(address("invite"), invitation("李梅", "E19999999")).content.decode()
    assert Representation.objects.count() == 0
    assert "李梅" in said  # what was typed is kept


def test_data_taken_away_are_whole_and_one_s_own(sign_in: SignIn, world: World) -> None:
    client = sign_in("wang")
    assert client.get(address("export")).status_code == 405
    answer = client.post(address("export"))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    data = json.loads(archive.read("data.json"))
    assert data["person"]["document_number"] == "E10000001"
    assert {row["number"] for row in data["cases"]} == {world.case.number, world.draft.number}
    assert archive.read(f"papers/{world.paper.number}.pdf").startswith(b"%PDF-")
    assert any(name.endswith("身份证.jpg") for name in archive.namelist())
    assert Entry.objects.filter(action="casework.export_own_data").count() == 1
    stranger = b"".join(sign_in("stranger").post(address("export")).streaming_content)  # type: ignore[attr-defined]
    assert world.case.number.encode() not in zipfile.ZipFile(io.BytesIO(stranger)).read("data.json")
