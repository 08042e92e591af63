"""What of observations is no number, kept beside the readings of the same instants."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

from ipudong.city.sensing.models import FeatureOfInterest, ObservationDetail
from ipudong.city.sensing.services.features import widen_area

_FIELDS = (
    "end_us",
    "result_time_us",
    "valid_begin_us",
    "valid_end_us",
    "result",
    "result_quality",
    "parameters",
    "feature",
)


@transaction.atomic
def keep_details(*, rows: Sequence[ObservationDetail]) -> None:
    """Keep details; those of an instant that has some already take their place."""
    ObservationDetail.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["datastream", "time_us"],
        update_fields=list(_FIELDS),
    )
    placed = [row for row in rows if row.feature_id is not None]
    features = FeatureOfInterest.objects.in_bulk({row.feature_id for row in placed})
    for stream_id, feature_id in {(row.datastream_id, row.feature_id) for row in placed}:
        stream = next(row.datastream for row in placed if row.datastream_id == stream_id)
        widen_area(stream, features[feature_id].geometry)


@transaction.atomic
def forget_details(*, instants: Iterable[tuple[int, int]]) -> None:
    """Forget what was kept of observations (datastream, microseconds UTC) that are no more."""
    for stream, time_us in instants:
        ObservationDetail.objects.filter(Q(datastream=stream) & Q(time_us=time_us)).delete()
