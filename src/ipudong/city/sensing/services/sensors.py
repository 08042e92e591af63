"""What senses, what is observed, and the datastreams the two make with a thing."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Alarm, Datastream, ObservedProperty, Rule, Sensor, Thing
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.features import area_of

PLAIN: Final = "text/plain"
_CHANNEL_CHARS: Final = 80


def own_sensor(thing: Thing) -> Sensor:
    """The sensor of a thing's own device, made where it has none yet."""
    name = thing.profile or thing.kind or thing.name_zh
    return Sensor.objects.get_or_create(
        device_of=thing,
        defaults={
            "name": name,
            "description": f"Device of {thing.name_en or thing.name_zh}",
            "encoding_type": PLAIN,
            "metadata": thing.profile or thing.protocol or name,
            "properties": {"protocol": thing.protocol} if thing.protocol else {},
        },
    )[0]


@transaction.atomic
def create_sensor(*, by: str, **facts: Any) -> Sensor:
    """A sensor of `name`, `description`, `encoding_type`, `metadata`, `properties`."""
    row = Sensor.objects.create(**facts)
    record(actor=by, action="sensing.create_sensor", subject=f"sensor:{row.pk}")
    return row


@transaction.atomic
def update_sensor(*, sensor: Sensor, by: str, **facts: Any) -> None:
    """Change what is said of a sensor."""
    _update(sensor, facts)
    _record_change("update_sensor", f"sensor:{sensor.pk}", by, facts)


@transaction.atomic
def delete_sensor(*, sensor: Sensor, by: str) -> None:
    """Delete a sensor and its datastreams; the thing it belonged to stays."""
    delete_datastreams(rows=sensor.datastreams.all(), by=by)
    sensor.multi_datastreams.all().delete()
    record(actor=by, action="sensing.delete_sensor", subject=f"sensor:{sensor.pk}")
    sensor.delete()


@transaction.atomic
def create_observed_property(*, by: str, code: str = "", **facts: Any) -> ObservedProperty:
    """A property to observe; its code follows from the name unless one is given."""
    code = code or _free_code(str(facts.get("name_zh", "")))
    row = ObservedProperty.objects.create(code=code, **facts)
    record(actor=by, action="sensing.create_observed_property", subject=f"property:{code}")
    return row


def _free_code(name: str) -> str:
    stem = slugify(name).replace("-", "_")[:50].strip("_") or "property"
    taken = set(
        ObservedProperty.objects.filter(code__startswith=stem).values_list("code", flat=True)
    )
    return _free(stem, taken, "_")


def _free_channel(thing: Thing, channel: str) -> str:
    stem = channel[: _CHANNEL_CHARS - 6]
    alike = thing.datastreams.filter(channel__startswith=stem).order_by()
    return _free(stem, set(alike.values_list("channel", flat=True)), "~")


def _free(stem: str, taken: set[str], mark: str) -> str:
    """The stem, or the stem with the least number from 2 that is not taken."""
    if stem not in taken:
        return stem
    number = 2
    while f"{stem}{mark}{number}" in taken:
        number += 1
    return f"{stem}{mark}{number}"


@transaction.atomic
def update_observed_property(*, observed: ObservedProperty, by: str, **facts: Any) -> None:
    """Change what is said of an observed property."""
    _update(observed, facts)
    bump_revision()
    _record_change("update_observed_property", f"property:{observed.pk}", by, facts)


@transaction.atomic
def delete_observed_property(*, observed: ObservedProperty, by: str) -> None:
    """Delete a property and its datastreams.

    Raises SensingError `property_in_use` where rules of the house judge it.
    """
    if Rule.objects.filter(observed_property=observed).exists() or (
        Rule.objects.filter(other_property=observed).exists()
    ):
        raise SensingError("property_in_use", property=observed.pk)
    delete_datastreams(rows=observed.datastreams.all(), by=by)
    record(actor=by, action="sensing.delete_observed_property", subject=f"property:{observed.pk}")
    observed.delete()


@transaction.atomic
def create_datastream(
    *,
    thing: Thing,
    sensor: Sensor,
    observed_property: ObservedProperty,
    by: str,
    **facts: Any,
) -> Datastream:
    """A datastream; its channel follows from its name unless one is given."""
    channel = str(facts.pop("channel", "") or facts.get("name") or observed_property.pk)
    facts.setdefault("observed_area", area_of(thing))
    row = Datastream.objects.create(
        thing=thing,
        sensor=sensor,
        observed_property=observed_property,
        channel=_free_channel(thing, channel),
        **facts,
    )
    bump_revision()
    record(
        actor=by,
        action="sensing.create_datastream",
        subject=f"datastream:{row.pk}",
        detail={"thing": thing.pk},
    )
    return row


@transaction.atomic
def update_datastream(*, datastream: Datastream, by: str, **facts: Any) -> None:
    """Change what is said of a datastream, or the thing, sensor or property it belongs to."""
    thing = facts.get("thing")
    if thing is not None and thing.pk != datastream.thing_id:
        facts["channel"] = _free_channel(thing, datastream.channel)
    _update(datastream, facts)
    bump_revision()
    _record_change("update_datastream", f"datastream:{datastream.pk}", by, facts)


@transaction.atomic
def delete_datastreams(*, rows: Iterable[Datastream], by: str) -> None:
    """Delete datastreams; their readings are seen no more.

    Raises SensingError `datastream_in_use` where alarms or rules of the house refer to one.
    """
    ids = [row.pk for row in rows]
    if not ids:
        return
    for model in (Alarm, Rule):
        if model.objects.filter(datastream__in=ids).exists():
            raise SensingError("datastream_in_use", datastreams=ids[:10])
    Datastream.objects.filter(pk__in=ids).delete()
    bump_revision()
    for pk in ids:
        record(actor=by, action="sensing.delete_datastream", subject=f"datastream:{pk}")


def _update(row: Any, facts: dict[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)
    if facts:
        row.save(update_fields=list(facts))


def _record_change(action: str, subject: str, by: str, facts: dict[str, Any]) -> None:
    record(actor=by, action=f"sensing.{action}", subject=subject, detail={"changed": sorted(facts)})
