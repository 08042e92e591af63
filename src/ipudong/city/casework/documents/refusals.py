"""What is said when a document is refused: what is so, and what one may do."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DOCUMENT_TEXTS: Final[dict[str, Promise]] = {
    "empty_file": _("The file is empty. Choose it again, or open it first to see what it holds."),
    "file_too_large": _(
        "The file is larger than {limit_mb} MiB. Take the photo in a smaller size, or hand it in "
        "in several parts."
    ),
    "case_full": _(
        "This case holds no more: {quota_mb} MiB or {most} files in all. Remove what is not needed."
    ),
    "executable_file": _(
        "This is a program, whatever its name says, and is not taken. Hand in the document itself "
        "as PDF or photo."
    ),
    "kind_not_allowed": _(
        "Files of this kind are not taken. Hand in PDF, OFD, JPEG, PNG, Word (docx) or Excel "
        "(xlsx)."
    ),
    "heic_image": _(
        "HEIC photos are not taken. On an iPhone choose Settings, Camera, Formats, “Most "
        "compatible”, or send the photo to yourself as JPEG."
    ),
    "polyglot_file": _(
        "The file holds a second file of another kind. Print it to a new PDF, or take a photo "
        "of it, and hand that in."
    ),
    "damaged_file": _("The file is damaged and cannot be read whole. Save it again or scan anew."),
    "pdf_encrypted": _("The PDF is locked by a password. Save it without one and hand that in."),
    "pdf_script": _(
        "The PDF holds a program (script or interactive form). Print it to a new PDF and hand that "
        "in."
    ),
    "pdf_launch": _(
        "The PDF starts something or sends data by itself. Print it to a new PDF and hand that in."
    ),
    "pdf_attached_file": _(
        "The PDF carries other files inside. Hand each of them in by itself, and this one without "
        "them."
    ),
    "file_bomb": _(
        "Unpacked, this file would be far larger than it looks, and is not taken. Save it anew "
        "from the program that made it."
    ),
    "document_encrypted": _(
        "The document is locked by a password. Save it without one and hand that in."
    ),
    "office_macros": _(
        "The document holds macros. Save it as docx or xlsx without macros, or as PDF."
    ),
    "office_embedded_program": _(
        "The document carries other files inside. Hand each of them in by itself."
    ),
    "office_external_content": _(
        "The document fetches parts of itself from elsewhere. Save it as PDF and hand that in."
    ),
    "image_too_large": _(
        "The picture has more than {limit} million pixels. Save it in a smaller size."
    ),
    "infected_file": _(
        "The virus scanner found “{finding}” in this file. It is not taken; have the computer it "
        "comes from looked at."
    ),
    "scanner_away": _(
        "The virus scanner does not answer, and no file is taken unseen. Please try again in a "
        "few minutes; what you filled in is kept."
    ),
    "unknown_template": _("There is no such paper."),
    "signing_key_missing": _(
        "The district's signing key cannot be read, so no paper can be issued. Tell the "
        "administration."
    ),
    "paper_exists": _("This paper was issued at the same moment; open the case again."),
    "licence_of_another": _("This license belongs to somebody else."),
    "licence_not_valid": _("This license is not valid now and cannot be used."),
    "unknown_reading": _("There is no such reading of your data."),
    "reading_asked_already": _("You have already asked about this reading."),
    "dates_reversed": _("The end lies before the beginning."),
    "wrong_state": _("That cannot follow from the state it is in now."),
}
