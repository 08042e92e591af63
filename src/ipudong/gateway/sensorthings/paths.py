"""Resource paths: `Things`, `Things(1)/Datastreams`, `Things(1)/name/$value`, `Things/$ref`."""

from dataclasses import dataclass
from typing import Final

from ipudong.gateway.api.problems import RequestRefused, bad_request

MAX_SEGMENTS: Final = 12
MAX_KEY_CHARS: Final = 80
VALUE: Final = "$value"
REF: Final = "$ref"

Key = int | str


@dataclass(frozen=True, slots=True)
class Segment:
    """An entity set, a navigation property (with the key of one entity where it is given), a
    property, `$value` or `$ref`."""

    name: str
    key: Key | None = None


def parse_path(path: str) -> tuple[Segment, ...]:
    """The segments of a path below the service root. Raises RequestRefused."""
    texts = path.strip("/").split("/")
    if len(texts) > MAX_SEGMENTS:
        raise bad_request("bad_path", f"At most {MAX_SEGMENTS} segments.")
    return tuple(_parse_segment(text) for text in texts)


def _parse_segment(text: str) -> Segment:
    name, bracket, rest = text.partition("(")
    if text in (VALUE, REF):
        return Segment(text)
    if not bracket and name and len(name) <= MAX_KEY_CHARS and name.isprintable():
        return Segment(name)
    if not name.isascii() or not name.isalpha():
        raise RequestRefused(404, "no_such_resource", f"There is no {name[:40]!r}.")
    if not rest.endswith(")"):
        raise bad_request("bad_path", "A key stands in brackets.")
    return Segment(name, _parse_key(rest[:-1]))


def _parse_key(text: str) -> Key:
    if len(text) <= MAX_KEY_CHARS and len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise bad_request("bad_key", "A key is a whole number or a text in single quotes.")


def format_key(key: Key) -> str:
    """A key as it stands in a path."""
    if isinstance(key, int):
        return str(key)
    return "'" + key.replace("'", "''") + "'"
