"""What is taken in with a case, under which name, and how it lies on disk."""

import hashlib
import io
import stat
from pathlib import Path

import openpyxl
import pytest
from PIL import Image

from ipudong.city.audit.models import Entry
from ipudong.city.casework.documents.storage import path_of
from ipudong.city.casework.documents.tests.conftest import AT, CLERK, Store, docx, package, picture
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Attachment, Case
from ipudong.city.casework.queries.documents import thumbnail_of
from ipudong.city.casework.services.documents import remove_attachment, store_attachment

OFD = {"OFD.xml": "<ofd:OFD/>", "Doc_0/Document.xml": "<ofd:Document/>"}


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def test_each_allowed_kind_is_known_by_its_bytes_whatever_its_name(
    store: Store, pdf: bytes
) -> None:
    files = {
        "pdf": pdf,
        "jpeg": picture("JPEG"),
        "png": picture("PNG"),
        "docx": docx(),
        "xlsx": workbook(),
        "ofd": package(OFD),
    }
    for kind, content in files.items():
        assert store(content, name="scan.exe", slot=kind).kind == kind


def test_bytes_lie_under_their_digest_for_the_district_alone(store: Store, pdf: bytes) -> None:
    row = store(pdf)
    path = path_of(row.sha256)
    assert row.sha256 == hashlib.sha256(pdf).hexdigest() == path.name
    assert path.read_bytes() == pdf
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert row.pages == 2
    assert row.scanned_by == "structure"


def test_nothing_of_a_refused_file_stays_on_disk(store: Store, own_folder: Path) -> None:
    with pytest.raises(CaseworkError):
        store(b"MZ\x90\x00" + bytes(500))
    assert [path for path in own_folder.rglob("*") if path.is_file()] == []


def test_the_same_file_in_the_same_slot_twice_is_one_attachment(store: Store, pdf: bytes) -> None:
    assert store(pdf, slot="lease").pk == store(pdf, slot="lease").pk
    assert store(pdf, slot="other").pk != store(pdf, slot="lease").pk
    assert Entry.objects.filter(action="casework.store_attachment").count() == 2


def test_a_removed_file_leaves_its_row_and_may_come_again(store: Store, pdf: bytes) -> None:
    row = store(pdf)
    remove_attachment(attachment=row, by=CLERK, at=AT)
    remove_attachment(attachment=row, by=CLERK, at=AT)
    assert Attachment.objects.get(pk=row.pk).removed_by == "zhang"
    assert store(pdf).pk != row.pk
    assert Entry.objects.filter(action="casework.remove_attachment").count() == 1


def test_a_file_for_a_case_that_is_none_is_refused(case: Case, pdf: bytes) -> None:
    with pytest.raises(CaseworkError, match="unknown_case"):
        store_attachment(case_number="PD0", name="x", stream=io.BytesIO(pdf), by=CLERK, at=AT)


def test_a_file_over_the_bound_is_not_read_to_its_end(
    store: Store, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return b"%PDF-" + bytes(size - 5)

    monkeypatch.setenv("IPUDONG_DOCUMENTS_MAX_ATTACHMENT_MB", "1")
    stream = Endless()
    with pytest.raises(CaseworkError, match="file_too_large"):
        store_attachment(case_number=case.number, name="x", stream=stream, by=CLERK, at=AT)  # type: ignore[arg-type]
    assert stream.given < 2 * 1024 * 1024


def test_a_case_takes_no_more_than_its_share(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPUDONG_DOCUMENTS_CASE_QUOTA_MB", "1")
    noise = io.BytesIO()
    Image.effect_noise((900, 700), 90).save(noise, "PNG")
    store(noise.getvalue())
    other = io.BytesIO()
    Image.effect_noise((900, 701), 90).save(other, "PNG")
    with pytest.raises(CaseworkError, match="case_full"):
        store(other.getvalue())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("身份证 正面.PDF", "身份证 正面.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\wang\\lease.pdf", "lease.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("a\x00b\r\nSet-Cookie: x", "abSet-Cookie x.pdf"),
        ('<img src=x onerror="alert(1)">.pdf', "img src=x onerror= alert(1).pdf"),
        ("", "document.pdf"),
        ("CON.pdf", "document.pdf"),
        ("x" * 500, "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(store: Store, pdf: bytes, given: str, kept: str) -> None:
    assert store(pdf, name=given).name == kept


def test_a_thumbnail_keeps_nothing_of_what_the_camera_wrote(store: Store) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Camera of Wang"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 0.0)  # GPS latitude
    small = thumbnail_of(store(picture(size=(800, 600), exif=exif)))
    assert small is not None
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (240, 320)
        assert dict(image.getexif()) == {}
    assert b"Camera of Wang" not in small


def test_documents_have_no_thumbnail(store: Store, pdf: bytes) -> None:
    assert thumbnail_of(store(pdf)) is None
