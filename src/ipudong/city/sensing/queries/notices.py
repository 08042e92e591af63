"""Messages on desks."""

from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import Channel, Delivery

SHOWN_FOR: Final = timedelta(days=14)


def list_messages(actor: Actor) -> QuerySet[Delivery]:
    """Messages to the actor or one of their roles that they have not read, newest first; of the
    last two weeks."""
    if actor.account_id is None:
        return Delivery.objects.none()
    addresses = [f"account:{actor.name}", *(f"role:{role}" for role in sorted(actor.roles))]
    rows = Delivery.objects.filter(
        channel=Channel.PORTAL,
        address__in=addresses,
        queued_at__gte=timezone.now() - SHOWN_FOR,
    )
    return rows.exclude(readings__account_id=actor.account_id).select_related(
        "alarm__rule", "alarm__thing"
    )
