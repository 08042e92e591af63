"""The reader's own data in the registry, and everybody who read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import ReadComplaint
from ipudong.city.casework.queries.read_complaints import list_own_read_complaints
from ipudong.city.casework.services.read_complaints import complain_of_reading
from ipudong.city.identity.models import Account, Department
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.codes import DOCUMENT_KINDS, PERSON_KINDS, PERSON_STATES, SEXES
from ipudong.city.registry.purposes import PERSON_FIELDS, PURPOSES
from ipudong.city.registry.queries.people import list_reads_of
from ipudong.city.registry.queries.verifications import CLAIM_FIELDS, VERIFICATION_PURPOSES
from ipudong.city.registry.records import PersonRecord, ReadNote
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import standing_of
from ipudong.portal.templatetags.portal import name_of

READS_BRIEF: Final = 5
SYSTEM: Final = "system:"
ACTS: Final = {
    "registry.read_person": gettext_lazy("Read"),
    "registry.verify_person": gettext_lazy("Checked, got yes or no"),
    "registry.change_person": gettext_lazy("Changed"),
    "registry.export_persons": gettext_lazy("Took away in a list"),
}
CODE_LISTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "kind": PERSON_KINDS,
    "status": PERSON_STATES,
    "sex": SEXES,
    "document_kind": DOCUMENT_KINDS,
    # Of these two lists the page names what nearly everybody has; else the code is shown.
    "nationality": {"CHN": gettext_lazy("China")},
    "ethnicity": {"01": gettext_lazy("Han")},
}


@dataclass(frozen=True)
class ReadView:
    """One reading in words."""

    note: ReadNote
    who: str
    offices: str
    complaint: ReadComplaint | None

    @property
    def act(self) -> str:
        return str(ACTS.get(self.note.act, self.note.act))

    @property
    def purpose(self) -> str:
        code = self.note.purpose
        title = PURPOSES[code].title if code in PURPOSES else VERIFICATION_PURPOSES.get(code)
        return str(title or code or _("not said"))

    @property
    def legal_basis(self) -> str:
        row = PURPOSES.get(self.note.purpose)
        return str(row.legal_basis) if row else ""

    @property
    def fields(self) -> str:
        titles = {**CLAIM_FIELDS, **PERSON_FIELDS}
        return _(", ").join(str(titles.get(field, field)) for field in self.note.fields)


@permitted("space.open")
def show_data(request: HttpRequest) -> HttpResponse:
    """One's data as the registry has them, and the newest readings."""
    person = standing_of(request).person
    context = {
        "person": person,
        "fields": list(list_fields(person)) if person else [],
        "reads": list_read_views(person.person_id)[:READS_BRIEF] if person else [],
    }
    return draw(request, "space/data.html", context)


@permitted("space.open")
def list_reads(request: HttpRequest) -> HttpResponse:
    """All readings that are kept, newest first."""
    person = standing_of(request).person
    reads = list_read_views(person.person_id) if person else []
    return draw(request, "space/reads.html", {"reads": reads, "person": person})


@permitted("space.open")
def ask_about(request: HttpRequest, entry: int) -> HttpResponse:
    """One reading, and the form to ask supervision why it was."""
    person = standing_of(request).person
    reads = list_read_views(person.person_id) if person else []
    view = next((row for row in reads if row.note.entry == entry), None)
    if view is None:
        raise Http404
    if request.method == "POST" and _complain(request, entry):
        return redirect("portal:space:reads")
    return draw(request, "space/ask_reading.html", {"view": view})


def _complain(request: HttpRequest, entry: int) -> bool:
    try:
        complain_of_reading(
            entry=entry,
            text=request.POST.get("text", ""),
            by=actor_of_request(request),
            at=timezone.now(),
        )
    except CaseworkError as error:
        messages.error(request, error.text)
        return False
    messages.success(request, _("Supervision has your question and answers it here."))
    return True


def list_fields(person: PersonRecord) -> Iterable[tuple[str, str]]:
    """Title and value of each field that is filled, as the reader says it."""
    for field, title in PERSON_FIELDS.items():
        value = getattr(person, field, "")
        text = str(CODE_LISTS.get(field, {}).get(value, value)) if value else ""
        if text:
            yield str(title), text


def list_read_views(person_id: int) -> list[ReadView]:
    """Readings of a person with names instead of codes."""
    notes = list_reads_of(person_id)
    complaints = list_own_read_complaints(person_id)
    names = _names_of({note.who for note in notes})
    offices = {row.code: name_of(row) for row in Department.objects.all()} if notes else {}
    return [
        ReadView(
            note,
            _("A program of the district") if note.who.startswith(SYSTEM) else names[note.who],
            _(", ").join(offices.get(code, code) for code in note.offices),
            complaints.get(note.entry),
        )
        for note in notes
    ]


def _names_of(usernames: set[str]) -> Mapping[str, str]:
    rows = Account.objects.filter(username__in=usernames).values_list("username", "display_name")
    shown = {username: display_name or username for username, display_name in rows}
    return {username: shown.get(username, username) for username in usernames}
