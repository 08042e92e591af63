"""Names as they are frequent: surnames by their share, given names of one or two characters."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Surnames and their share in percent (Ministry of Public Security, names of 2020, rounded).
SURNAMES: Final = {
    "王": 7.2,
    "李": 7.2,
    "张": 6.8,
    "刘": 5.4,
    "陈": 4.8,
    "杨": 3.1,
    "黄": 2.3,
    "赵": 2.2,
    "吴": 2.1,
    "周": 2.1,
    "徐": 1.7,
    "孙": 1.6,
    "马": 1.3,
    "朱": 1.3,
    "胡": 1.2,
    "郭": 1.2,
    "何": 1.2,
    "林": 1.2,
    "高": 1.1,
    "罗": 1.1,
    "郑": 1.0,
    "梁": 1.0,
    "谢": 0.8,
    "宋": 0.8,
    "唐": 0.8,
    "许": 0.7,
    "韩": 0.7,
    "邓": 0.7,
    "冯": 0.7,
    "曹": 0.6,
    "彭": 0.6,
    "曾": 0.6,
    "肖": 0.6,
    "田": 0.5,
    "董": 0.5,
    "潘": 0.5,
    "袁": 0.5,
    "蔡": 0.5,
    "蒋": 0.5,
    "余": 0.5,
    "于": 0.4,
    "杜": 0.4,
    "叶": 0.4,
    "程": 0.4,
    "魏": 0.4,
    "苏": 0.4,
    "吕": 0.4,
    "丁": 0.4,
    "沈": 1.4,
    "陆": 1.2,
    "顾": 1.2,
    "金": 0.7,
    "姚": 0.6,
    "汤": 0.4,
    "倪": 0.5,
    "俞": 0.4,
    "瞿": 0.2,
    "欧阳": 0.1,
    "上官": 0.02,
    "诸葛": 0.02,
}
MALE: Final = tuple(
    "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林建国庆志德海峰成栋文博"
)
FEMALE: Final = tuple(
    "芳娜敏静丽艳娟霞秀英玲桂兰红梅莉燕萍雪琳婷颖洁云佳慧欣怡雯倩琴珍凤菊蓉薇璐瑶诗涵"
)
FOREIGN: Final = (
    *("James Miller", "Anna Schmidt", "Yuki Tanaka", "Marie Dubois", "Kim Min Jun"),
    *("Carlos Silva", "Priya Sharma", "Olga Ivanova", "Liam Murphy", "Sofia Rossi"),
)


def draw_names(is_male: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.object_]:
    """A Chinese name for each person."""
    count = len(is_male)
    shares = np.array([*SURNAMES.values()])
    surnames = np.array([*SURNAMES], dtype=object)
    family = surnames[rng.choice(len(surnames), size=count, p=shares / shares.sum())]
    return family + draw_given_names(is_male, rng)


def draw_given_names(is_male: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.object_]:
    """A given name of one or, more often, two characters."""
    count = len(is_male)
    male, female = np.array(MALE, dtype=object), np.array(FEMALE, dtype=object)
    first = _pick(is_male, male, female, rng)
    second = _pick(is_male, male, female, rng)
    second[rng.random(count) < 0.2] = ""
    return first + second


def _pick(
    is_male: NDArray[np.bool_],
    male: NDArray[np.object_],
    female: NDArray[np.object_],
    rng: np.random.Generator,
) -> NDArray[np.object_]:
    # The square of an even draw: the first characters of a list are the frequent ones.
    even = rng.random(len(is_male)) ** 2
    ours = male[(even * len(male)).astype(np.int64)]
    theirs = female[(even * len(female)).astype(np.int64)]
    return np.where(is_male, ours, theirs)
