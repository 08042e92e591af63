"""Papers as issued: what they print, who signed them, and how a stranger proves it."""

import base64
import hashlib
import io
import json
import stat
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pypdf
import pytest
from cryptography import x509

from ipudong.city.audit.models import Entry
from ipudong.city.casework.documents.authority import keys
from ipudong.city.casework.documents.authority.codes import read_code, read_jwks
from ipudong.city.casework.documents.authority.key_files import path_of as key_path
from ipudong.city.casework.documents.papers.contents import digest_content
from ipudong.city.casework.documents.papers.issuing import link_of
from ipudong.city.casework.documents.papers.templates import list_templates
from ipudong.city.casework.documents.storage import path_of
from ipudong.city.casework.documents.tests.conftest import AT, CLERK
from ipudong.city.casework.documents.verification import (
    published_keys,
    verify_code,
    verify_file,
    verify_token,
)
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import AuthorityKey, Case, Paper
from ipudong.city.casework.services.documents import ensure_authority, issue_paper, revoke_paper

TODAY = date(2026, 11, 23)
HOSTILE = '#read("/etc/passwd") $x^2$ *bold* @cite <label> \\ #eval("1+1") {matter} </svg>'


@pytest.fixture
def paper(case: Case) -> Paper:
    return issue(case)


def issue(case: Case, template: str = "refusal", **context: object) -> Paper:
    given = {"holder_name": "王秀英", "reasons": HOSTILE, **context}
    return issue_paper(case=case, template=template, context=given, by=CLERK, at=AT)


def bytes_of(paper: Paper) -> bytes:
    return path_of(paper.sha256).read_bytes()


def text_of(paper: Paper) -> str:
    pages = pypdf.PdfReader(io.BytesIO(bytes_of(paper))).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def run(*command: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(part) for part in command], capture_output=True, timeout=30)


def test_every_template_can_be_set(case: Case) -> None:
    for template in list_templates():
        printed = text_of(issue(case, template.code, items=["身份证"], valid_until=TODAY))
        assert template.title_zh in printed
        assert "王秀英" in printed


def test_what_people_wrote_is_printed_and_never_obeyed(paper: Paper) -> None:
    printed = text_of(paper)
    assert "".join(HOSTILE.split()) in printed.replace("“", '"').replace("”", '"')
    assert "root:" not in printed


def test_a_step_issues_one_paper_however_often_it_is_asked(case: Case, paper: Paper) -> None:
    assert issue(case).pk == paper.pk
    assert issue(case, step="second").number == "PD20261123000017-BY2"
    assert Entry.objects.filter(action="casework.issue_paper").count() == 2


def test_an_unknown_template_is_refused(case: Case) -> None:
    with pytest.raises(CaseworkError, match="unknown_template"):
        issue(case, "../../etc/passwd")


def test_a_foreign_tool_finds_the_signature_valid_over_the_whole_file(paper: Paper) -> None:
    said = run("pdfsig", "-nocert", path_of(paper.sha256)).stdout.decode()
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "电子印章" in said


def test_a_foreign_tool_sees_a_byte_that_was_changed(paper: Paper, tmp_path: Path) -> None:
    changed = bytearray(bytes_of(paper))
    changed[400] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(changed)
    assert "Signature is Valid" not in run("pdfsig", "-nocert", path).stdout.decode()


def test_openssl_builds_the_chain_to_the_district_s_root(paper: Paper, tmp_path: Path) -> None:
    pdf = bytes_of(paper)
    field = pypdf.PdfReader(io.BytesIO(pdf)).get_fields()["DistrictSignature"]["/V"]
    start, length, resume, rest = field["/ByteRange"]
    (tmp_path / "cms").write_bytes(bytes(field["/Contents"]).rstrip(b"\0") + bytes(4))
    (tmp_path / "data").write_bytes(pdf[start : start + length] + pdf[resume : resume + rest])
    (tmp_path / "root.pem").write_text("".join(published_keys()["roots"]))  # type: ignore[arg-type]
    # The days of the test lie in the future of some machines: only the chain is asked for.
    verify = ("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-no_check_time")
    files = (
        "-in",
        tmp_path / "cms",
        "-content",
        tmp_path / "data",
        "-CAfile",
        tmp_path / "root.pem",
    )
    assert b"successful" in run(*verify, *files, "-purpose", "any", "-out", "/dev/null").stderr
    (tmp_path / "data").write_bytes(b"x" + (tmp_path / "data").read_bytes()[1:])
    assert run(*verify, *files, "-purpose", "any", "-out", "/dev/null").returncode != 0


def test_openssl_verifies_the_code_of_the_qr_with_the_published_key(
    paper: Paper, tmp_path: Path
) -> None:
    head, claims, signature = link_of(paper).rpartition("#")[2].split(".")
    kid = json.loads(base64.urlsafe_b64decode(head + "=="))["kid"]
    (tmp_path / "key").write_text(AuthorityKey.objects.get(kid=kid).public_pem)
    (tmp_path / "text").write_text(f"{head}.{claims}")
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    verify = ("openssl", "pkeyutl", "-verify", "-pubin", "-rawin")
    files = (
        "-inkey",
        tmp_path / "key",
        "-in",
        tmp_path / "text",
        "-sigfile",
        tmp_path / "signature",
    )
    assert run(*verify, *files).returncode == 0
    (tmp_path / "text").write_text(f"{head}.{claims}x")
    assert run(*verify, *files).returncode != 0


def test_offline_the_published_keys_alone_read_the_code(paper: Paper) -> None:
    kept = json.loads(json.dumps(published_keys()))
    claims = read_code(link_of(paper), read_jwks(kept)).claims
    assert claims["n"] == paper.number
    assert claims["h"] == "王*英"
    assert claims["d"] == paper.content_digest == digest_content(paper.content)


def test_online_each_way_leads_to_the_same_verdict(paper: Paper) -> None:
    grouped = "-".join(paper.code[at : at + 4] for at in range(0, 16, 4)).lower()
    for verdict in (
        verify_code(grouped, today=TODAY),
        verify_token(link_of(paper), today=TODAY),
        verify_file(bytes_of(paper), today=TODAY),
    ):
        assert verdict.holds
        assert verdict.facts["holder"] == "王*英"
        assert "王秀英" not in str(verdict)


def test_what_was_changed_forged_or_not_ours_is_told_apart(
    paper: Paper, pdf: bytes, case: Case
) -> None:
    whole = bytes_of(paper)
    changed = bytearray(whole)
    changed[whole.find(b"/MediaBox")] ^= 1
    longer = whole + b"\n%more\n%%EOF"
    assert verify_file(bytes(changed), today=TODAY).code in {"altered", "unreadable"}
    assert verify_file(longer, today=TODAY).code == "altered"
    assert verify_file(pdf, today=TODAY).code == "unsigned"
    assert verify_file(b"MZ", today=TODAY).code == "unreadable"
    assert verify_token(paper.token[:-4] + "AAAA", today=TODAY).code == "forged_code"
    assert verify_token("hello", today=TODAY).code == "unreadable_code"
    assert verify_token("#" + "a." * 5000, today=TODAY).code == "unreadable_code"
    assert verify_code("2222-2222-2222-2222", today=TODAY).code == "unknown"


def test_the_signature_of_another_authority_is_foreign(paper: Paper) -> None:
    whole = bytes_of(paper)
    Paper.objects.all().delete()
    AuthorityKey.objects.all().delete()
    ensure_authority(AT)
    assert verify_file(whole, today=TODAY).code == "foreign"
    assert verify_token(paper.token, today=TODAY).code == "unknown_key"


def test_a_code_signed_by_nobody_is_refused(paper: Paper) -> None:
    _, claims, _ = paper.token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    assert verify_token(f"{none}.{claims}.", today=TODAY).code == "unreadable_code"


def test_a_revoked_paper_stays_signed_but_does_not_hold(paper: Paper) -> None:
    with pytest.raises(CaseworkError, match="reason_missing"):
        revoke_paper(paper=paper, reason=" ", by=CLERK, at=AT)
    assert revoke_paper(paper=paper, reason="申请材料虚假", by=CLERK, at=AT)
    assert not revoke_paper(paper=paper, reason="again", by=CLERK, at=AT)
    verdict = verify_file(bytes_of(paper), today=TODAY)
    assert verdict.code == "revoked"
    assert verdict.facts["revoked_reason"] == "申请材料虚假"


def test_a_paper_past_its_last_day_has_expired(case: Case) -> None:
    paper = issue(case, "licence", valid_until=TODAY)
    assert verify_code(paper.code, today=TODAY).holds
    assert verify_code(paper.code, today=TODAY + timedelta(days=1)).code == "expired"


def test_keys_are_encrypted_and_for_the_district_alone(paper: Paper, own_folder: Path) -> None:
    for row in AuthorityKey.objects.all():
        path = key_path(row.kid)
        assert path.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((own_folder / "authority").stat().st_mode) == 0o700
    assert stat.S_IMODE((own_folder / "authority" / "passphrase").stat().st_mode) == 0o600


def test_with_another_passphrase_no_key_opens(
    paper: Paper, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPUDONG_DOCUMENTS_KEY_PASSPHRASE", "not this one")
    with pytest.raises(CaseworkError, match="signing_key_missing"):
        issue(case, "decision")


def test_a_key_is_renewed_before_it_ends_and_old_papers_hold(case: Case, paper: Paper) -> None:
    first = keys.find_current(keys.Purpose.SIGNING, AT)
    later = first.not_after - timedelta(days=59)
    second = keys.find_current(keys.Purpose.SIGNING, later)
    assert second.generation == first.generation + 1
    assert keys.find_current(keys.Purpose.SIGNING, later) == second
    late = issue_paper(
        case=case, template="decision", context={"holder_name": "王秀英"}, by=CLERK, at=later
    )
    assert late.signed_with == second
    for each in (paper, late):
        assert verify_file(bytes_of(each), today=TODAY).holds


def test_setting_up_twice_makes_one_authority(db: None) -> None:
    ensure_authority(AT)
    ensure_authority(AT)
    assert AuthorityKey.objects.count() == 3
    signer = keys.certificate_of(AuthorityKey.objects.get(purpose="signing"))
    usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment
    assert not usage.key_cert_sign


def test_the_file_on_disk_is_the_one_the_row_names(paper: Paper) -> None:
    assert hashlib.sha256(bytes_of(paper)).hexdigest() == paper.sha256
    assert len(bytes_of(paper)) == paper.size_bytes
