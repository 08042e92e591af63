"""Who is told of alarms, how they go up, and what became of the messages."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Channel,
    Delivery,
    DeliveryState,
    EscalationStep,
    NotificationPolicy,
    Severity,
)
from ipudong.city.sensing.services.deliveries import send_again
from ipudong.city.sensing.services.policies import (
    change_escalation,
    delete_policy,
    save_policy,
    send_test,
)
from ipudong.portal.policy_forms import LEVELS, PolicyForm, initial_of

MANAGE: Final = "sensing.manage_notifications"
DELIVERIES_A_PAGE: Final = 40
ESCALATION_LEVELS: Final = (1, 2, 3)
MOST_MINUTES: Final = 10_080


@permitted(MANAGE)
def list_policies(request: HttpRequest) -> HttpResponse:
    """Policies by level, the minutes of each level, and how the endpoints do."""
    policies = list(NotificationPolicy.objects.select_related("rule"))
    context = {
        "levels": [(title, [p for p in policies if p.level == n]) for n, title in LEVELS],
        "steps": _list_steps(),
        "escalation_levels": ESCALATION_LEVELS,
        "endpoints": _list_endpoints(),
    }
    return render(request, "portal/pages/policies.html", context)


def _list_steps() -> list[tuple[str, Any, list[tuple[int, int | None]]]]:
    rows = EscalationStep.objects.values_list("severity", "level", "after_min")
    minutes = {(severity, level): after for severity, level, after in rows}
    return [
        (code, title, [(level, minutes.get((code, level))) for level in ESCALATION_LEVELS])
        for code, title in reversed(Severity.choices)
    ]


def _list_endpoints() -> list[dict[str, Any]]:
    waiting = Q(state__in=(DeliveryState.WAITING, DeliveryState.SENDING))
    rows = Delivery.objects.exclude(channel=Channel.PORTAL).order_by().values("channel", "endpoint")
    counted: Iterable[Any] = rows.annotate(
        waiting=Count("pk", filter=waiting),
        delivered=Count("pk", filter=Q(state=DeliveryState.DELIVERED)),
        dead=Count("pk", filter=Q(state=DeliveryState.DEAD)),
        last_at=Max("finished_at", filter=Q(state=DeliveryState.DELIVERED)),
    ).order_by("endpoint")
    return list(counted)


@permitted(MANAGE)
@require_POST
def set_escalation(request: HttpRequest) -> HttpResponse:
    """Change after how many minutes alarms go up."""
    rows: dict[tuple[str, int], int] = {}
    for severity in Severity.values:
        for level in ESCALATION_LEVELS:
            text = request.POST.get(f"{severity}_{level}", "").strip()
            if text and (not text.isdecimal() or not 0 <= int(text) <= MOST_MINUTES):
                messages.error(request, _("Minutes are whole numbers up to a week."))
                return redirect("portal:policies")
            rows[severity, level] = int(text or 0)
    change_escalation(rows=rows, by=actor_of_request(request).name)
    return redirect("portal:policies")


@permitted(MANAGE)
def edit_policy(request: HttpRequest, policy_id: int | None = None) -> HttpResponse:
    """Make or change a policy."""
    policy = get_object_or_404(NotificationPolicy, pk=policy_id) if policy_id else None
    form = PolicyForm(request.POST or None, initial=initial_of(policy) if policy else None)
    if request.method == "POST" and form.is_valid():
        filled = form.fill(policy or NotificationPolicy())
        save_policy(policy=filled, by=actor_of_request(request).name)
        return redirect("portal:policies")
    context = {"form": form, "policy": policy}
    return render(
        request, "portal/pages/policy.html", context, status=422 if form.is_bound else 200
    )


@permitted(MANAGE)
@require_POST
def remove_policy(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Delete a policy."""
    policy = get_object_or_404(NotificationPolicy, pk=policy_id)
    delete_policy(policy=policy, by=actor_of_request(request).name)
    return redirect("portal:policies")


@permitted(MANAGE)
@require_POST
def test_policy(request: HttpRequest, policy_id: int) -> HttpResponse:
    """Send a test message to everybody a policy names."""
    policy = get_object_or_404(NotificationPolicy, pk=policy_id)
    sent = send_test(policy=policy, by=actor_of_request(request).name, at=timezone.now())
    if sent:
        messages.success(request, _("The test message is on its way."))
    else:
        messages.error(request, _("This policy names nobody with an address."))
    return redirect("portal:deliveries")


@permitted(MANAGE)
def list_deliveries(request: HttpRequest) -> HttpResponse:
    """Messages, newest first."""
    rows = Delivery.objects.select_related("alarm__rule", "alarm__thing", "policy")
    chosen = {name: request.GET.get(name, "") for name in ("state", "channel")}
    rows = rows.filter(**{name: value for name, value in chosen.items() if value})
    page = Paginator(rows, DELIVERIES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "chosen": chosen,
        "states": DeliveryState.choices,
        "channels": Channel.choices,
    }
    return render(request, "portal/pages/deliveries.html", context)


@permitted(MANAGE)
@require_POST
def retry_delivery(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Try a message that was given up once more."""
    row = get_object_or_404(Delivery, pk=delivery_id)
    try:
        send_again(delivery=row, by=actor_of_request(request).name, at=timezone.now())
    except SensingError:
        messages.error(request, _("This message is not given up; nothing was changed."))
    return redirect("portal:deliveries")
