"""Names of people as they are compared: family name, given name, and how they sound."""

from functools import lru_cache
from typing import Final

from pypinyin import lazy_pinyin

# Family names of two characters still borne by many (of the Hundred Family Names).
_COMPOUND_TEXT: Final = (
    "欧阳 上官 司马 诸葛 夏侯 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 端木 独孤 南宫 "
    "轩辕 百里 呼延 东郭 第五 申屠 公羊 淳于 单于 太史 澹台 公冶 宗政 濮阳 万俟 闻人 赫连 钟离"
)
_COMPOUND: Final = frozenset(_COMPOUND_TEXT.split())
# In family names these are read otherwise than in words.
_READ_AS: Final = {"单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "查": "zha", "任": "ren"}


def split_name(name: str) -> tuple[str, str]:
    """Family name and given name; for a name in Latin letters the last word and what precedes."""
    name = name.strip()
    if name.isascii():
        given, _, family = name.rpartition(" ")
        return family, given
    length = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
    return name[:length], name[length:].strip("·• ")


@lru_cache(maxsize=200_000)
def sound_of(text: str) -> str:
    """Pinyin without tones for Chinese, lower-case letters for Latin: 张伟 and 章玮 sound alike."""
    if text.isascii():
        return "".join(c for c in text.lower() if c.isalnum())
    return "".join(_READ_AS.get(text, "") or "".join(lazy_pinyin(text)))
