"""From alarms to messages: who a policy names, and one row for each address."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from ipudong.city.identity.queries import Contact, list_contacts
from ipudong.city.sensing.models import (
    Alarm,
    Channel,
    Delivery,
    DeliveryState,
    NotificationPolicy,
    Occasion,
    RecipientKind,
    Severity,
)

GRAVITY: Final = {severity: at for at, severity in enumerate(Severity.values)}


def queue_notices(alarms: Iterable[Alarm], occasion: str, *, at: datetime) -> int:
    """Write the messages these alarms cause; how many. Inside the caller's transaction."""
    alarms = list(alarms)
    if not alarms:
        return 0
    policies = [_Told(policy) for policy in NotificationPolicy.objects.filter(enabled=True)]
    rows = [
        row
        for alarm in alarms
        for told in policies
        if told.fits(alarm, occasion)
        for row in told.address(alarm, occasion, at)
    ]
    Delivery.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    return len(rows)


class _Told:
    """One policy with its addresses, looked up once."""

    def __init__(self, policy: NotificationPolicy) -> None:
        self.policy = policy
        self._addresses: list[str] | None = None

    def fits(self, alarm: Alarm, occasion: str) -> bool:
        policy = self.policy
        if occasion == Occasion.CLEARED:
            is_due = policy.tells_cleared and policy.level <= alarm.level
        else:
            is_due = policy.level == alarm.level
        return (
            is_due
            and GRAVITY[alarm.severity] >= GRAVITY[policy.severity]
            and policy.system in ("", alarm.thing.system)
            and policy.kind in ("", alarm.rule.kind)
            and policy.rule_id in (None, alarm.rule_id)
        )

    def address(self, alarm: Alarm, occasion: str, at: datetime) -> Iterator[Delivery]:
        if self._addresses is None:
            self._addresses = list_addresses(self.policy)
        for address in self._addresses:
            yield make_delivery(self.policy, address, alarm, occasion, at)


def make_delivery(
    policy: NotificationPolicy, address: str, alarm: Alarm | None, occasion: str, at: datetime
) -> Delivery:
    """One message, not written yet; on a desk it has arrived at once."""
    is_there = policy.channel == Channel.PORTAL
    return Delivery(
        alarm=alarm,
        policy=policy,
        occasion=occasion,
        level=alarm.level if alarm else 0,
        channel=policy.channel,
        address=address,
        endpoint=endpoint_of(policy.channel, address),
        state=DeliveryState.DELIVERED if is_there else DeliveryState.WAITING,
        queued_at=at,
        due_at=at,
        finished_at=at if is_there else None,
    )


def list_addresses(policy: NotificationPolicy) -> list[str]:
    """Where a policy's messages go; empty when those it names left no address."""
    if policy.recipient_kind == RecipientKind.ADDRESS:
        return [policy.recipient]
    if policy.channel == Channel.PORTAL:
        return [f"{policy.recipient_kind}:{policy.recipient}"]
    contacts = list_contacts(**{policy.recipient_kind: policy.recipient})
    found = (_address_of(contact, policy.channel) for contact in contacts)
    return list(dict.fromkeys(address for address in found if address))


def _address_of(contact: Contact, channel: str) -> str:
    return {Channel.EMAIL: contact.email, Channel.SMS: contact.phone}.get(Channel(channel), "")


def endpoint_of(channel: str, address: str) -> str:
    """What fails together with this address: a web server, the mail server, the message
    gateway."""
    if channel != Channel.WEBHOOK:
        return str(channel)
    try:
        host = urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:  # it is given up when it is sent
        host = ""
    return host or address[:100]
