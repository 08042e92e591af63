"""Rules: the list, one rule with its trial, and the editor."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import OPEN_STATES, Rule, RuleKind, Severity
from ipudong.city.sensing.services import rules as services
from ipudong.city.sensing.services.alarms import switch_rule
from ipudong.city.sensing.services.trials import queue_trial
from ipudong.portal.answers import answer
from ipudong.portal.rule_charts import describe_days, describe_trial_stream
from ipudong.portal.rule_fields import KIND_FORMS
from ipudong.portal.rule_forms import RuleForm, initial_of, list_known_things
from ipudong.portal.rule_views import RuleView, TrialView, list_versions

RULES_A_PAGE: Final = 40
TRIAL_DAYS: Final = (1, 7, 30, 90)
MANAGE: Final = "sensing.manage_rules"
REFUSALS: Final[dict[str, Promise]] = {
    "rule_declared": _("This rule comes with its system. Copy it to make one of your own."),
    "rule_used": _("This rule has raised alarms, so it is kept. Switch it off instead."),
    "bad_period": _("Choose between one day and a year."),
}
STATES: Final = (
    ("on", _("In force")),
    ("draft", _("Drafts")),
    ("off", _("Switched off")),
)


@permitted("sensing.view_alarms")
def list_rules(request: HttpRequest) -> HttpResponse:
    """Rules, filtered by state, kind, severity and words."""
    rules = _filter(request).annotate(
        standing=Count("alarms", filter=Q(alarms__state__in=OPEN_STATES))
    )
    related = (
        "observed_property",
        "thing",
        "fence",
        "datastream__thing",
        "datastream__observed_property",
    )
    page = Paginator(rules.select_related(*related), RULES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rules": [RuleView(rule) for rule in page],
        "states": STATES,
        "kinds": RuleKind.choices,
        "severities": Severity.choices,
        "chosen": {name: request.GET.get(name, "") for name in ("state", "kind", "severity", "q")},
        "may_manage": is_allowed(actor_of_request(request), MANAGE),
    }
    return answer(
        request,
        page="portal/pages/rules.html",
        part="portal/parts/rule_rows.html",
        context=context,
    )


def _filter(request: HttpRequest) -> QuerySet[Rule]:
    given = request.GET
    rules = Rule.objects.order_by("-is_draft", "-enabled", "system", "name_zh")
    conditions = {
        "on": Q(enabled=True),
        "draft": Q(is_draft=True),
        "off": Q(enabled=False, is_draft=False),
    }
    rules = rules.filter(conditions.get(given.get("state", ""), Q()))
    for name in ("kind", "severity"):
        if given.get(name):
            rules = rules.filter(**{name: given[name]})
    text = given.get("q", "").strip()
    if text:
        named = Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(code__icontains=text)
        rules = rules.filter(named)
    return rules


def _find(rule_id: int) -> Rule:
    related = (
        "observed_property",
        "thing",
        "fence",
        "datastream__thing",
        "datastream__observed_property",
    )
    return get_object_or_404(Rule.objects.select_related(*related), pk=rule_id)


@permitted("sensing.view_alarms")
def show_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """One rule: what it says, its newest trial, its history."""
    rule = _find(rule_id)
    context = {
        "view": RuleView(rule),
        "rule": rule,
        "versions": list_versions(rule),
        "alarms": rule.alarms.count(),
        "may_manage": is_allowed(actor_of_request(request), MANAGE),
        "may_change": not rule.declared,
        **_trial_context(rule),
    }
    return render(request, "portal/pages/rule.html", context)


def _trial_context(rule: Rule) -> dict[str, Any]:
    trial = rule.trials.select_related("rule").first()
    view = TrialView(trial) if trial else None
    is_done = trial is not None and view is not None and not view.is_running
    return {
        "rule": rule,
        "trial": view,
        "trial_days": TRIAL_DAYS,
        "day_chart": describe_days(trial) if trial and is_done else None,
        "stream_chart": describe_trial_stream(trial) if trial and is_done else None,
    }


@permitted(MANAGE)
def choose_kind(request: HttpRequest) -> HttpResponse:
    """The first step to a new rule: what it should find."""
    kinds = [(code, RuleKind(code).label, row) for code, row in KIND_FORMS.items()]
    return render(request, "portal/pages/rule_kinds.html", {"kinds": kinds})


@permitted(MANAGE)
def draft_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """The second step: all of it; kept as a draft that is not in force."""
    if kind not in KIND_FORMS:
        raise Http404
    form = RuleForm(request.POST or None, kind=kind, initial={"quiet_min": 10})
    if request.method == "POST" and form.is_valid():
        by, at = actor_of_request(request).name, timezone.now()
        rule = services.draft_rule(values=form.values(), by=by, at=at)
        return _after_save(request, rule)
    return _edit(request, form, None)


@permitted(MANAGE)
def edit_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Change a rule that staff made."""
    rule = _find(rule_id)
    if rule.declared or rule.kind not in KIND_FORMS:
        messages.error(request, str(REFUSALS["rule_declared"]))
        return redirect("portal:rule", rule_id)
    form = RuleForm(request.POST or None, kind=rule.kind, initial=initial_of(rule))
    if request.method == "POST" and form.is_valid():
        by, at = actor_of_request(request).name, timezone.now()
        values = form.values()
        rule = services.change_rule(rule=rule, values=values, by=by, at=at)
        return _after_save(request, rule)
    return _edit(request, form, rule)


def _after_save(request: HttpRequest, rule: Rule) -> HttpResponse:
    if "try" in request.POST:
        by, at = actor_of_request(request).name, timezone.now()
        queue_trial(rule=rule, days=30, by=by, at=at)
    return redirect("portal:rule", rule.pk)


def _edit(request: HttpRequest, form: RuleForm, rule: Rule | None) -> HttpResponse:
    context = {
        "form": form,
        "rule": rule,
        "kind": RuleKind(form.kind),
        "known_things": list_known_things() if "thing" in form.fields else [],
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/pages/rule_form.html", context, status=status)


@permitted(MANAGE)
@require_POST
def switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Put it in force, or out of it."""
    by, at = actor_of_request(request).name, timezone.now()
    switch_rule(rule=_find(rule_id), enabled=request.POST.get("enabled") == "1", by=by, at=at)
    return redirect("portal:rule", rule_id)


@permitted(MANAGE)
@require_POST
def copy(request: HttpRequest, rule_id: int) -> HttpResponse:
    """A draft with the same values."""
    by, at = actor_of_request(request).name, timezone.now()
    rule = services.copy_rule(rule=_find(rule_id), by=by, at=at)
    if rule.kind in KIND_FORMS:
        return redirect("portal:edit_rule", rule.pk)
    return redirect("portal:rule", rule.pk)


@permitted(MANAGE)
@require_POST
def delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Delete one that never rang."""
    try:
        services.delete_rule(rule=_find(rule_id), by=actor_of_request(request).name)
    except SensingError as error:
        messages.error(request, str(REFUSALS[error.code]))
        return redirect("portal:rule", rule_id)
    return redirect("portal:rules")


@permitted(MANAGE)
@require_POST
def start_trial(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Ask for a trial over the last days."""
    rule, days = _find(rule_id), request.POST.get("days", "")
    by, at = actor_of_request(request).name, timezone.now()
    try:
        queue_trial(rule=rule, days=int(days) if days.isdecimal() else 0, by=by, at=at)
    except SensingError as error:
        messages.error(request, str(REFUSALS[error.code]))
    if request.headers.get("HX-Request"):
        return _draw_trial(request, rule)
    return redirect("portal:rule", rule_id)


@permitted("sensing.view_alarms")
def show_trial(request: HttpRequest, rule_id: int) -> HttpResponse:
    """The newest trial as it stands; it asks again by itself while it runs."""
    return _draw_trial(request, _find(rule_id))


def _draw_trial(request: HttpRequest, rule: Rule) -> HttpResponse:
    return render(request, "portal/parts/rule_trial.html", _trial_context(rule))
