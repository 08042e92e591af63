"""Which feature an observation is of: the spans of its thing, unless the observation says."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ipudong.city.sensing.models import Datastream, FeatureSpan

_NEVER_US = -(2**62)
_ALWAYS_US = 2**62


@dataclass(frozen=True, slots=True)
class Span:
    """Observations of these datastreams in [start_us, end_us) are of the feature."""

    feature: int
    thing: int
    start_us: int
    end_us: int


def list_spans(things: Iterable[int]) -> dict[int, list[Span]]:
    """The spans of things, each list in order; the first begins before all time."""
    rows = FeatureSpan.objects.filter(thing__in=list(things)).order_by("thing", "start_us", "id")
    found: dict[int, list[Span]] = {}
    for thing, feature, start_us in rows.values_list("thing", "feature", "start_us"):
        spans = found.setdefault(thing, [])
        begin = start_us if spans else _NEVER_US
        if spans:
            last = spans[-1]
            spans[-1] = Span(last.feature, thing, last.start_us, begin)
        spans.append(Span(feature, thing, begin, _ALWAYS_US))
    return found


def list_feature_spans(features: Iterable[int]) -> list[Span]:
    """When which things were observing these features."""
    wanted = set(features)
    things = FeatureSpan.objects.filter(feature__in=wanted).values_list("thing", flat=True)
    spans = list_spans(set(things))
    return [span for of in spans.values() for span in of if span.feature in wanted]


def find_features(streams: Sequence[int], times_us: Sequence[int]) -> list[int | None]:
    """The feature of each observation by its thing's spans; None where there is none."""
    owners = dict(Datastream.objects.filter(pk__in=set(streams)).values_list("pk", "thing_id"))
    spans = list_spans(set(owners.values()))
    starts = {thing: [span.start_us for span in of] for thing, of in spans.items()}
    found: list[int | None] = []
    for stream, time_us in zip(streams, times_us, strict=True):
        thing = owners.get(stream)
        if thing not in spans:
            found.append(None)
            continue
        place = bisect_right(starts[thing], time_us) - 1
        found.append(spans[thing][max(place, 0)].feature)
    return found
