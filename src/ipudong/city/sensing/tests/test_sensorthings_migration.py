"""What was derived from things is a row of its own afterwards, under the id that was shown."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("sensing", "0004_sensorthings")]
AFTER = [("sensing", "0005_sensorthings_rows")]


@pytest.fixture
def earlier(transactional_db):
    """The models as they were, with one placed and one unplaced thing."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes("sensing")
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    MigrationExecutor(connection).migrate(newest)


def test_rows_are_made_of_what_was_there(earlier) -> None:
    thing_model, property_model = (
        earlier.get_model("sensing", name) for name in ("Thing", "ObservedProperty")
    )
    observed = property_model.objects.create(code="pm25", name_zh="细颗粒物", name_en="PM2.5")
    facts = {"kind": "air", "system": "environment", "registered_at": "2026-01-01T00:00:00Z"}
    placed = thing_model.objects.create(
        name_zh="陆家嘴站", name_en="Lujiazui", lon=121.5, lat=31.2, profile="air_std", **facts
    )
    loose = thing_model.objects.create(name_zh="仓库", **facts)
    stream = earlier.get_model("sensing", "Datastream").objects.create(
        thing=placed, observed_property=observed, channel="a"
    )

    executor = MigrationExecutor(connection)
    executor.migrate(AFTER)
    models = executor.loader.project_state(AFTER).apps

    def all_of(name: str):
        return list(models.get_model("sensing", name).objects.order_by("pk"))

    assert [row.pk for row in all_of("Sensor")] == [placed.pk, loose.pk]
    [location], [feature], [past] = (
        all_of("Location"),
        all_of("FeatureOfInterest"),
        all_of("HistoricalLocation"),
    )
    assert (location.pk, feature.pk) == (placed.pk, placed.pk)
    assert location.geometry == {"type": "Point", "coordinates": [121.5, 31.2]}
    assert [row.pk for row in past.locations.all()] == [location.pk]
    [span] = all_of("FeatureSpan")
    assert (span.thing_id, span.feature_id, span.start_us) == (
        placed.pk,
        feature.pk,
        1767225600_000000,
    )
    [found] = all_of("Datastream")
    assert (found.pk, found.sensor_id, found.name) == (stream.pk, placed.pk, "陆家嘴站 细颗粒物")
    made = models.get_model("sensing", "Sensor").objects.create(
        name="new", encoding_type="text/plain", metadata="m"
    )
    assert made.pk > loose.pk
