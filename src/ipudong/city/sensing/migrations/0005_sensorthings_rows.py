"""Make rows of the locations, sensors and features that were derived from things, ids unchanged."""

from datetime import UTC, datetime

from django.core.management.color import no_style
from django.db import migrations

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 1000


def make_rows(apps, schema_editor):
    models = {
        name: apps.get_model("sensing", name)
        for name in (
            "Thing",
            "Sensor",
            "Location",
            "HistoricalLocation",
            "FeatureOfInterest",
            "FeatureSpan",
            "ObservedProperty",
            "Datastream",
        )
    }
    things = list(models["Thing"].objects.order_by("pk"))
    _describe(models, things)
    _make_sensors(models, things)
    _make_places(models, [t for t in things if t.lon is not None and t.lat is not None])
    made = [models[name] for name in ("Sensor", "Location", "FeatureOfInterest")]
    for statement in schema_editor.connection.ops.sequence_reset_sql(no_style(), made):
        schema_editor.execute(statement)


def _describe(models, things):
    for row in things:
        row.description = row.name_en or row.name_zh
    models["Thing"].objects.bulk_update(things, ["description"], batch_size=BATCH)
    observed = list(models["ObservedProperty"].objects.all())
    for row in observed:
        row.description = row.name_en or row.name_zh
    models["ObservedProperty"].objects.bulk_update(observed, ["description"], batch_size=BATCH)
    streams = list(models["Datastream"].objects.select_related("thing", "observed_property"))
    for row in streams:
        thing, seen = row.thing, row.observed_property
        row.name = f"{thing.name_zh} {seen.name_zh}"
        row.description = f"{thing.name_en or thing.name_zh}: {seen.name_en}"
    models["Datastream"].objects.bulk_update(streams, ["name", "description"], batch_size=BATCH)


def _make_sensors(models, things):
    sensors = [
        models["Sensor"](
            pk=row.pk,
            name=row.profile or row.kind,
            description=f"Device of {row.name_en or row.name_zh}",
            encoding_type="text/plain",
            metadata=row.profile or row.protocol,
            properties={"protocol": row.protocol},
            device_of=row,
        )
        for row in things
    ]
    models["Sensor"].objects.bulk_create(sensors, batch_size=BATCH)
    for row in things:
        models["Datastream"].objects.filter(thing_id=row.pk).update(sensor_id=row.pk)


def _make_places(models, things):
    placed = [(row, _place(row)) for row in things]
    Location, Feature = models["Location"], models["FeatureOfInterest"]
    Location.objects.bulk_create([Location(**facts) for _, facts in placed], batch_size=BATCH)
    Feature.objects.bulk_create(
        [Feature(**facts, location_id=row.pk) for row, facts in placed], batch_size=BATCH
    )
    Location.things.through.objects.bulk_create(
        [Location.things.through(location_id=row.pk, thing_id=row.pk) for row in things],
        batch_size=BATCH,
    )
    models["FeatureSpan"].objects.bulk_create(
        [
            models["FeatureSpan"](
                thing_id=row.pk,
                feature_id=row.pk,
                start_us=int((row.registered_at - EPOCH).total_seconds() * 1_000_000),
            )
            for row in things
        ],
        batch_size=BATCH,
    )
    for row in things:
        since = models["HistoricalLocation"].objects.create(thing=row, time=row.registered_at)
        since.locations.add(row.pk)


def _place(row):
    return {
        "pk": row.pk,
        "name": row.name_zh,
        "description": row.name_en or row.name_zh,
        "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},
        "west": row.lon,
        "east": row.lon,
        "south": row.lat,
        "north": row.lat,
    }


class Migration(migrations.Migration):
    dependencies = [("sensing", "0004_sensorthings")]
    operations = [migrations.RunPython(make_rows, migrations.RunPython.noop)]
