"""Tokens of an OData expression (OData 4.0 ABNF, the part SensorThings 1.1 uses)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from ipudong.gateway.api.problems import RequestRefused, bad_request

MAX_CHARS = 2000


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
    value: str | float | int | bool | datetime | None = None


_SYMBOLS = "(),/;="
_WORD_MARKS = "_.@$"
_CONSTANTS = {"true": True, "false": False, "null": None}


def tokenize(text: str) -> list[Token]:
    """All tokens and an end mark. Raises RequestRefused (400) naming the place."""
    if len(text) > MAX_CHARS:
        raise bad_request("expression_too_long", f"At most {MAX_CHARS} characters.")
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _next(text, at)
        tokens.append(token)
        at += len(token.text)
    tokens.append(Token(Mark.END, "", at))
    return tokens


def unexpected(token: Token, wanted: str) -> RequestRefused:
    """The refusal that says where an expression went wrong."""
    found = token.text[:40] or "the end"
    return bad_request(
        "bad_expression", f"At character {token.at}: {found!r} where {wanted} was expected."
    )


def _next(text: str, at: int) -> Token:
    sign = text[at]
    if sign in _SYMBOLS:
        return Token(Mark.SYMBOL, sign, at)
    if sign == "'":
        return _string(text, at)
    if sign.isdigit() or (sign in "+-" and text[at + 1 : at + 2].isdigit()):
        return _number_or_time(text, at)
    if sign.isalpha() or sign in _WORD_MARKS:
        return _word(text, at)
    raise unexpected(Token(Mark.SYMBOL, sign, at), "a name, a value or a bracket")


def _string(text: str, at: int) -> Token:
    """A quoted text; a quote inside is doubled."""
    end = at + 1
    while True:
        end = text.find("'", end)
        if end < 0:
            raise bad_request("bad_expression", f"At character {at}: the text is not closed.")
        if text[end + 1 : end + 2] != "'":
            break
        end += 2
    raw = text[at : end + 1]
    return Token(Mark.LITERAL, raw, at, raw[1:-1].replace("''", "'"))


def _word(text: str, at: int) -> Token:
    end = at
    while end < len(text) and (text[end].isalnum() or text[end] in _WORD_MARKS):
        end += 1
    word = text[at:end]
    if word in _CONSTANTS:
        return Token(Mark.LITERAL, word, at, _CONSTANTS[word])
    return Token(Mark.WORD, word, at)


def _number_or_time(text: str, at: int) -> Token:
    end = at + 1
    while end < len(text) and (text[end].isalnum() or text[end] in ".:+-"):
        end += 1
    raw = text[at:end]
    token = Token(Mark.LITERAL, raw, at)
    value = _time(raw) if "T" in raw else _number(raw)
    if value is None:
        raise unexpected(token, "a number or a time such as 2026-01-01T00:00:00Z")
    return Token(Mark.LITERAL, raw, at, value)


def _number(raw: str) -> int | float | None:
    try:
        return int(raw) if raw.lstrip("+-").isdigit() and len(raw) < 20 else float(raw)
    except ValueError:
        return None


def _time(raw: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
