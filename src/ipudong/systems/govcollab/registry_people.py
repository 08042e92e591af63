"""The registry desk: finding persons, reading one for a purpose, changing, registering."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.codes import PERSON_KINDS, QUALITIES, SEXES
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.masking import mask
from ipudong.city.registry.models import FieldChange, Person
from ipudong.city.registry.purposes import PERSON_FIELDS, PURPOSES, Purpose, list_purposes
from ipudong.city.registry.queries import (
    find_household_of,
    list_changes,
    list_states,
    read_person,
    search_persons,
)
from ipudong.city.registry.queries.people import find_row, get_purpose, note_reading
from ipudong.city.registry.queries.search import hit_of
from ipudong.city.registry.records import FieldState, PersonHit
from ipudong.city.registry.services import Origin, change_person, register_person
from ipudong.city.registry.tracked import TRACKED
from ipudong.systems.govcollab.registry_forms import (
    ChangeForm,
    NewPersonForm,
    OriginForm,
    PurposeForm,
)
from ipudong.systems.govcollab.registry_shell import (
    drop_purpose,
    find_purpose,
    hold_purpose,
    read_days,
    show,
)
from ipudong.systems.govcollab.registry_words import name_sources, say_refusal, show_value, title_of
from ipudong.systems.govcollab.tables import csv_file

EXPORT = "registry.export_persons"


@dataclass(frozen=True)
class Line:
    """One field of a person as the page shows it."""

    title: str
    value: str
    masked: bool = False
    source_name: str = ""
    quality: str = ""
    since_on: dt.date | None = None


@permitted("registry.search_persons")
@require_GET
def find_persons(request: HttpRequest) -> HttpResponse:
    """The search, and what it found, masked."""
    text, born_on = request.GET.get("q", "").strip(), request.GET.get("born_on", "")
    actor = actor_of_request(request)
    context: dict[str, Any] = {"text": text, "born_on": born_on}
    if text:
        try:
            page = search_persons(actor, text[:100], born_on=_day(born_on))
        except RegistryError as error:
            context["refusal"] = say_refusal(error)
        else:
            context |= {"page": page, "hits": [_words_of(hit) for hit in page.rows]}  # type: ignore[arg-type]
    context["may_register"] = is_allowed(actor, "registry.change_person")
    context["may_export"] = is_allowed(actor, EXPORT)
    return show(request, "persons", "persons.html", context)


@permitted(EXPORT)
@require_GET
def export_persons(request: HttpRequest) -> HttpResponse:
    """What a search found as a file, masked as on the page; each person sees it."""
    actor, text = actor_of_request(request), request.GET.get("q", "").strip()
    try:
        page = search_persons(actor, text[:100], born_on=_day(request.GET.get("born_on", "")))
    except RegistryError as error:
        messages.error(request, say_refusal(error))
        return redirect("govcollab:registry")
    hits: list[PersonHit] = list(page.rows)  # type: ignore[arg-type]
    note_reading(actor, [hit.person_id for hit in hits], EXPORT, "data_quality", _EXPORTED)
    head = [
        _("Name"),
        _("Document number"),
        _("Kind"),
        _("Sex"),
        _("Born"),
        _("Subdistrict or town"),
    ]
    rows = [_words_of(hit).cells for hit in hits]
    return csv_file("persons.csv", head, rows)


@permitted("registry.read_person")
@require_http_methods(["GET", "POST"])
def show_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Ask for what the person is read; then show what that purpose shows."""
    actor = actor_of_request(request)
    row = _get_row(person_id)
    if request.method == "POST":
        return _take_purpose(request, row)
    held = find_purpose(request, row.pk)
    if held is None:
        return _ask_purpose(request, row, PurposeForm(list_purposes(actor)))
    try:
        read_person(by=actor, person_id=row.pk, purpose=held[0], case_number=held[1])
    except RegistryError as error:
        drop_purpose(request, row.pk)
        messages.error(request, say_refusal(error))
        return redirect("govcollab:registry_person", row.pk)
    return _show_read(request, row, PURPOSES[held[0]], held[1])


@permitted("registry.read_person")
@require_POST
def close_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Be done with a person: the purpose holds no longer."""
    drop_purpose(request, person_id)
    return redirect("govcollab:registry")


@permitted("registry.change_person")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change the fields that the purpose at hand shows whole."""
    actor, row = actor_of_request(request), _get_row(person_id)
    held = find_purpose(request, row.pk)
    if held is None or not PURPOSES[held[0]].clear:
        return redirect("govcollab:registry_person", row.pk)
    fields = [field for field in TRACKED["person"] if field in PURPOSES[held[0]].clear]
    form = ChangeForm(row, fields, request.POST or None)
    origin = OriginForm(request.POST or None)
    if request.method == "GET":
        note_reading(actor, [row.pk], "registry.read_person", held[0], fields, held[1])
    elif form.is_valid() and origin.is_valid():
        try:
            change_person(
                by=actor,
                person_id=row.pk,
                values=form.changes(),
                origin=_origin_of(origin, actor.name),
                today=timezone.localdate(),
            )
        except RegistryError as error:
            form.add_error(None, say_refusal(error))
        else:
            messages.success(request, _("The change is written."))
            return redirect("govcollab:registry_person", row.pk)
    context = {"hit": _words_of(hit_of(row)), "form": form, "origin": origin, "person": row}
    status = 200 if request.method == "GET" else 422
    return show(request, "persons", "person_change.html", context, status)


@permitted("registry.change_person")
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a person who is not in the registry yet."""
    form = NewPersonForm(PERSON_KINDS, request.POST or None)
    origin = OriginForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and origin.is_valid():
        actor = actor_of_request(request)
        try:
            person = register_person(
                by=actor,
                values=form.cleaned_data,
                origin=_origin_of(origin, actor.name),
                today=timezone.localdate(),
            )
        except RegistryError as error:
            form.add_error(None, say_refusal(error))
        else:
            messages.success(request, _("The person is registered."))
            return redirect("govcollab:registry_person", person.pk)
    status = 422 if request.method == "POST" else 200
    return show(request, "persons", "person_new.html", {"form": form, "origin": origin}, status)


@permitted("govcollab.view")
@require_GET
def show_purposes(request: HttpRequest) -> HttpResponse:
    """All purposes: who may read what, on which legal basis."""
    rows = [
        {
            "purpose": purpose,
            "clear": [PERSON_FIELDS[f] for f in purpose.fields if f in purpose.clear],
            "masked": [PERSON_FIELDS[f] for f in purpose.fields if f in purpose.masked],
        }
        for purpose in PURPOSES.values()
    ]
    return show(request, "purposes", "purposes.html", {"purposes": rows})


_EXPORTED = ("name", "document_number", "kind", "sex", "place")


@dataclass(frozen=True)
class HitWords:
    """A found person in words."""

    hit: PersonHit
    kind: str
    sex: str

    @property
    def cells(self) -> tuple[object, ...]:
        """As a row of a table."""
        hit = self.hit
        number, born = hit.document_number, hit.birth_year or ""
        return (hit.name, number, self.kind, self.sex, born, hit.place)


def _words_of(hit: PersonHit) -> HitWords:
    return HitWords(hit, str(PERSON_KINDS.get(hit.kind, "")), str(SEXES.get(hit.sex, "")))


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _get_row(person_id: int) -> Person:
    try:
        return find_row(person_id)
    except RegistryError as error:
        raise Http404(error.code) from error


def _take_purpose(request: HttpRequest, row: Person) -> HttpResponse:
    actor = actor_of_request(request)
    form = PurposeForm(list_purposes(actor), request.POST)
    if form.is_valid():
        code, case = form.cleaned_data["purpose"], form.cleaned_data["case_number"].strip()
        try:
            purpose = get_purpose(code, actor)
            if purpose.needs_case and not case:
                raise RegistryError("case_needed")
        except RegistryError as error:
            form.add_error("case_number", say_refusal(error))
        else:
            hold_purpose(request, row.pk, code, case)
            return redirect("govcollab:registry_person", row.pk)
    return _ask_purpose(request, row, form, 422)


def _ask_purpose(
    request: HttpRequest, row: Person, form: PurposeForm, status: int = 200
) -> HttpResponse:
    purposes = list_purposes(actor_of_request(request))
    chosen = form["purpose"].value()
    context = {
        "hit": _words_of(hit_of(row)),
        "form": form,
        "chosen": chosen,
        "purposes": [(p, [PERSON_FIELDS[f] for f in p.fields]) for p in purposes],
    }
    return show(request, "persons", "person_purpose.html", context, status)


def _show_read(request: HttpRequest, row: Person, purpose: Purpose, case: str) -> HttpResponse:
    changes = list(list_changes("person", row.pk))
    days = read_days(request, (change.effective_on for change in changes))
    states = {state.field: state for state in list_states("person", row, on=days.chosen)}
    sources = name_sources([*(s.source for s in states.values()), *(c.source for c in changes)])
    lines = [_line_of(purpose, states[f], sources) for f in purpose.fields if f in states]
    household = find_household_of(row.pk) if "household_number" in purpose.fields else None
    context = {
        "person": row,
        "hit": _words_of(hit_of(row)),
        "purpose": purpose,
        "case": case,
        "lines": lines,
        "days": days,
        "household": household,
        "houses": row.houses.order_by("-since_on") if "address" in purpose.clear else (),
        "history": [
            _change_words(purpose, c, sources) for c in changes if c.field in purpose.fields
        ],
        "may_change": is_allowed(actor_of_request(request), "registry.change_person"),
    }
    return show(request, "persons", "person.html", context)


def _line_of(purpose: Purpose, state: FieldState, sources: Mapping[str, str]) -> Line:
    return Line(
        title=str(PERSON_FIELDS[state.field]),
        value=_shown(purpose, state.field, state.value),
        masked=state.field in purpose.masked,
        source_name=sources[state.source],
        quality=str(QUALITIES.get(state.quality, "")),
        since_on=state.since_on,
    )


def _shown(purpose: Purpose, field: str, value: object) -> str:
    text = show_value(Person, field, value)
    return mask(field, text) if field in purpose.masked else text


def _change_words(
    purpose: Purpose, change: FieldChange, sources: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "row": change,
        "source": sources[change.source],
        "title": title_of(Person, change.field),
        "old": _shown(purpose, change.field, change.old),
        "new": _shown(purpose, change.field, change.new),
    }


def _origin_of(form: OriginForm, by: str) -> Origin:
    return Origin(**form.cleaned_data, by=by, at=timezone.now())
