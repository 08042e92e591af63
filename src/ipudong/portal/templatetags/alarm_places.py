"""The places around alarms, and who a policy names."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.pages import actor_of_request
from ipudong.city.identity.queries import list_allowed
from ipudong.city.identity.roles import ROLES
from ipudong.city.sensing.models import NotificationPolicy, RecipientKind, Suppression
from ipudong.portal.kind_words import say_scope

register = template.Library()

PLACES = (
    ("alarms", _("Alarms"), "portal:alarms", "sensing.view_alarms"),
    ("rules", _("Rules"), "portal:rules", "sensing.view_alarms"),
    ("fences", _("Areas"), "portal:fences", "sensing.manage_rules"),
    ("maintenance", _("Maintenance"), "portal:maintenance", "sensing.view_alarms"),
    ("policies", _("Who is told"), "portal:policies", "sensing.manage_notifications"),
)


@register.filter
def scope(suppression: Suppression) -> str:
    """Whose alarms are held back."""
    return " · ".join(say_scope(suppression))


@register.inclusion_tag("portal/parts/alarm_places.html", takes_context=True)
def alarm_places(context: Mapping[str, Any], here: str) -> Mapping[str, Any]:
    """The pages around alarms that the reader may open."""
    request: HttpRequest = context["request"]
    allowed = list_allowed(actor_of_request(request), {row[3] for row in PLACES})
    rows = [(code, title, reverse(name)) for code, title, name, act in PLACES if act in allowed]
    return {"rows": rows, "here_part": here}


@register.simple_tag
def recipient(policy: NotificationPolicy) -> str:
    """Who a policy names, in words."""
    if policy.recipient_kind == RecipientKind.ROLE:
        titles = {role.code: role.title for role in ROLES}
        return str(titles.get(policy.recipient, policy.recipient))
    return policy.recipient
