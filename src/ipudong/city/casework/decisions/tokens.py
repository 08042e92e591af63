"""Cuts FEEL text into tokens, knowing the names that may stand in it (DMN 1.5, 10.3.1.2).

FEEL names may hold spaces and signs (`monthly payment`, `approved/declined`), so where a name ends
depends on which names there are: the longest known one wins.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from ipudong.city.casework.decisions.errors import DecisionError

MAX_TEXT: Final = 20_000
KEYWORDS: Final = frozenset(
    {
        "and",
        "or",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "instance",
        "of",
        "function",
        "true",
        "false",
        "null",
        "not",
    }
)
_WORD: Final = re.compile(r"[^\W\d][\w]*")
_BLANK: Final = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER: Final = re.compile(r"(?:\d+(?:\.(?!\.)\d+)?|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SIGN: Final = re.compile(r"\*\*|\.\.|->|<=|>=|!=|[-+*/<>=()\[\]{},.:?@]")
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{6}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}
_KEY: Final = re.compile(r"[^\W\d][\w\s'+*/.-]{0,200}?(?=\s*:)")


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, string, name, word (a keyword), sign or end."""

    kind: str
    text: str
    start: int
    end: int


class Names:
    """The names with blanks or signs an expression may use."""

    def __init__(self, names: Iterable[str]) -> None:
        self._patterns: dict[str, re.Pattern[str]] = {}
        self._by_word: dict[str, list[str]] = {}
        for name in set(names):
            self._add(" ".join(name.split()))

    def _add(self, name: str) -> None:
        first = _WORD.match(name)
        if first and first.end() < len(name):
            self._by_word.setdefault(first[0], []).append(name)

    def joined(self, names: Iterable[str]) -> Self:
        """These names and more."""
        more = [name for name in names if not _WORD.fullmatch(name)]
        every = [name for group in self._by_word.values() for name in group]
        return type(self)([*every, *more]) if more else self

    def match(self, text: str, start: int, word: str) -> tuple[str, int] | None:
        """The longest known name at `start` that begins with `word`, and where it ends."""
        for name in sorted(self._by_word.get(word, ()), key=len, reverse=True):
            if found := self._pattern(name).match(text, start):
                return name, found.end()
        return None

    def _pattern(self, name: str) -> re.Pattern[str]:
        if name not in self._patterns:
            spaced = r"\s+".join(re.escape(part) for part in name.split(" "))
            self._patterns[name] = re.compile(spaced + r"(?!\w)")
        return self._patterns[name]


def refuse(text: str, start: int, code: str, **fields: object) -> DecisionError:
    """A refusal that points at its place in the expression."""
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return DecisionError(code, line, column=column, near=text[start : start + 20], **fields)


def read_token(text: str, start: int, names: Names) -> Token:
    """The token at `start`, blanks and comments skipped."""
    if blank := _BLANK.match(text, start):
        start = blank.end()
    if start >= len(text):
        return Token("end", "", start, start)
    if word := _WORD.match(text, start):
        return _read_word(text, start, word[0], names)
    if number := _NUMBER.match(text, start):
        return Token("number", number[0], start, number.end())
    if string := _STRING.match(text, start):
        return Token("string", unescape(string[1]), start, string.end())
    if sign := _SIGN.match(text, start):
        return Token("sign", sign[0], start, sign.end())
    raise refuse(text, start, "unknown_sign")


def _read_word(text: str, start: int, word: str, names: Names) -> Token:
    if known := names.match(text, start, word):
        return Token("name", known[0], start, known[1])
    kind = "word" if word in KEYWORDS else "name"
    return Token(kind, word, start, start + len(word))


def read_key(text: str, start: int) -> Token | None:
    """A name before a colon: the key of a context, the name of an argument."""
    if blank := _BLANK.match(text, start):
        start = blank.end()
    if string := re.compile(_STRING.pattern + r"(?=\s*:)", re.DOTALL).match(text, start):
        return Token("name", unescape(string[1]), start, string.end())
    if key := _KEY.match(text, start):
        return Token("name", " ".join(key[0].split()), start, key.end())
    return None


def unescape(text: str) -> str:
    """A string literal's text with its escapes replaced; unknown escapes stay as they are."""
    return _ESCAPE.sub(_replace, text) if "\\" in text else text


def _replace(found: re.Match[str]) -> str:
    escape = found[1]
    if len(escape) == 1:
        return _ESCAPED.get(escape, found[0])
    code = int(escape[1:], 16)
    return found[0] if code > 0x10FFFF or 0xD800 <= code < 0xE000 else chr(code)
