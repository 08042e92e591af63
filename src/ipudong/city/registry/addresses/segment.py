"""Cutting an address into parts: the cheapest path through all that each stretch may be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ipudong.city.registry.addresses import rules, words
from ipudong.city.registry.addresses.gazetteer import (
    CITY,
    COUNTY,
    NO_NAMES,
    PROVINCE,
    Lexicon,
    division_names,
    longest_name,
)
from ipudong.city.registry.addresses.text import MAX_LENGTH, clean

LONGEST_WORD: Final = 16
_LEVELS: Final = {PROVINCE: rules.PROVINCE, CITY: rules.CITY, COUNTY: rules.COUNTY}
_SHORT_NAME: Final = {PROVINCE: 2.5, CITY: 3.0, COUNTY: 4.0}
# A division that the list does not know, by its last character.
_UNLISTED: Final = {
    "省": (rules.PROVINCE, 6.0),
    "县": (rules.COUNTY, 6.0),
    "市": (rules.CITY, 6.0),
    "区": (rules.COUNTY, 7.0),
}
_LEVEL_ENDINGS: Final = frozenset("省市区县")
_UNKNOWN: Final = 12.0  # bits for a character that nothing explains


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an address as written: `text` is the stretch from `start` to before `end`."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Step:
    kind: str
    end: int
    bits: float


def segment(text: str, known: Lexicon = NO_NAMES) -> tuple[Part, ...]:
    """The parts of an address in their order, covering the whole text.

    Names in `known` are recognized without doubt, whatever they end with.

    Positions are those of the text given. Anything after the 200th character is left out.
    """
    return _segment(clean(text[:MAX_LENGTH]), known)


@lru_cache(maxsize=20_000)
def _segment(text: str, known: Lexicon) -> tuple[Part, ...]:
    # best[position][kind] = (bits, previous position, previous kind)
    best: list[dict[str, tuple[float, int, str]]] = [{} for _ in range(len(text) + 1)]
    best[0] = {rules.START: (0.0, 0, "")}
    for at in range(len(text)):
        if best[at]:
            _extend(_steps(text, at, known), at, best)
    return _trace(text, best)


def _extend(steps: Iterable[_Step], at: int, best: list[dict[str, tuple[float, int, str]]]) -> None:
    followers = [(kind, bits, rules.FOLLOWS[kind]) for kind, (bits, _, _) in best[at].items()]
    before: dict[str, tuple[float, str]] = {}
    for step in steps:
        if step.kind not in before:
            before[step.kind] = min(
                (bits + _after(follows, step.kind), kind) for kind, bits, follows in followers
            )
        bits, kind = before[step.kind]
        bits += step.bits
        known = best[step.end].get(step.kind)
        if known is None or bits < known[0]:
            best[step.end][step.kind] = (bits, at, kind)


def _after(follows: Mapping[str, float], kind: str) -> float:
    return follows.get(kind) or rules.LONELY.get(kind, rules.UNLIKELY)


def _trace(text: str, best: list[dict[str, tuple[float, int, str]]]) -> tuple[Part, ...]:
    if not text:
        return ()
    ends = best[len(text)]
    kind = min(
        ends, key=lambda kind: ends[kind][0] + rules.FOLLOWS[kind].get(rules.END, rules.UNLIKELY)
    )
    parts, end = [], len(text)
    while end:
        _, start, previous = best[end][kind]
        parts.append(Part(kind, text[start:end], start, end))
        end, kind = start, previous
    return tuple(reversed(parts))


def _steps(text: str, at: int, known: Lexicon) -> Iterator[_Step]:
    yield from _known(text, at, known)
    yield from _names(text, at)
    yield from _numbers(text, at)
    yield from _listed(text, at, rules.RELATION, words.RELATIONS)
    yield from _listed(text, at, rules.NOISE, words.NOISES)
    yield from _words(text, at)
    yield _Step(rules.NOISE, at + 1, _UNKNOWN)


def _known(text: str, at: int, known: Lexicon) -> Iterator[_Step]:
    for end in range(at + 2, min(len(text), at + known.longest) + 1):
        kind = known.find_kind(text[at:end])
        if kind:
            yield _Step(kind, end, words.KNOWN_NAME)


def _names(text: str, at: int) -> Iterator[_Step]:
    if text.startswith("中国", at):
        yield _Step(rules.COUNTRY, at + 2, 0)
    names = division_names()
    for end in range(at + 2, min(len(text), at + longest_name()) + 1):
        for name in names.get(text[at:end], ()):
            if not name.full and text[end : end + 1] in _LEVEL_ENDINGS:
                continue
            yield _Step(_LEVELS[name.level], end, 0.0 if name.full else _SHORT_NAME[name.level])
            if at and text.find(text[at : at + 2], 0, at) >= 0:
                yield _Step(rules.NOISE, end, words.REPEATED_DIVISION)
    for end in range(at + 3, min(len(text), at + 4) + 1):
        kind, bits = _UNLISTED.get(text[end - 1], ("", 0.0))
        if kind:
            yield _Step(kind, end, bits)


def _numbers(text: str, at: int) -> Iterator[_Step]:
    if at and text[at].isdigit() and text[at - 1].isdigit():
        return
    for kind, pattern, bits in words.NUMBERS:
        found = pattern.match(text, at)
        if found is not None and _ends_whole(text, found.end()):
            yield _Step(kind, found.end(), bits)


def _ends_whole(text: str, end: int) -> bool:
    """A number is never cut in two."""
    return not (end < len(text) and text[end].isdigit() and text[end - 1].isdigit())


def _listed(text: str, at: int, kind: str, rows: Mapping[str, float]) -> Iterator[_Step]:
    for length in range(1, 7):
        bits = rows.get(text[at : at + length])
        if bits is not None and at + length <= len(text):
            yield _Step(kind, at + length, bits)


def _words(text: str, at: int) -> Iterator[_Step]:
    inside = 0.0
    for end in range(at + 1, min(len(text), at + LONGEST_WORD) + 1):
        word = text[at:end]
        if end - at >= 2 and _ends_whole(text, end) and text[end - 1 : end + 1] not in words.ONE:
            for kind, lengths in words.LENGTHS.items():
                bits = _ending(word, kind)
                if bits is not None:
                    yield _Step(kind, end, bits + _length(end - at, lengths) + inside)
        inside += _inside(text, end - 1, at == end - 1)
        if inside > 14:
            return


def _ending(word: str, kind: str) -> float | None:
    endings = words.ENDINGS[kind]
    found = [
        bits
        for size in range(1, min(6, len(word) - 1) + 1)
        if (bits := endings.get(word[-size:])) is not None
    ]
    if found:
        return min(found)
    return words.WITHOUT_ENDING.get(kind)


def _length(length: int, lengths: tuple[float, ...]) -> float:
    if length < len(lengths):
        return lengths[length]
    return lengths[-1] + 1.5 * (length - len(lengths) + 1)


def _inside(text: str, at: int, first: bool) -> float:
    character = text[at]
    if character.isdigit():
        return words.DIGIT_INSIDE
    if not character.isalnum():
        return words.PUNCTUATION_INSIDE
    if first:
        return 0.0
    inner = words.INSIDE_PAIRS.get(text[at - 1 : at + 1], 0.0)
    return inner + words.INSIDE.get(character, words.EACH_INSIDE)
