"""A case in a small district, and files of every kind."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typst
from PIL import Image

from ipudong.city.casework.models import Attachment, Case, CaseKindVersion
from ipudong.city.casework.services.documents import store_attachment
from ipudong.city.identity.actors import Actor

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CLERK = Actor(name="zhang", roles=frozenset({"clerk"}), departments=frozenset({"food_drug"}))
Store = Callable[..., Attachment]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def case(db: None) -> Case:
    kind = CaseKindVersion.objects.create(
        code="test.restaurant",
        number=1,
        digest="0" * 64,
        title_zh="开办餐馆",
        title_en="Opening a restaurant",
        department="food_drug",
        limit_days=10,
        legal_limit_days=20,
        process="",
        declared_at=AT,
        declared_by="system:test",
    )
    return Case.objects.create(
        number="PD20261123000017",
        kind=kind,
        kind_code=kind.code,
        department="food_drug",
        applicant_kind="person",
        applicant_id=7,
        opened_by="wang",
        opened_at=AT,
        changed_at=AT,
    )


@pytest.fixture
def store(case: Case) -> Store:
    def store_file(content: bytes, name: str = "file", slot: str = "") -> Attachment:
        return store_attachment(
            case_number=case.number,
            name=name,
            stream=io.BytesIO(content),
            by=CLERK,
            at=AT,
            slot=slot,
        )

    return store_file


@pytest.fixture(scope="session")
def pdf() -> bytes:
    content: bytes = typst.compile(b"= A lease\n#pagebreak()\nSecond page", format="pdf")
    return content


def picture(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **options)
    return out.getvalue()


RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def package(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(more: dict[str, bytes | str] | None = None) -> bytes:
    main = {"[Content_Types].xml": TYPES, "word/document.xml": "<w:document/>"}
    return package({**main, **(more or {})})
