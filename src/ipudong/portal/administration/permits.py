"""Permits: who may do what; an administrator grants, withdraws and restores, with a reason."""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from ipudong.city.audit.queries import list_entries
from ipudong.city.identity import services
from ipudong.city.identity.directory import list_permit_changes
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.permits import Permit, declared_permits
from ipudong.city.identity.queries import is_administrator
from ipudong.city.identity.roles import ROLES
from ipudong.city.identity.services import IdentityError
from ipudong.portal.administration.entry_views import EntryView
from ipudong.portal.administration.pages import draw
from ipudong.portal.administration.permit_views import group_rows, row_of
from ipudong.portal.administration.refusals import words_of

RECENT_ENTRIES: Final = 10


class ReasonForm(forms.Form):
    """Why a row is changed; kept in the audit."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Kept in the audit: who decided it, or by which document."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ChangeForm(ReasonForm):
    """One role granted or withdrawn."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[(role.code, role.title) for role in ROLES]
    )
    allowed = forms.TypedChoiceField(
        label=gettext_lazy("Decision"),
        choices=[("yes", gettext_lazy("Grant")), ("no", gettext_lazy("Withdraw"))],
        coerce=lambda text: text == "yes",
    )
    field_order = ("role", "allowed", "reason")


@permitted("identity.manage")
def show_matrix(request: HttpRequest) -> HttpResponse:
    """Every declared action and every role."""
    changes = list(list_permit_changes())
    rows = [row_of(permit, changes) for permit in declared_permits().values()]
    changed = [row for row in rows if row.changed]
    only_changed = request.GET.get("changed") == "1"
    context = {
        "roles": ROLES,
        "groups": group_rows(changed if only_changed else rows),
        "changed_count": len(changed),
        "only_changed": only_changed,
    }
    return draw(request, "administration/permits.html", context)


def _find(action: str) -> Permit:
    permit = declared_permits().get(action)
    if permit is None:
        raise Http404
    return permit


def _draw_permit(
    request: HttpRequest, permit: Permit, form: ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    recent = list_entries(subject=f"permit:{permit.action}")[:RECENT_ENTRIES]
    context = {
        "row": row_of(permit, list_permit_changes(permit.action)),
        "form": form or ChangeForm(auto_id="change_%s"),
        "restore": ReasonForm(auto_id="restore_%s"),
        "may_change": is_administrator(actor_of_request(request)),
        "entries": [EntryView(entry) for entry in recent],
    }
    return draw(request, "administration/permit.html", context, status=status)


@permitted("identity.manage")
def show_permit(request: HttpRequest, action: str) -> HttpResponse:
    """One action: which roles may do it, why, and how to change that."""
    return _draw_permit(request, _find(action))


@permitted("identity.manage")
@require_POST
def change_permit(request: HttpRequest, action: str) -> HttpResponse:
    """Grant the action to a role, or withdraw it."""
    permit, form = _find(action), ChangeForm(request.POST, auto_id="change_%s")
    if form.is_valid():
        try:
            services.change_permit(action=action, by=actor_of_request(request), **form.cleaned_data)
        except IdentityError as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, _("The permit is changed; it counts from the next click."))
            return redirect("portal:administration:permit", action)
    return _draw_permit(request, permit, form, status=422)


@permitted("identity.manage")
@require_POST
def restore_permit(request: HttpRequest, action: str) -> HttpResponse:
    """Go back to the row as it was declared."""
    _find(action)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write why the row is restored; nothing was changed."))
        return redirect("portal:administration:permit", action)
    try:
        services.restore_permit(action=action, by=actor_of_request(request), **form.cleaned_data)
    except IdentityError as error:
        messages.error(request, words_of(error))
    else:
        messages.success(request, _("The permit is as it was declared."))
    return redirect("portal:administration:permit", action)
