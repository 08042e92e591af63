"""An alarm as a message for people and as an event for machines."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.sensing.models import Alarm, Delivery, Occasion

# Names of the events that machines are sent; a change of their fields needs another name.
EVENTS = {
    Occasion.RAISED: "ipudong.alarm.raised.v1",
    Occasion.ESCALATED: "ipudong.alarm.escalated.v1",
    Occasion.CLEARED: "ipudong.alarm.cleared.v1",
    Occasion.TEST: "ipudong.alarm.test.v1",
}


def subject_of(delivery: Delivery) -> str:
    """One line: how grave, where, what."""
    alarm = delivery.alarm
    if alarm is None:
        return _("Test message of the district's alarms")
    facts = {
        "severity": alarm.get_severity_display(),
        "place": alarm.thing.name,
        "rule": alarm.rule.name,
    }
    if delivery.occasion == Occasion.CLEARED:
        return _("[Ended] %(place)s: %(rule)s") % facts
    if delivery.occasion == Occasion.ESCALATED:
        return _("[%(severity)s, not taken yet] %(place)s: %(rule)s") % facts
    return _("[%(severity)s] %(place)s: %(rule)s") % facts


def text_of(delivery: Delivery, link: str = "") -> str:
    """The message in a few lines, the advice of its rule included."""
    alarm = delivery.alarm
    if alarm is None:
        return _("This is a test. Whoever reads it would be told of alarms.")
    lines = [subject_of(delivery), _since(alarm.raised_at), _value(alarm), alarm.rule.advice, link]
    return "\n".join(line for line in lines if line)


def _since(moment: datetime) -> str:
    return _("Since %(time)s") % {"time": timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")}


def _value(alarm: Alarm) -> str:
    if alarm.value is None or alarm.datastream is None:
        return ""
    facts = {
        "what": alarm.datastream.observed_property.name,
        "value": f"{alarm.value:g} {alarm.datastream.unit}".strip(),
        "limit": "–" if alarm.limit is None else f"{alarm.limit:g}",
    }
    return _("%(what)s: %(value)s, limit %(limit)s") % facts


def event_of(delivery: Delivery, link: str = "") -> dict[str, Any]:
    """A CloudEvents 1.0 event in JSON form; `id` is the same at every try."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"delivery-{delivery.pk}",
        "source": "/ipudong/alarms",
        "type": EVENTS[Occasion(delivery.occasion)],
        "time": delivery.queued_at.isoformat(),
        "datacontenttype": "application/json",
        "data": {},
    }
    if delivery.alarm is not None:
        event["subject"] = f"alarm/{delivery.alarm.pk}"
        event["data"] = _data_of(delivery.alarm, delivery.level, link)
    return event


def _data_of(alarm: Alarm, level: int, link: str) -> dict[str, Any]:
    thing = alarm.thing
    return {
        "alarm": alarm.pk,
        "state": alarm.state,
        "severity": alarm.severity,
        "level": level,
        "rule": {"code": alarm.rule.code, "kind": alarm.rule.kind, "name": alarm.rule.name_zh},
        "thing": {"id": thing.pk, "name": thing.name_zh, "system": thing.system},
        "place_code": thing.place_code,
        "location": [alarm.detail.get("lon", thing.lon), alarm.detail.get("lat", thing.lat)],
        "datastream": alarm.datastream_id,
        "value": alarm.value,
        "limit": alarm.limit,
        "began_at": alarm.began_at.isoformat(),
        "raised_at": alarm.raised_at.isoformat(),
        "cleared_at": alarm.cleared_at.isoformat() if alarm.cleared_at else None,
        "occurrences": alarm.occurrences,
        "case": alarm.case_reference,
        "url": link,
    }
