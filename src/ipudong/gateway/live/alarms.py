"""An alarm as browsers get it."""

from typing import Any

from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.models import Alarm


def describe_alarm(alarm: Alarm) -> dict[str, Any]:
    """Codes and numbers only: the page has the words. Times in milliseconds."""
    return {
        "id": alarm.pk,
        "state": alarm.state,
        "severity": alarm.severity,
        "rule": alarm.rule.code,
        "thing": alarm.thing_id,
        "system": alarm.thing.system,
        "name_zh": alarm.thing.name_zh,
        "name_en": alarm.thing.name_en,
        "datastream": alarm.datastream_id,
        "raised": to_us(alarm.raised_at) // 1000,
        "value": alarm.value,
    }
