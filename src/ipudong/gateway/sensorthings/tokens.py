"""Tokens of an OData expression (OData 4.0 ABNF, the part SensorThings 1.1 uses)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from datetime import time as clock_time
from enum import Enum
from typing import Any, Final

from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.values import (
    ValueRefused,
    parse_duration,
    parse_geometry,
    parse_moment,
)

MAX_CHARS: Final = 8000
MAX_TOKENS: Final = 600
MAX_DIGITS: Final = 40


class Mark(Enum):
    """What a token is."""

    WORD = "word"
    LITERAL = "literal"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `value` is the literal's value, `text` the characters, `at` their place."""

    mark: Mark
    text: str
    at: int
    value: Any = None


_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_INSTANT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)"
_TOKEN: Final = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<typed>(?:geography|geometry|duration)'(?:[^']|'')*')"
    r"|(?P<text>'(?:[^']|'')*')"
    rf"|(?P<moment>{_INSTANT}(?:/{_INSTANT})?)"
    r"|(?P<day>\d{4}-\d\d-\d\d(?!T))"
    r"|(?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)"
    r"|(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)"
    r"|(?P<word>[^\W\d][\w.@$]*|[@$][\w.@$]+)"
    r"|(?P<symbol>[(),/;=:])"
)


def tokenize(text: str) -> list[Token]:
    """All tokens and an end mark. Raises RequestRefused (400) naming the place."""
    if len(text) > MAX_CHARS:
        raise bad_request("expression_too_long", f"At most {MAX_CHARS} characters.")
    tokens: list[Token] = []
    for token in _scan(text):
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            raise bad_request("expression_too_long", f"At most {MAX_TOKENS} words and signs.")
    tokens.append(Token(Mark.END, "", len(text)))
    return tokens


def _scan(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _no_token(text, at)
        kind, raw = found.lastgroup, found.group()
        if kind in ("number", "moment", "day", "clock"):
            _refuse_joined(text, at, found.end())
        if kind != "space":
            yield _make(kind or "", raw, at)
        at = found.end()


def _no_token(text: str, at: int) -> RequestRefused:
    if text[at] == "'":
        return bad_request("bad_expression", f"At character {at}: the text is not closed.", at=at)
    return unexpected(Token(Mark.SYMBOL, text[at], at), "a name, a value or a bracket")


def _refuse_joined(text: str, at: int, end: int) -> None:
    """`12x` and `2026-01-01T00:00:00` (no zone) are neither numbers nor times."""
    if end < len(text) and (text[end].isalnum() or text[end] in "_.:-"):
        raise unexpected(
            Token(Mark.SYMBOL, text[at : end + 20].split(" ")[0], at),
            "a number or a time such as 2026-01-01T00:00:00Z",
        )


def _make(kind: str, raw: str, at: int) -> Token:
    if kind == "symbol":
        return Token(Mark.SYMBOL, raw, at)
    if kind == "word" and raw not in _CONSTANTS:
        return Token(Mark.WORD, raw, at)
    try:
        return Token(Mark.LITERAL, raw, at, _READERS[kind](raw))
    except (ValueRefused, ValueError, OverflowError) as error:
        raise bad_request(
            "bad_expression", f"At character {at}: {raw[:40]!r} is no value: {error}.", at=at
        ) from error


def unexpected(token: Token, wanted: str) -> RequestRefused:
    """The refusal that says where an expression went wrong."""
    found = token.text[:40] or "the end"
    detail = f"At character {token.at}: {found!r} where {wanted} was expected."
    return bad_request("bad_expression", detail, at=token.at)


def _unquote(raw: str) -> str:
    return raw[raw.index("'") + 1 : -1].replace("''", "'")


def _read_typed(raw: str) -> object:
    kind = raw[: raw.index("'")]
    return parse_duration(_unquote(raw)) if kind == "duration" else parse_geometry(_unquote(raw))


def _read_number(raw: str) -> int | float:
    if len(raw) > MAX_DIGITS:
        raise ValueRefused("too many digits")
    return int(raw) if raw.lstrip("+-").isdigit() and len(raw) < 20 else float(raw)


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "typed": _read_typed,
    "text": _unquote,
    "moment": parse_moment,
    "day": date.fromisoformat,
    "clock": clock_time.fromisoformat,
    "number": _read_number,
    "word": lambda raw: _CONSTANTS[raw],
}
