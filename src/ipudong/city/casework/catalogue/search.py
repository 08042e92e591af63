"""Search of the catalogue in everyday words: pinyin, synonyms, slips, both scripts, English.

Pure: an index is built from entries' texts and asked with a query. Each way of matching gives a
part of 1; an entry counts by its best phrase, and a little by how much of the query its text has.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz, process

from ipudong.city.casework.catalogue.search_text import (
    LONGEST_QUERY,
    drop_fillers,
    expand,
    has_chinese,
    list_pieces,
    list_tokens,
    normalize,
    spell,
    squeeze,
)

LEAST_SCORE: Final = 0.3
TYPED_WRONG: Final = 80.0
HITS: Final = 30


@dataclass(frozen=True, slots=True)
class Source:
    """What is known of one entry: phrases people would type, in order of weight, and other text."""

    code: str
    names: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    english: tuple[str, ...] = ()
    text: str = ""
    has_guide: bool = True


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase ready to compare; `weight` is that of its field."""

    said: str
    bare: str
    pinyin: str
    initials: str
    pieces: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Document:
    """An entry ready to compare."""

    code: str
    phrases: tuple[Phrase, ...]
    english: tuple[tuple[str, frozenset[str]], ...]
    pieces: frozenset[str]
    boost: float


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry found, how well, and the phrase by which."""

    code: str
    score: float
    phrase: str


@dataclass(frozen=True, slots=True)
class Query:
    """A query in all the forms in which it is compared."""

    texts: tuple[str, ...]
    pinyin: str
    chinese: bool
    tokens: tuple[str, ...]
    pieces: frozenset[str]


def read_query(text: str) -> Query:
    """What was typed, made comparable; at most LONGEST_QUERY characters of it."""
    norm = normalize(text[:LONGEST_QUERY])
    bare = drop_fillers(squeeze(norm))
    chinese = has_chinese(bare)
    texts = tuple(expand(bare)) if chinese else (squeeze(norm),)
    return Query(
        texts=texts,
        pinyin=spell(bare)[0],
        chinese=chinese,
        tokens=tuple(list_tokens(norm)),
        pieces=frozenset(piece for said in texts for piece in list_pieces(said)),
    )


class SearchIndex:
    """The entries, asked by `search`, `suggest` and `correct`."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._documents = [_document(source) for source in sources]
        counts = Counter(piece for each in self._documents for piece in each.pieces)
        total = len(self._documents) or 1
        self._rarity = {piece: math.log(1 + total / count) for piece, count in counts.items()}
        words = Counter(
            word for each in self._documents for _, tokens in each.english for word in tokens
        )
        self._word_rarity = {word: math.log(1 + total / count) for word, count in words.items()}
        self._most = math.log(1 + total)

    def search(self, text: str, limit: int = HITS) -> list[Hit]:
        """Entries by how well they fit, the best first; none for an empty query."""
        query = read_query(text)
        if not query.texts[0]:
            return []
        hits = (self._weigh(document, query) for document in self._documents)
        found = [hit for hit in hits if hit.score >= LEAST_SCORE]
        return sorted(found, key=lambda hit: (-hit.score, hit.code))[:limit]

    def suggest(self, text: str, limit: int = 8) -> list[Hit]:
        """Phrases that begin as what is being typed, in characters, pinyin or initials; one an
        entry."""
        bare = squeeze(normalize(text[:LONGEST_QUERY]))
        if not bare:
            return []
        found: dict[str, Hit] = {}
        for document in self._documents:
            for phrase in document.phrases:
                fit = _fit_of_beginning(phrase, bare) * phrase.weight * document.boost
                if fit > (found[document.code].score if document.code in found else 0):
                    found[document.code] = Hit(document.code, fit, phrase.said)
            for said, _ in document.english:
                if squeeze(normalize(said)).startswith(bare) and document.code not in found:
                    found[document.code] = Hit(document.code, 0.8, said)
        return sorted(found.values(), key=lambda hit: (-hit.score, hit.code))[:limit]

    def correct(self, text: str, limit: int = 3) -> list[str]:
        """Known phrases nearest to a query that found nothing."""
        query = read_query(text)
        known = {phrase.said: phrase.pinyin for each in self._documents for phrase in each.phrases}
        near = process.extract(
            query.pinyin, known, scorer=fuzz.ratio, limit=limit, score_cutoff=50.0
        )
        return [said for _pinyin, _score, said in near]

    def _weigh(self, document: Document, query: Query) -> Hit:
        best, by = 0.0, ""
        for phrase in document.phrases:
            fit = self._fit(phrase, query) * phrase.weight
            if fit > best:
                best, by = fit, phrase.said
        for said, tokens in document.english:
            fit = self._fit_of_words(tokens, query.tokens)
            if fit > best:
                best, by = fit, said
        covered = self._covered(document.pieces, query.pieces) if query.chinese else 0.0
        return Hit(document.code, (best + 0.25 * covered) * document.boost, by)

    def _fit(self, phrase: Phrase, query: Query) -> float:
        if not query.chinese:
            return _fit_of_pinyin(phrase, query.texts[0])
        fit = max(
            _fit_of_text(phrase.bare, said) * (1.0 if place == 0 else 0.9)
            for place, said in enumerate(query.texts)
        )
        if fit < 0.9:
            fit = max(fit, 0.85 * self._overlap(phrase.pieces, query.pieces))
            fit = max(fit, 0.8 * _fit_of_sound(phrase.pinyin, query.pinyin))
        return fit

    def _overlap(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Dice's coefficient, rare pieces counting more."""
        total = self._sum(one) + self._sum(other)
        return 2 * self._sum(one & other) / total if total else 0.0

    def _covered(self, pieces: frozenset[str], wanted: frozenset[str]) -> float:
        total = self._sum(wanted)
        return self._sum(pieces & wanted) / total if total else 0.0

    def _sum(self, pieces: Iterable[str]) -> float:
        return sum(self._rarity.get(piece, self._most) for piece in pieces)

    def _fit_of_words(self, known: frozenset[str], wanted: Sequence[str]) -> float:
        """How much of the English words wanted an English phrase has, near misses counting less."""
        if not wanted or not known:
            return 0.0
        total = sum(self._word_rarity.get(word, self._most) for word in wanted)
        got = sum(self._word_rarity.get(word, self._most) * _near(word, known) for word in wanted)
        return 0.95 * got / total * (0.75 + 0.25 * min(1.0, len(wanted) / len(known)))


def _near(word: str, known: frozenset[str]) -> float:
    if word in known:
        return 1.0
    if len(word) < 4:
        return 0.0
    best = max((fuzz.ratio(word, other) for other in known), default=0.0)
    if best >= TYPED_WRONG:
        return best / 100 * 0.85
    return 0.75 if any(other.startswith(word) for other in known) else 0.0


def _fit_of_text(phrase: str, said: str) -> float:
    if phrase == said:
        return 1.0
    if len(said) > 1 and said in phrase:
        return 0.65 + 0.3 * len(said) / len(phrase)
    if len(phrase) > 1 and phrase in said:
        return 0.6 + 0.35 * len(phrase) / len(said)
    return 0.0


def _fit_of_sound(phrase: str, said: str) -> float:
    """Characters mistaken for others of the same sound, or one syllable wrong."""
    if len(said) < 4:
        return 0.0
    whole = _fit_of_text(phrase, said)
    ratio = float(fuzz.ratio(phrase, said))
    return max(whole, ratio / 100 if ratio >= TYPED_WRONG else 0.0)


def _fit_of_pinyin(phrase: Phrase, said: str) -> float:
    """Letters: whole pinyin, its beginning, initials, or pinyin with a slip."""
    if len(said) < 2:
        return 0.0
    if said == phrase.pinyin:
        return 1.0
    if said in phrase.pinyin and len(said) >= 4:
        return 0.6 + 0.35 * len(said) / len(phrase.pinyin)
    if said == phrase.initials:
        return 0.9
    if phrase.initials.startswith(said) and len(said) >= 3:
        return 0.5 + 0.3 * len(said) / len(phrase.initials)
    ratio = float(fuzz.ratio(phrase.pinyin, said)) if len(said) >= 5 else 0.0
    return ratio / 100 * 0.85 if ratio >= TYPED_WRONG else 0.0


def _fit_of_beginning(phrase: Phrase, typed: str) -> float:
    if phrase.bare.startswith(typed):
        return 1.0
    if phrase.pinyin.startswith(typed) or phrase.initials.startswith(typed):
        return 0.8
    return 0.6 if len(typed) > 1 and typed in phrase.bare else 0.0


def _document(source: Source) -> Document:
    weighted = [
        *((name, 1.0) for name in source.names),
        *((phrase, 1.0) for phrase in source.phrases),
    ]
    phrases = tuple(_phrase(said, weight) for said, weight in weighted)
    whole = normalize(source.text)
    pieces = list_pieces(whole).union(*(phrase.pieces for phrase in phrases))
    english = tuple((said, frozenset(list_tokens(normalize(said)))) for said in source.english)
    return Document(
        source.code, phrases, english, frozenset(pieces), 1.1 if source.has_guide else 1.0
    )


def _phrase(said: str, weight: float) -> Phrase:
    bare = squeeze(normalize(said))
    pinyin, initials = spell(bare)
    return Phrase(said, bare, pinyin, initials, frozenset(list_pieces(bare)), weight)
