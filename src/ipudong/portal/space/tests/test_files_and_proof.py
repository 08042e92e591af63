"""Files handed out to those who have to do with them, and the proof that is for everybody."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.casework.documents.papers.issuing import link_of
from ipudong.city.casework.documents.storage import path_of
from ipudong.city.casework.services.documents import remove_attachment, revoke_paper
from ipudong.portal.space.tests.conftest import AT, ROBOT, SignIn, World


def body(answer: object) -> bytes:
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


@pytest.fixture
def pages(world: World) -> list[str]:
    return [
        reverse("portal:space:attachment", args=[world.attachment.pk]),
        reverse("portal:space:thumbnail", args=[world.attachment.pk]),
        reverse("portal:space:paper_file", args=[world.paper.number]),
        reverse("portal:space:paper_qr", args=[world.paper.number]),
    ]


def test_applicant_officer_and_supervision_open_files_others_do_not(
    sign_in: SignIn, pages: list[str]
) -> None:
    for page in pages:
        for reader in ("wang", "chen", "zhao"):
            assert sign_in(reader).get(page).status_code == 200, (reader, page)
        for reader in ("stranger", "daughter"):
            assert sign_in(reader).get(page).status_code == 404, (reader, page)
        assert sign_in("").get(page).status_code == 302
        assert sign_in("wang").post(page).status_code == 405


def test_forged_and_outdated_links_lead_nowhere(sign_in: SignIn, world: World) -> None:
    wang = sign_in("wang")
    assert wang.get(reverse("portal:space:attachment", args=[999_999])).status_code == 404
    assert wang.get(reverse("portal:space:paper_file", args=["PD0-ZZ1"])).status_code == 404
    assert wang.get("/files/papers/..%2F..%2Fsecret.key/").status_code == 404
    remove_attachment(attachment=world.attachment, by=ROBOT, at=AT)
    gone = reverse("portal:space:attachment", args=[world.attachment.pk])
    assert wang.get(gone).status_code == 404


def test_a_file_is_handed_out_so_that_a_browser_runs_nothing_of_it(
    sign_in: SignIn, pages: list[str]
) -> None:
    answer = sign_in("wang").get(pages[0])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "private" in answer.headers["Cache-Control"]


def test_every_opening_is_noted_and_shown_to_the_applicant(
    sign_in: SignIn, world: World, pages: list[str]
) -> None:
    sign_in("chen").get(pages[0])
    entry = Entry.objects.get(action="casework.open_document")
    assert (entry.actor, entry.subject) == ("chen", f"case:{world.case.number}")
    page = reverse("portal:space:case", args=[world.case.number])
    assert "chen · 身份证.jpg" in sign_in("wang").get(page).content.decode()


@pytest.mark.parametrize(
    ("wanted", "status", "span"),
    [
        ("bytes=0-3", 206, (0, 4)),
        ("bytes=5-", 206, (5, None)),
        ("bytes=-7", 206, (-7, None)),
        ("bytes=0-99999999", 200, (0, None)),
        ("bytes=0-1,3-4", 200, (0, None)),
        ("bytes=4-2", 416, (0, 0)),
        ("bytes=99999999-", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
        ("lines=1-2", 200, (0, None)),
    ],
)
def test_a_part_of_a_file_can_be_asked_for(
    sign_in: SignIn, world: World, wanted: str, status: int, span: tuple[int, int | None]
) -> None:
    whole = path_of(world.paper.sha256).read_bytes()
    page = reverse("portal:space:paper_file", args=[world.paper.number])
    answer = sign_in("wang").get(page, headers={"range": wanted})
    assert answer.status_code == status
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    else:
        assert body(answer) == whole[span[0] : span[1]]
        assert answer.headers["Content-Length"] == str(len(whole[span[0] : span[1]]))


def test_what_a_browser_has_already_is_not_sent_again(sign_in: SignIn, pages: list[str]) -> None:
    client = sign_in("wang")
    etag = client.get(pages[2]).headers["ETag"]
    assert client.get(pages[2], headers={"if-none-match": etag}).status_code == 304
    stale = client.get(pages[2], headers={"range": "bytes=0-1", "if-range": '"other"'})
    assert stale.status_code == 200


def visit(name: str, *arguments: object) -> str:
    answer = Client(headers={"accept-language": "en"}).get(reverse(name, args=arguments))
    return answer.content.decode()


def judge(content: bytes) -> str:
    upload = SimpleUploadedFile("paper.pdf", content, "application/pdf")
    client = Client(headers={"accept-language": "en"})
    return client.post(reverse("portal:space:verify_file"), {"file": upload}).content.decode()


def test_anybody_may_prove_a_paper_and_learns_only_part_of_the_name(world: World) -> None:
    said = visit("portal:space:verify_code", world.paper.code)
    assert "Genuine and valid" in said
    assert "王*英" in said
    assert "王秀英" not in said


def test_a_typed_code_with_dashes_leads_to_the_same_page(world: World) -> None:
    code = world.paper.code
    typed = {"code": f"{code[:4].lower()}-{code[4:8]} {code[8:]}"}
    answer = Client().get(reverse("portal:space:verify"), typed, follow=True)
    assert answer.redirect_chain
    assert "王*英" in answer.content.decode()


def test_a_dropped_file_is_judged_and_not_kept(world: World, tmp_path: object) -> None:
    whole = path_of(world.paper.sha256).read_bytes()
    before = sorted(path_of(world.paper.sha256).parents[2].rglob("*"))
    assert "Genuine and valid" in judge(whole)
    changed = whole.replace(b"/Rotate", b"/Rotatf") if b"/Rotate" in whole else whole[:-1]
    assert "Genuine and valid" not in judge(changed)
    assert "Not a paper of the district" in judge(b"MZ\x90\x00")
    assert sorted(path_of(world.paper.sha256).parents[2].rglob("*")) == before


def test_a_revoked_paper_says_so_and_why(world: World) -> None:
    revoke_paper(paper=world.paper, reason="冒领", by=ROBOT, at=AT)
    said = visit("portal:space:verify_code", world.paper.code)
    assert "taken back" in said
    assert "冒领" in said


def test_a_code_that_is_none_is_not_found() -> None:
    client = Client(headers={"accept-language": "en"})
    for code in ("2222222222222222", "%3Cscript%3E", "a" * 300):
        answer = client.get(f"/verify/{code}/")
        assert answer.status_code == 404
        assert "<script>" not in answer.content.decode().replace('<script type="module"', "")


test_a_code_that_is_none_is_not_found = pytest.mark.django_db(test_a_code_that_is_none_is_not_found)


def test_the_text_of_a_qr_is_judged(world: World) -> None:
    page = reverse("portal:space:verify_text")
    client = Client(headers={"accept-language": "en"})
    assert "Genuine and valid" in client.post(page, {"text": link_of(world.paper)}).content.decode()
    forged = link_of(world.paper)[:-6] + "AAAAAA"
    assert "forged" in client.post(page, {"text": forged}).content.decode()


def test_public_keys_are_published_for_everybody(world: World) -> None:
    answer = Client().get(reverse("portal:space:verify_keys"))
    assert answer.json()["keys"][0]["crv"] == "Ed25519"
    assert "PRIVATE" not in answer.content.decode()
    assert io.BytesIO(answer.content).read().count(b"BEGIN CERTIFICATE") == 1
