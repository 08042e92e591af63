"""Family and agents: who may act for the reader, and for whom the reader may act."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.codes import RELATIONS, REPRESENTATION_KINDS
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Person, Representation
from ipudong.city.registry.queries.people import find_person_by_number
from ipudong.city.registry.queries.standing import (
    list_agencies_of,
    list_family_of,
    list_representations_of,
)
from ipudong.city.registry.records import PersonRecord
from ipudong.city.registry.services.standing import (
    accept_representation,
    ask_representation,
    end_representation,
)
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import standing_of

FOR_ME, FOR_THEM = "for_me", "for_them"


class InvitationForm(forms.Form):
    """Who, by name and document number, acts for whom, as what, until when."""

    direction = forms.ChoiceField(
        label=gettext_lazy("Who acts for whom"),
        choices=[
            (FOR_ME, gettext_lazy("They may act for me")),
            (FOR_THEM, gettext_lazy("I want to act for them")),
        ],
    )
    name = forms.CharField(label=gettext_lazy("Their name"), max_length=100)
    document_number = forms.CharField(
        label=gettext_lazy("Number of their identity card or passport"), max_length=30
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Relation"), choices=list(REPRESENTATION_KINDS.items())
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("Leave empty for no end; either of you may end it at any time."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_valid_until(self) -> date | None:
        until: date | None = self.cleaned_data["valid_until"]
        if until is not None and until < timezone.localdate():
            raise forms.ValidationError(_("This day has passed; choose a later one."))
        return until


@permitted("space.open")
def show_family(request: HttpRequest) -> HttpResponse:
    """The household, representations on either side, organizations, and the invitation."""
    return _draw_family(request)


def _draw_family(request: HttpRequest, form: InvitationForm | None = None) -> HttpResponse:
    person = standing_of(request).person
    rows = list_representations_of(person.person_id) if person else []
    context = {
        "person": person,
        "household": _household(person) if person else [],
        "representations": [_view_of(row, person) for row in rows] if person else [],
        "agencies": list_agencies_of(actor_of_request(request).account_id, on=timezone.localdate()),
        "form": form or InvitationForm(),
        "was_sent": form is not None,
    }
    return draw(request, "space/family.html", context)


def _household(person: PersonRecord) -> list[tuple[str, str]]:
    return [
        (member.name, str(RELATIONS.get(relation, "")))
        for member, relation in list_family_of(person.person_id)
    ]


def _view_of(row: Representation, person: PersonRecord) -> dict[str, Any]:
    acts_for_me = row.person.pk == person.person_id
    other: Person = row.representative if acts_for_me else row.person
    return {
        "row": row,
        "acts_for_me": acts_for_me,
        "other": other.name,
        "kind": row.get_kind_display(),
        "is_open": row.ended_at is None,
    }


@permitted("space.open")
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Propose that somebody acts for the reader, or the reader for them; they must accept."""
    form = InvitationForm(request.POST)
    person = standing_of(request).person
    if person is None or not form.is_valid():
        return _draw_family(request, form)
    other = find_person_by_number(form.cleaned_data["document_number"].strip())
    if other is None or other.name != form.cleaned_data["name"].strip():
        form.add_error("document_number", _("Name and number do not belong together here."))
        return _draw_family(request, form)
    try:
        _ask(request, form.cleaned_data, person.person_id, other.pk)
    except RegistryError as error:
        form.add_error(None, words_of(error))
        return _draw_family(request, form)
    messages.success(request, _("The invitation is sent. It holds once they accept it."))
    return redirect("portal:space:family")


def _ask(request: HttpRequest, cleaned: dict[str, Any], own: int, other: int) -> None:
    acts_for_me = cleaned["direction"] == FOR_ME
    ask_representation(
        by=actor_of_request(request),
        person_id=own if acts_for_me else other,
        representative_id=other if acts_for_me else own,
        kind=cleaned["kind"],
        powers=(),
        valid_from=timezone.localdate(),
        valid_until=cleaned["valid_until"],
        at=timezone.now(),
    )


@permitted("space.open")
@require_POST
def accept(request: HttpRequest, representation_id: int) -> HttpResponse:
    """Accept what the other side proposed."""
    try:
        accept_representation(
            by=actor_of_request(request), representation_id=representation_id, at=timezone.now()
        )
        messages.success(request, _("Accepted. It holds from now on."))
    except RegistryError as error:
        messages.error(request, words_of(error))
    return redirect("portal:space:family")


@permitted("space.open")
@require_POST
def end(request: HttpRequest, representation_id: int) -> HttpResponse:
    """End or decline a representation."""
    try:
        end_representation(
            by=actor_of_request(request), representation_id=representation_id, at=timezone.now()
        )
        messages.success(request, _("Ended. Nothing more can be done on its strength."))
    except RegistryError as error:
        messages.error(request, words_of(error))
    return redirect("portal:space:family")


REFUSALS = {
    "represents_themselves": gettext_lazy("Nobody needs to be allowed to act for themselves."),
    "already_represented": gettext_lazy("There is such a representation already; see the list."),
    "not_your_representation": gettext_lazy("You may not act for them, or not any more."),
    "representation_not_found": gettext_lazy("You may not act for them, or not any more."),
    "representation_ended": gettext_lazy("It was ended meanwhile."),
    "asked_by_you": gettext_lazy("You asked yourself; the other side accepts."),
    "ends_before_it_begins": gettext_lazy("The end lies before the beginning."),
}


def words_of(error: RegistryError) -> str:
    """The refusal in the language of the page."""
    return str(REFUSALS.get(error.code, _("That was not possible. Load the page again.")))
