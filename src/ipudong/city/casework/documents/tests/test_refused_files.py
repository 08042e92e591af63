"""Files that are not what they seem: each refused by a code that says what to do."""

import io
import socket
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from ipudong.city.casework.documents.package_checks import check_package
from ipudong.city.casework.documents.pdf_checks import check_pdf
from ipudong.city.casework.documents.refusals import DOCUMENT_TEXTS
from ipudong.city.casework.documents.sniffing import sniff
from ipudong.city.casework.documents.tests.conftest import Store, docx, package, picture
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Attachment

STARTS = (b"%PDF-1.7\n", b"PK\x03\x04", b"\xff\xd8\xff", b"")
PROGRAM = Path("/bin/true")
EXTERNAL = (
    '<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/{kind}" Target="http://evil.example/x" TargetMode="External"/>'
    "</Relationships>"
)


def refusal(store: Store, content: bytes, name: str = "lease.pdf") -> str:
    with pytest.raises(CaseworkError) as caught:
        store(content, name=name)
    assert Attachment.objects.count() == 0
    assert caught.value.code in DOCUMENT_TEXTS
    return caught.value.code


def written(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def editable(pdf: bytes) -> pypdf.PdfWriter:
    return pypdf.PdfWriter(clone_from=io.BytesIO(pdf))


def test_a_real_program_named_pdf_is_refused(store: Store) -> None:
    assert refusal(store, PROGRAM.read_bytes()) == "executable_file"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"MZ\x90\x00" + bytes(100), "executable_file"),
        (b"#!/bin/sh\nrm -rf /\n", "executable_file"),
        (b"\xef\xbb\xbf\r\n@ECHO off", "executable_file"),
        (b"<html><script>alert(1)</script>", "kind_not_allowed"),
        (b"GIF89a" + bytes(50), "kind_not_allowed"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "heic_image"),
        (b"%PDF-1.7\nnothing follows", "damaged_file"),
        (b"\xff\xd8\xff\xe0 not a picture", "damaged_file"),
        (b"PK\x03\x04 not a package", "damaged_file"),
        (package({"readme.txt": "x"}), "kind_not_allowed"),
    ],
)
def test_what_is_no_document_is_refused(store: Store, content: bytes, code: str) -> None:
    assert refusal(store, content) == code


def test_a_pdf_with_a_script_is_refused(store: Store, pdf: bytes) -> None:
    writer = editable(pdf)
    script = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    assert refusal(store, written(writer)) == "pdf_script"


def test_a_script_hidden_in_an_object_stream_is_found(store: Store) -> None:
    hidden = zlib.compress(b"1 0 << /S /JavaScript /JS (app.alert) >>")
    pdf = (
        b"%PDF-1.7\n1 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length "
        + str(len(hidden)).encode()
        + b" >>\nstream\n"
        + hidden
        + b"\nendstream\nendobj\nstartxref\n0\n%%EOF\n"
    )
    assert refusal(store, pdf) == "pdf_script"
    escaped = pdf.replace(b"/ObjStm", b"/#4fbjStm")
    assert refusal(store, escaped) == "pdf_script"


def test_an_escaped_name_hides_nothing(store: Store, pdf: bytes) -> None:
    trick = pdf.replace(b"startxref", b"9 0 obj << /#4aava#53cript 1 >> endobj\nstartxref", 1)
    assert refusal(store, trick) == "pdf_script"


def test_a_pdf_that_launches_something_is_refused(store: Store, pdf: bytes) -> None:
    writer = editable(pdf)
    launch = {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject("cmd")}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(launch)
    assert refusal(store, written(writer)) == "pdf_launch"


def test_a_pdf_that_carries_a_file_is_refused(store: Store, pdf: bytes) -> None:
    writer = editable(pdf)
    writer.add_attachment("setup.exe", b"MZ")
    assert refusal(store, written(writer)) == "pdf_attached_file"


def test_a_locked_pdf_is_refused(store: Store, pdf: bytes) -> None:
    writer = editable(pdf)
    writer.encrypt("secret", algorithm="RC4-128")
    assert refusal(store, written(writer)) == "pdf_encrypted"


def test_a_pdf_that_unpacks_to_gigabytes_is_refused(store: Store, pdf: bytes) -> None:
    packer = zlib.compressobj(9)
    zeros = b"".join([packer.compress(bytes(1 << 20)) for _ in range(600)]) + packer.flush()
    head, _, tail = pdf.partition(b"\n")
    bomb = b"\n99 0 obj\n<< /Filter /FlateDecode >>\nstream\n" + zeros + b"\nendstream\nendobj\n"
    assert refusal(store, head + bomb + tail) == "file_bomb"


def test_a_pdf_that_is_also_an_archive_is_refused(store: Store, pdf: bytes) -> None:
    assert refusal(store, pdf + package({"x.class": b"\xca\xfe\xba\xbe"})) == "polyglot_file"


def test_a_picture_that_is_also_something_else_is_refused(store: Store) -> None:
    assert refusal(store, picture() + package({"a": "b"})) == "polyglot_file"
    assert refusal(store, picture() + b"<script>alert(1)</script>") == "polyglot_file"


def test_a_picture_too_large_to_unpack_is_refused_before_it_is(store: Store) -> None:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 100_000
    assert refusal(store, out.getvalue()) == "image_too_large"


def test_a_zip_bomb_is_refused(store: Store) -> None:
    assert refusal(store, docx({"word/media/a": bytes(40 << 20)}), "a.docx") == "file_bomb"
    many = {f"word/{number}.xml": "" for number in range(3001)}
    assert refusal(store, docx(many), "b.docx") == "file_bomb"


def test_parts_that_share_their_bytes_are_refused(store: Store) -> None:
    whole = bytearray(docx({"word/a.bin": b"x" * 5000, "word/b.bin": b"y" * 5000}))
    at = whole.rfind(b"PK\x01\x02")
    first = whole.find(b"PK\x01\x02")
    whole[at + 42 : at + 46] = whole[first + 42 : first + 46]
    assert refusal(store, bytes(whole), "c.docx") in {"file_bomb", "damaged_file"}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"word/vbaProject.bin": b"macro"}, "office_macros"),
        ({"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0"}, "office_embedded_program"),
        ({"word/media/image1.png": b"MZ\x90"}, "office_embedded_program"),
        ({"word/media/inner.dat": b"PK\x03\x04"}, "office_embedded_program"),
        (
            {"word/_rels/settings.xml.rels": EXTERNAL.format(kind="attachedTemplate")},
            "office_external_content",
        ),
        ({"../../../etc/cron.d/x": b"x"}, "damaged_file"),
    ],
)
def test_a_document_with_a_program_in_it_is_refused(
    store: Store, more: dict[str, bytes | str], code: str
) -> None:
    assert refusal(store, docx(more), "a.docx") == code


def test_links_in_a_document_are_no_harm(store: Store) -> None:
    rels = {"word/_rels/document.xml.rels": EXTERNAL.format(kind="hyperlink")}
    assert store(docx(rels), name="a.docx").kind == "docx"


def test_a_locked_package_is_refused(store: Store) -> None:
    whole = bytearray(docx())
    at = whole.find(b"PK\x01\x02")
    whole[at + 8] |= 1
    whole[6] |= 1
    assert refusal(store, bytes(whole), "a.docx") == "document_encrypted"


@pytest.fixture
def clamd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A daemon that speaks clamd's protocol as its manual page says, and knows one virus."""
    path, seen = str(tmp_path / "clamd.ctl"), []
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                command = b"".join(iter(lambda: stream.read(1), b"\0"))
                if command == b"zVERSION":
                    stream.write(b"ClamAV 1.4.2/27500\0")
                    continue
                body = b""
                while size := int.from_bytes(stream.read(4), "big"):
                    body += stream.read(size)
                seen.append(body)
                found = b"Eicar-Test FOUND" if b"EICAR" in body else b"OK"
                stream.write(b"stream: " + found + b"\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    monkeypatch.setenv("IPUDONG_DOCUMENTS_CLAMD_SOCKET", path)
    yield seen
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def test_a_scanner_sees_every_byte_and_its_version_is_kept(
    store: Store, pdf: bytes, clamd: list[bytes]
) -> None:
    assert store(pdf).scanned_by == "ClamAV 1.4.2/27500"
    assert clamd == [pdf]


def test_what_the_scanner_finds_is_refused(store: Store, clamd: list[bytes]) -> None:
    infected = docx({"word/media/a": b"EICAR"})
    stored = package({"[Content_Types].xml": "", "word/document.xml": "EICAR"}, zipfile.ZIP_STORED)
    assert store(infected, name="packed.docx").kind == "docx"  # the false daemon unpacks nothing
    Attachment.objects.all().delete()
    assert refusal(store, stored, "a.docx") == "infected_file"


def test_no_file_is_taken_unseen_when_the_scanner_is_away(
    store: Store, pdf: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IPUDONG_DOCUMENTS_CLAMD_SOCKET", str(tmp_path / "nobody.ctl"))
    assert refusal(store, pdf) == "scanner_away"


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from([b"%PDF-1.7\n", b"PK\x03\x04", b"\xff\xd8\xff", b""]), rest=st.binary()
)
def test_any_bytes_are_judged_or_refused_and_never_crash(
    tmp_path_factory: pytest.TempPathFactory, start: bytes, rest: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(start + rest)
    assert judge(path) in {"", *DOCUMENT_TEXTS}


def judge(path: Path) -> str:
    try:
        kind = sniff(path)
        if kind.code == "pdf":
            check_pdf(path)
        elif not kind.is_image:
            check_package(path, kind)
    except CaseworkError as error:
        return error.code
    return ""
