"""The kinds of file that may be handed in, as rows."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PDF: Final = "pdf"
JPEG: Final = "jpeg"
PNG: Final = "png"
DOCX: Final = "docx"
XLSX: Final = "xlsx"
OFD: Final = "ofd"


@dataclass(frozen=True, kw_only=True)
class AttachmentKind:
    """One kind; `suffix` is what a stored name ends in. `main_part` is the entry by which a
    package (ZIP) is known."""

    code: str
    title: Promise
    media_type: str
    suffix: str
    other_suffixes: tuple[str, ...] = ()
    main_part: str = ""

    @property
    def is_image(self) -> bool:
        """Whether it can be seen as a picture."""
        return self.media_type.startswith("image/")


_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument."
KINDS: Final = {
    row.code: row
    for row in (
        AttachmentKind(
            code=PDF, title=_("PDF document"), media_type="application/pdf", suffix=".pdf"
        ),
        AttachmentKind(
            code=JPEG,
            title=_("JPEG picture"),
            media_type="image/jpeg",
            suffix=".jpg",
            other_suffixes=(".jpeg", ".jpe", ".jfif"),
        ),
        AttachmentKind(code=PNG, title=_("PNG picture"), media_type="image/png", suffix=".png"),
        AttachmentKind(
            code=DOCX,
            title=_("Word document"),
            media_type=f"{_OPEN_XML}wordprocessingml.document",
            suffix=".docx",
            main_part="word/document.xml",
        ),
        AttachmentKind(
            code=XLSX,
            title=_("Excel workbook"),
            media_type=f"{_OPEN_XML}spreadsheetml.sheet",
            suffix=".xlsx",
            main_part="xl/workbook.xml",
        ),
        AttachmentKind(
            code=OFD,
            title=_("OFD document"),
            media_type="application/ofd",
            suffix=".ofd",
            main_part="OFD.xml",
        ),
    )
}


def list_accepted() -> str:
    """What a file field may offer to choose: suffixes and media types, for `accept=`.

    HEIC is left out on purpose: a phone then hands a photo over as JPEG by itself.
    """
    words = [word for row in KINDS.values() for word in (row.suffix, *row.other_suffixes)]
    return ",".join((*words, *(row.media_type for row in KINDS.values())))
