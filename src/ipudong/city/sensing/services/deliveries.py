"""The way of messages: taken by a worker, delivered, tried again ever later, or given up.

A message is taken for a while; a worker that died leaves it to the next. So a message can arrive
twice, always with the same id.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Delivery, DeliveryState, MessageReading

TAKEN_FOR: Final = timedelta(seconds=120)
FIRST_PAUSE_S: Final = 10
LONGEST_PAUSE_S: Final = 3600
MAX_ATTEMPTS: Final = 8


def take_due(*, now: datetime, each: int = 20, skip: Iterable[str] = ()) -> list[Delivery]:
    """Take messages to send, at most `each` of an endpoint, so that a pile at one hides no other's.
    Endpoints in `skip` are left alone."""
    due = Q(state=DeliveryState.WAITING, due_at__lte=now)
    due |= Q(state=DeliveryState.SENDING, taken_until__lte=now)
    rows = Delivery.objects.filter(due).exclude(endpoint__in=list(skip))
    taken: list[int] = []
    with transaction.atomic():
        for endpoint in list(rows.order_by().values_list("endpoint", flat=True).distinct()):
            ids = rows.filter(endpoint=endpoint).order_by("due_at", "pk")
            taken += ids.values_list("pk", flat=True)[:each]
        Delivery.objects.filter(pk__in=taken).update(
            state=DeliveryState.SENDING, taken_until=now + TAKEN_FOR
        )
    related = ("policy", "alarm__rule", "alarm__thing", "alarm__datastream__observed_property")
    return list(Delivery.objects.filter(pk__in=taken).select_related(*related).order_by("pk"))


def note_delivered(*, delivery_id: int, at: datetime) -> None:
    """It has arrived."""
    Delivery.objects.filter(pk=delivery_id, state=DeliveryState.SENDING).update(
        state=DeliveryState.DELIVERED,
        attempts=F("attempts") + 1,
        finished_at=at,
        taken_until=None,
        error="",
    )


def note_failed(*, delivery_id: int, error: str, is_final: bool, at: datetime) -> None:
    """It has not arrived: try again later, or give it up after eight times or where trying again
    cannot help."""
    row = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.SENDING).first()
    if row is None:
        return
    row.attempts += 1
    row.error, row.taken_until = error[:300], None
    if is_final or row.attempts >= MAX_ATTEMPTS:
        row.state, row.finished_at = DeliveryState.DEAD, at
    else:
        row.state, row.due_at = DeliveryState.WAITING, at + pause_after(row.attempts)
    row.save()


def pause_after(attempts: int, spread: float | None = None) -> timedelta:
    """How long to wait after so many tries: 10 s, 30 s, 90 s ... an hour, a fifth more or less so
    that all do not come back at once. `spread` is from -1 to 1."""
    spread = random.uniform(-1, 1) if spread is None else spread  # noqa: S311 - no secret
    pause_s = min(FIRST_PAUSE_S * 3 ** (attempts - 1), LONGEST_PAUSE_S)
    return timedelta(seconds=pause_s * (1 + spread / 5))


def postpone(*, delivery_ids: Iterable[int], until: datetime) -> None:
    """Leave messages for later without counting a try: their endpoint is known to be away."""
    Delivery.objects.filter(pk__in=list(delivery_ids), state=DeliveryState.SENDING).update(
        state=DeliveryState.WAITING, due_at=until, taken_until=None
    )


@transaction.atomic
def send_again(*, delivery: Delivery, by: str, at: datetime) -> None:
    """Try a message that was given up once more. Raises SensingError `not_given_up`."""
    dead = Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.DEAD)
    if not dead.update(state=DeliveryState.WAITING, due_at=at, attempts=0, finished_at=None):
        raise SensingError("not_given_up", delivery=delivery.pk)
    record(
        actor=by,
        action="sensing.send_again",
        subject=f"delivery:{delivery.pk}",
        detail={"channel": delivery.channel},
    )


def read_messages(*, deliveries: Iterable[Delivery], account_id: int, at: datetime) -> None:
    """Somebody has read these messages on their desk."""
    MessageReading.objects.bulk_create(
        [MessageReading(delivery=row, account_id=account_id, at=at) for row in deliveries],
        ignore_conflicts=True,
    )


def forget_deliveries(*, before: datetime) -> int:
    """Delete finished messages older than that; how many."""
    finished = (DeliveryState.DELIVERED, DeliveryState.DEAD)
    return Delivery.objects.filter(state__in=finished, queued_at__lt=before).delete()[0]
