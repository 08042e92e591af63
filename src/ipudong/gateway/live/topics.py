"""Topics of a live stream: `latest`, `alarms`, `things:<system>`, `thing:12`, `datastreams:1,2`,
`positions`, `positions:<system>`, `positions:<west>,<south>,<east>,<north>` in degrees."""

from typing import NamedTuple

MAX_TOPICS = 16
MAX_IDS = 500
MICRODEGREES = 1_000_000


class Topic(NamedTuple):
    """One thing to watch; `system` for things, `ids` for single things and datastreams, and for
    positions the four edges of a box in microdegrees."""

    kind: str
    system: str = ""
    ids: tuple[int, ...] = ()


ALARMS = Topic("alarms")
LATEST = Topic("latest")  # every datastream of the district
POSITIONS = "positions"  # the kind of topics about moving things


class BadTopic(ValueError):  # noqa: N818 - names the topic, as callers speak of it
    """A topic that cannot be read; `text` is what was asked."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no topic: {text[:80]!r}")
        self.text = text


def parse_topic(text: str) -> Topic:
    """One topic; raises BadTopic."""
    kind, _, rest = text.partition(":")
    if text in ("alarms", "latest", POSITIONS):
        return Topic(text)
    if kind in ("things", POSITIONS) and rest.replace("_", "").isalnum() and len(rest) <= 60:
        return Topic(kind, system=rest)
    if kind == POSITIONS:
        return Topic(kind, ids=_parse_box(text, rest))
    if kind == "datastreams" or (kind == "thing" and "," not in rest):
        return Topic(kind, ids=_parse_ids(text, rest))
    raise BadTopic(text)


def parse_topics(texts: list[str] | frozenset[str]) -> frozenset[Topic]:
    """All topics of a stream; raises BadTopic for a wrong one, for none and for too many."""
    if not 0 < len(texts) <= MAX_TOPICS:
        raise BadTopic(f"{len(texts)} topics")
    return frozenset(parse_topic(text) for text in texts)


def _parse_box(text: str, rest: str) -> tuple[int, ...]:
    parts = rest.split(",")
    try:
        west, south, east, north = (float(part) for part in parts)
    except ValueError:
        raise BadTopic(text) from None
    # A NaN is within no bounds. West may lie east of east: a box across the date line.
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south < north <= 90):
        raise BadTopic(text)
    return tuple(round(edge * MICRODEGREES) for edge in (west, south, east, north))


def _parse_ids(text: str, rest: str) -> tuple[int, ...]:
    parts = rest.split(",")
    # Ids are int32; ten digits would not fit the index.
    if len(parts) > MAX_IDS or not all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in parts
    ):
        raise BadTopic(text)
    return tuple(sorted({int(part) for part in parts}))
