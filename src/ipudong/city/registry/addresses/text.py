"""The text of an address as the reader wants it: one width, one dash, numerals as numbers."""

import re
from typing import Final

# One character for one character, so that positions in the cleaned text are those of the original.
_FULL_WIDTH: Final = "".join(map(chr, range(0xFF01, 0xFF5F)))
_HALF_WIDTH: Final = "".join(map(chr, range(0x21, 0x7F))).replace("#", "号")
_DASHES: Final = "—–―‐‑﹣−ー～"
_OLD, _NEW = "號樓區縣鎮衖\u3000#", "号楼区县镇弄 号"
_CLEAN: Final = str.maketrans(
    _FULL_WIDTH + _DASHES + _OLD, _HALF_WIDTH.replace("~", "-") + "-" * len(_DASHES) + _NEW
)
_DIGITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "○": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7,
    "捌": 8, "玖": 9,
}  # fmt: skip
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
NUMERALS: Final = "".join((*_DIGITS, *_TENS))
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸"
_FORMAL: Final = re.compile(r"(负|地下|B)?([0-9]+|[" + NUMERALS + r"]+)")
MAX_LENGTH: Final = 200


def clean(text: str) -> str:
    """Full width to half width, every dash to "-", some old forms to new; the length stays."""
    return text.translate(_CLEAN)


def to_number(text: str) -> int | None:
    """The value of "12", "十二", "一百零三" or "三〇五"; None when it is no number."""
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    if not text or any(c not in _DIGITS and c not in _TENS for c in text):
        return None
    if not any(c in _TENS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text[:9]))
    total = 0
    digit: int | None = None
    for c in text:
        if c in _TENS:
            total += (1 if digit is None else digit) * _TENS[c]
            digit = None
        else:
            digit = _DIGITS[c]
    return total + (digit or 0)


def normal_number(text: str) -> str:
    """The number of a house, building or room in its stored form.

    "１２甲号" is "12甲", "十二号楼" is "12", "甲3" is "甲3", "地下一层" is "-1", "a座" is "A".
    """
    bare = _strip_words(clean(text).replace(" ", "").upper())
    formal = _FORMAL.fullmatch(bare)
    if formal is None:
        return _convert_runs(bare)
    number = to_number(formal[2])
    below = "-" if formal[1] else ""
    return f"{below}{formal[2] if number is None else number}"


_WORDS: Final = re.compile(
    r"(号楼|号院|号|幢|栋|座|单元|门洞|楼层|楼|层|室|房间|房|支弄|弄|巷|街坊|门|户|F|#)$|^第"
)


def _strip_words(text: str) -> str:
    stripped = _WORDS.sub("", text)
    while stripped and stripped != text:
        text, stripped = stripped, _WORDS.sub("", stripped)
    return text


_RUN: Final = re.compile(f"[{NUMERALS}]+")


def _convert_runs(text: str) -> str:
    def number_of(match: re.Match[str]) -> str:
        return str(to_number(match[0]))

    plain = re.sub(r"\d+", lambda match: match[0].lstrip("0") or "0", text)
    return _RUN.sub(number_of, plain)


def leading_number(text: str) -> int | None:
    """The digits a normal number begins with, for "between 12 and 20"; None without any."""
    digits = re.match(r"\d{1,9}", text)
    return int(digits[0]) if digits else None


def has_stem(text: str) -> bool:
    """Whether a number carries 甲, 乙, … as a second house of one number."""
    return any(c in _STEMS for c in text)
