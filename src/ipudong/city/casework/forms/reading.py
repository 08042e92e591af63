"""Reads pieces of a declaration and says where a wrong one stands."""

from collections.abc import Mapping
from typing import Any

from ipudong.city.casework.forms.declaration import NOTHING, Choice, Words
from ipudong.city.casework.forms.errors import FormError

MAX_WORDS = 2000


def read_object(raw: Any, place: str, known: frozenset[str]) -> Mapping[str, Any]:
    """An object with no key that is not known: a misspelled key must not be silently idle."""
    if not isinstance(raw, dict):
        raise FormError("not_an_object", place)
    unknown = sorted(set(raw) - known)
    if unknown:
        raise FormError("unknown_key", f"{place}/{unknown[0]}", known=", ".join(sorted(known)))
    return raw


def read_list(raw: Mapping[str, Any], key: str, place: str, *, least: int = 0) -> list[Any]:
    """A list of at least so many parts; absent is empty."""
    found = raw.get(key, [])
    if not isinstance(found, list) or len(found) < least:
        raise FormError("not_a_list", f"{place}/{key}", least=least)
    return found


def read_text(raw: Mapping[str, Any], key: str, place: str, default: str | None = None) -> str:
    """A text; without `default` it must be there."""
    found = raw.get(key, default)
    if not isinstance(found, str) or (default is None and not found):
        raise FormError("not_a_text", f"{place}/{key}")
    return found


def read_words(raw: Mapping[str, Any], key: str, place: str, *, needed: bool = True) -> Words:
    """A text in both languages."""
    place = f"{place}/{key}"
    found = raw.get(key)
    if found is None and not needed:
        return NOTHING
    row = read_object(found, place, frozenset({"zh", "en"}))
    words = Words(read_text(row, "zh", place), read_text(row, "en", place))
    if max(len(words.zh), len(words.en)) > MAX_WORDS:
        raise FormError("text_too_long", place, limit=MAX_WORDS)
    return words


def read_choices(raw: Mapping[str, Any], values: list[Any], place: str) -> tuple[Choice, ...]:
    """A label for each value of the schema's enumeration, in the schema's order."""
    rows = {}
    for index, one in enumerate(read_list(raw, "choices", place)):
        here = f"{place}/choices/{index}"
        row = read_object(one, here, frozenset({"value", "label", "help"}))
        words = read_words(row, "label", here), read_words(row, "help", here, needed=False)
        rows[row.get("value")] = words
    if set(rows) != set(values):
        raise FormError("choices_unlike_enum", f"{place}/choices", enum=values)
    return tuple(Choice(value, *rows[value]) for value in values)
