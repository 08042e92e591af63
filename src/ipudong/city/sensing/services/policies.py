"""Who is told of alarms, and after how many minutes they go up: set by people, audited."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.models import Delivery, NotificationPolicy, Occasion
from ipudong.city.sensing.services.escalation import set_escalation_steps
from ipudong.city.sensing.services.notices import list_addresses, make_delivery


def _record(policy: NotificationPolicy, act: str, by: str) -> None:
    record(
        actor=by,
        action=f"sensing.{act}_policy",
        subject=f"policy:{policy.pk}",
        detail={"title": policy.title, "channel": policy.channel, "level": policy.level},
    )


@transaction.atomic
def save_policy(*, policy: NotificationPolicy, by: str) -> NotificationPolicy:
    """Keep a new or changed policy."""
    policy.save()
    _record(policy, "save", by)
    return policy


@transaction.atomic
def delete_policy(*, policy: NotificationPolicy, by: str) -> None:
    """Delete a policy; messages it caused remain."""
    _record(policy, "delete", by)
    policy.delete()


@transaction.atomic
def change_escalation(*, rows: Mapping[tuple[str, int], int], by: str) -> None:
    """Set the minutes of each severity and level; 0 leaves a level out."""
    set_escalation_steps(rows)
    detail = {f"{severity} {level}": minutes for (severity, level), minutes in rows.items()}
    record(
        actor=by, action="sensing.change_escalation", subject="escalation", detail={"min": detail}
    )


@transaction.atomic
def send_test(*, policy: NotificationPolicy, by: str, at: datetime) -> int:
    """Send a test message to everybody a policy names; how many addresses that are."""
    addresses = list_addresses(policy)
    Delivery.objects.bulk_create(
        make_delivery(policy, address, None, Occasion.TEST, at) for address in addresses
    )
    _record(policy, "test", by)
    return len(addresses)
