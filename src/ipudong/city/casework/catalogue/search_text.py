"""Texts made comparable: simplified, lower case, bare; in pinyin; in pieces."""

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Final

import opencc
from pypinyin import Style, lazy_pinyin

_WORDS: Final = tomllib.loads(Path(__file__).with_name("search_words.toml").read_text("utf-8"))
_FILLERS: Final = tuple(sorted(_WORDS["fillers"], key=len, reverse=True))
_ENGLISH_FILLERS: Final = frozenset(_WORDS["english_fillers"])
_SYNONYMS: Final[dict[str, str]] = _WORDS["synonyms"]
_BARE: Final = re.compile(r"[\W_]+")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
LONGEST_QUERY: Final = 60


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def has_chinese(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return _CHINESE.search(text) is not None


def normalize(text: str) -> str:
    """NFKC, lower case, simplified characters; one space between words."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if has_chinese(folded):
        folded = _to_simplified().convert(folded)
    return _BARE.sub(" ", folded).strip()


def squeeze(text: str) -> str:
    """Without any space: how Chinese is compared."""
    return text.replace(" ", "")


def drop_fillers(text: str) -> str:
    """A Chinese question without the words every question has (怎么办); the whole text where
    nothing else was asked."""
    left = text
    for filler in _FILLERS:
        left = left.replace(filler, "")
    return left or text


def list_tokens(text: str) -> list[str]:
    """English words of a normalized text, plural and everyday endings cut, without fillers."""
    words = re.findall(r"[a-z0-9]+", text)
    return [stem(word) for word in words if word not in _ENGLISH_FILLERS]


def stem(word: str) -> str:
    """A light stem: enough for licence/licences, open/opening, apply/applying."""
    for ending in ("ing", "ies", "es", "s", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return "licenc" if word in ("licens", "licenc", "license", "licence") else word


def expand(text: str) -> list[str]:
    """The text, and the text in the words of the offices where an everyday word has one."""
    said = [text]
    for word, official in _SYNONYMS.items():
        if word in text:
            said.append(text.replace(word, official))
            said.append(official)
    return list(dict.fromkeys(said))


def list_pieces(text: str) -> set[str]:
    """Pairs of neighboring characters of a squeezed Chinese text; the text itself where shorter."""
    bare = squeeze(text)
    if len(bare) < 2:
        return {bare} if bare else set()
    return {bare[place : place + 2] for place in range(len(bare) - 1)}


def spell(text: str) -> tuple[str, str]:
    """Pinyin without tones, whole and by initials: 摆摊 -> (baitan, bt)."""
    bare = squeeze(text)
    whole = lazy_pinyin(bare, errors=list)  # type: ignore[arg-type]  # lists are taken too
    first = lazy_pinyin(bare, style=Style.FIRST_LETTER, errors=list)  # type: ignore[arg-type]
    return "".join(whole), "".join(first)
