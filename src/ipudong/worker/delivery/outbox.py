"""Between the table of messages and the lanes."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import orjson
from django.conf import settings
from django.db import connections
from django.utils import translation

from ipudong.city.sensing.alarm_text import event_of, subject_of, text_of
from ipudong.city.sensing.models import Channel, Delivery
from ipudong.city.sensing.services.deliveries import (
    forget_deliveries,
    note_delivered,
    note_failed,
    postpone,
    take_due,
)
from ipudong.worker.clock import utc_now
from ipudong.worker.delivery.channels import list_senders
from ipudong.worker.delivery.dispatcher import Dispatcher, Message, SendError

KEEP: Final = timedelta(days=400)


class Table:
    """Writes the ends of messages into the table."""

    def delivered(self, message: Message) -> None:
        """It has arrived."""
        note_delivered(delivery_id=message.id, at=utc_now())

    def failed(self, message: Message, error: SendError) -> None:
        """It has not."""
        note_failed(delivery_id=message.id, error=str(error), is_final=error.is_final, at=utc_now())

    def postponed(self, message: Message, for_s: float) -> None:
        """Its endpoint rests."""
        until = utc_now() + timedelta(seconds=for_s)
        postpone(delivery_ids=[message.id], until=until)


@lru_cache(maxsize=1)
def the_dispatcher() -> Dispatcher:
    """This process's lanes."""
    return Dispatcher(list_senders(), Table(), after_each=connections.close_all)


def deliver(now: datetime) -> int:
    """Hand what is due to its lanes, which go on by themselves; how many."""
    dispatcher = the_dispatcher()
    if not dispatcher.has_room:
        return 0
    rows = take_due(now=now, skip=dispatcher.list_full())
    dispatcher.offer(compose(row) for row in rows)
    return len(rows)


def compose(row: Delivery) -> Message:
    """A message in the district's language, or as an event."""
    with translation.override(settings.LANGUAGE_CODE):
        link = _link_to(row)
        is_event = row.channel in (Channel.WEBHOOK, Channel.MQTT)
        return Message(
            id=row.pk,
            channel=row.channel,
            endpoint=row.endpoint,
            address=row.address,
            subject="" if is_event else subject_of(row),
            text="" if is_event else text_of(row, link),
            body=orjson.dumps(event_of(row, link)) if is_event else b"",
            secret=row.policy.secret if row.policy else "",
        )


def _link_to(row: Delivery) -> str:
    base = settings.IPUDONG_PUBLIC_URL
    return f"{base}/alarms/{row.alarm_id}/" if base and row.alarm_id else ""


def forget_old(now: datetime) -> int:
    """Delete messages of long ago; how many."""
    return forget_deliveries(before=now - KEEP)
