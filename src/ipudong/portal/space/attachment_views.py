"""Files of a case as a page shows them, and who opened them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import ngettext

from ipudong.city.audit.models import Entry
from ipudong.city.casework.documents.kinds import KINDS
from ipudong.city.casework.models import Attachment

OPENED: Final = "casework.open_document"
OPENINGS_SHOWN: Final = 30


@dataclass(frozen=True)
class AttachmentView:
    """One file: its name, what it is, its picture where it has one."""

    row: Attachment

    @property
    def url(self) -> str:
        return reverse("portal:space:attachment", args=[self.row.pk])

    @property
    def picture_url(self) -> str:
        if not KINDS[self.row.kind].is_image:
            return ""
        return reverse("portal:space:thumbnail", args=[self.row.pk])

    @property
    def facts(self) -> str:
        """Kind, pages and size in one line."""
        parts = [str(KINDS[self.row.kind].title), filesizeformat(self.row.size_bytes)]
        if self.row.pages:
            words = ngettext("%(count)d page", "%(count)d pages", self.row.pages)
            parts.insert(1, words % {"count": self.row.pages})
        return " · ".join(parts)


@dataclass(frozen=True)
class Opening:
    """Somebody opened a file of the case."""

    who: str
    what: str
    at: datetime


def list_openings(case_number: str, *, reader: str) -> list[Opening]:
    """Who else opened files or papers of a case, newest first."""
    rows = Entry.objects.filter(subject=f"case:{case_number}", action=OPENED)
    rows = rows.exclude(actor=reader).order_by("-sequence")[:OPENINGS_SHOWN]
    return [Opening(row.actor, str(row.detail.get("name", "")), row.at) for row in rows]
