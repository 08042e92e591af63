"""Papers and licences as pages show them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ipudong.city.casework.documents.papers.issuing import group_code
from ipudong.city.casework.models import Case, Licence, Paper
from ipudong.city.casework.queries.documents import find_licences, list_papers, status_on
from ipudong.city.languages import reads_chinese
from ipudong.portal.space.parties import Standing

TONES: Final = {"valid": "good", "suspended": "notice", "revoked": "bad", "expired": ""}


def in_language(pair: dict[str, str]) -> str:
    """The half of a bilingual text that the reader reads."""
    chinese = reads_chinese()
    return pair.get("zh" if chinese else "en") or pair.get("zh", "")


@dataclass(frozen=True)
class PaperView:
    """A paper with its words and addresses."""

    row: Paper

    @property
    def title(self) -> str:
        return in_language(self.row.content["title"])

    @property
    def department(self) -> str:
        return in_language(self.row.content["department"])

    @property
    def holder(self) -> str:
        return str(self.row.content["holder"])

    @property
    def valid_until(self) -> date | None:
        text = self.row.content.get("valid_until", "")
        return date.fromisoformat(text) if text else None

    @property
    def code(self) -> str:
        return group_code(self.row.code)

    @property
    def url(self) -> str:
        return reverse("portal:space:paper", args=[self.row.number])

    @property
    def file_url(self) -> str:
        return reverse("portal:space:paper_file", args=[self.row.number])

    @property
    def qr_url(self) -> str:
        return reverse("portal:space:paper_qr", args=[self.row.number])

    @property
    def verify_url(self) -> str:
        return reverse("portal:space:verify_code", args=[self.row.code])


@dataclass(frozen=True)
class LicenceView:
    """A licence as it stands on a day."""

    row: Licence
    today: date

    @property
    def title(self) -> str:
        return in_language({"zh": self.row.title_zh, "en": self.row.title_en})

    @property
    def state_words(self) -> str:
        return str(status_on(self.row, self.today).label)

    @property
    def tone(self) -> str:
        return TONES[status_on(self.row, self.today)]

    @property
    def until_words(self) -> str:
        if self.row.valid_until is None:
            return _("Valid without end")
        day = date_format(self.row.valid_until, "DATE_FORMAT")
        return _("Valid until %(day)s") % {"day": day}

    @property
    def url(self) -> str:
        return reverse("portal:space:licence", args=[self.row.pk])


def list_paper_views(standing: Standing) -> list[PaperView]:
    """Papers of the party, newest first; of the cases the reader may act in."""
    party = standing.current
    if party.applicant is None:
        return []
    rows = list(list_papers(party.applicant)[:200])
    if not party.may_everything:
        numbers = [row.case_number for row in rows]
        allowed = Case.objects.filter(number__in=numbers, kind_code__in=party.powers)
        kept = set(allowed.values_list("number", flat=True))
        rows = [row for row in rows if row.case_number in kept]
    return [PaperView(row) for row in rows]


def list_licence_views(standing: Standing, today: date) -> list[LicenceView]:
    """Licences of the party, those that hold first; none for who may do only some things."""
    party = standing.current
    whole = party.applicant if party.may_everything else None
    views = [LicenceView(row, today) for row in (find_licences(whole) if whole else [])]
    return sorted(views, key=lambda view: view.tone != "good")
