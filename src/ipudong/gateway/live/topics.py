"""Topics of a live stream: `alarms`, `things:<system>`, `datastreams:1,2,3`."""

from typing import NamedTuple

MAX_TOPICS = 16
MAX_DATASTREAMS = 500


class Topic(NamedTuple):
    """One thing to watch; `system` for things, `datastreams` for single ones."""

    kind: str
    system: str = ""
    datastreams: tuple[int, ...] = ()


ALARMS = Topic("alarms")


class BadTopic(ValueError):  # noqa: N818 - names the topic, as callers speak of it
    """A topic that cannot be read; `text` is what was asked."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no topic: {text[:80]!r}")
        self.text = text


def parse_topic(text: str) -> Topic:
    """One topic; raises BadTopic."""
    kind, _, rest = text.partition(":")
    if text == "alarms":
        return ALARMS
    if kind == "things" and rest and rest.replace("_", "").isalnum() and len(rest) <= 60:
        return Topic("things", system=rest)
    if kind == "datastreams":
        return Topic("datastreams", datastreams=_parse_ids(text, rest))
    raise BadTopic(text)


def parse_topics(texts: list[str] | tuple[str, ...]) -> frozenset[Topic]:
    """All topics of a stream; raises BadTopic for a wrong one, for none and for too many."""
    if not 0 < len(texts) <= MAX_TOPICS:
        raise BadTopic(f"{len(texts)} topics")
    return frozenset(parse_topic(text) for text in texts)


def _parse_ids(text: str, rest: str) -> tuple[int, ...]:
    parts = rest.split(",")
    # The row ids are int32; ten digits would overflow the index.
    if len(parts) > MAX_DATASTREAMS or not all(
        part.isascii() and part.isdigit() and len(part) < 10 for part in parts
    ):
        raise BadTopic(text)
    return tuple(sorted({int(part) for part in parts}))
