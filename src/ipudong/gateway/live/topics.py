"""Topics of a live stream: `latest`, `alarms`, `things:<system>`, `thing:12`, `datastreams:1,2`."""

from typing import NamedTuple

MAX_TOPICS = 16
MAX_IDS = 500


class Topic(NamedTuple):
    """One thing to watch; `system` for things, `ids` for single things and datastreams."""

    kind: str
    system: str = ""
    ids: tuple[int, ...] = ()


ALARMS = Topic("alarms")
LATEST = Topic("latest")  # every datastream of the district


class BadTopic(ValueError):  # noqa: N818 - names the topic, as callers speak of it
    """A topic that cannot be read; `text` is what was asked."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no topic: {text[:80]!r}")
        self.text = text


def parse_topic(text: str) -> Topic:
    """One topic; raises BadTopic."""
    kind, _, rest = text.partition(":")
    if text in ("alarms", "latest"):
        return Topic(text)
    if kind == "things" and rest and rest.replace("_", "").isalnum() and len(rest) <= 60:
        return Topic("things", system=rest)
    if kind == "datastreams" or (kind == "thing" and "," not in rest):
        return Topic(kind, ids=_parse_ids(text, rest))
    raise BadTopic(text)


def parse_topics(texts: list[str] | frozenset[str]) -> frozenset[Topic]:
    """All topics of a stream; raises BadTopic for a wrong one, for none and for too many."""
    if not 0 < len(texts) <= MAX_TOPICS:
        raise BadTopic(f"{len(texts)} topics")
    return frozenset(parse_topic(text) for text in texts)


def _parse_ids(text: str, rest: str) -> tuple[int, ...]:
    parts = rest.split(",")
    # Ids are int32; ten digits would not fit the index.
    if len(parts) > MAX_IDS or not all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in parts
    ):
        raise BadTopic(text)
    return tuple(sorted({int(part) for part in parts}))
