"""How the parts of an address are worded: endings, lengths, numbers; costs in bits (`rules`)."""

import re
from collections.abc import Mapping
from typing import Final

from ipudong.city.registry.addresses.rules import (
    BUILDING,
    COMMUNITY,
    FLOOR,
    LANE_NUMBER,
    LANE_ROAD,
    NOISE,
    NUMBER,
    PERSON,
    RELATION,
    ROAD,
    ROOM,
    SITE,
    SITE_PART,
    TOWN,
    UNIT,
    ZONE,
)
from ipudong.city.registry.addresses.text import NUMERALS

# fmt: off
# Endings of words: longest first within a kind; cost in bits.
ENDINGS: Final[Mapping[str, Mapping[str, float]]] = {
    TOWN: {
        "街道": 0, "镇": 0, "乡": 1, "街道办事处": 0, "办事处": 3, "开发区街道": 1, "苏木": 1,
    },
    COMMUNITY: {
        "村": 0, "社区": 0, "居委会": 0, "村委会": 0, "居民委员会": 0, "村民委员会": 0,
        "居委": 0, "村委": 1, "大队": 2,
    },
    ROAD: {
        "路": 0, "街": 1, "大道": 0, "公路": 0, "大街": 0, "巷": 2, "胡同": 1, "国道": 1,
        "省道": 1, "组": 3, "线": 5, "弄": 4, "东路": 0, "西路": 0, "南路": 0, "北路": 0,
        "中路": 0, "环路": 0, "支路": 0, "高速": 3, "里": 7, "桥": 7,
    },
    LANE_ROAD: {
        "路": 2, "巷": 1, "街": 2, "段": 0, "大道": 3, "支弄": 0, "弄": 1, "支路": 1,
    },
    ZONE: {
        "开发区": 0, "工业区": 2, "工业园区": 2.5, "高新区": 0, "保税区": 0, "工业园": 4,
        "科技园区": 3, "园区": 5, "度假区": 1, "自贸区": 0, "新片区": 0, "集聚区": 1,
        "经济技术开发区": 0, "经济开发区": 0, "技术开发区": 0, "产业园区": 4, "经开区": 0,
    },
    SITE: {
        "小区": 0, "工业区": 1, "工业园区": 1.5, "花园": 0, "公寓": 0, "大厦": 0, "广场": 0,
        "中心": 0.5, "商城": 0, "公司": 1, "苑": 0, "新村": 0, "大楼": 0.5, "酒店": 0,
        "宾馆": 0, "市场": 0.5, "医院": 0, "学校": 0, "大学": 0, "学院": 0.5, "中学": 0,
        "小学": 0, "幼儿园": 0, "银行": 0.5, "厂": 1, "局": 1, "所": 2, "站": 1.5, "馆": 2,
        "院": 1.5, "城": 1, "园": 0.5, "区": 2.5, "村": 2.5, "店": 2, "场": 2, "楼": 3,
        "国际": 1.5, "湾": 2, "家园": 0, "庭": 2, "府": 2, "都": 3, "庄": 3, "业": 4, "行": 3,
        "商务楼": 0, "写字楼": 0, "名苑": 0, "雅苑": 0, "华庭": 0, "别墅": 0, "嘉园": 0,
        "工业园": 0.5, "科技园": 0.5, "创业园": 0, "产业园": 0, "商厦": 0, "超市": 0.5,
        "会": 3, "政府": 1, "门": 4, "桥": 4, "家": 4, "宿舍": 1, "社": 3, "里": 4, "部": 4,
        "集团": 1, "会所": 1, "仓库": 2, "俱乐部": 1, "基地": 2, "机场": 0, "码头": 1,
        "农贸市场": 0, "百货": 1, "期": 5, "团": 4, "企业": 1.5, "实业": 1.5, "小镇": 1,
    },
    SITE_PART: {
        "区": 0.5, "期": 0, "门": 1.5, "公司": 2.5, "楼": 2.5, "苑": 3, "园": 3, "店": 3.5,
        "部": 3.5, "院": 3.5, "场": 4, "厦": 4, "城": 4, "室": 4, "公寓": 4, "厂": 4, "库": 4,
        "食堂": 1, "车间": 1, "组团": 1, "宿舍": 1.5, "仓库": 1.5, "大厅": 2, "中心": 3.5,
        "东区": 0, "西区": 0, "南区": 0, "北区": 0, "小区": 3, "广场": 4, "酒店": 4, "房": 4,
    },
    PERSON: {
        "部": 1, "公司": 2, "室": 1.5, "柜": 0.5, "店": 2, "库": 3, "门": 3, "台": 1,
        "科": 1.5, "先生": 0, "女士": 0, "小姐": 0, "收": 1, "某": 1.5, "办公室": 0,
        "前台": 0, "专柜": 0, "服务台": 0, "服饰": 1.5, "厅": 3, "丰巢": 0, "仓库": 2,
        "门卫": 0.5, "传达室": 0.5, "会议室": 0.5, "财务部": 0, "项目部": 0, "快递": 2,
    },
}
# Without any of its endings a word may still be of the kind, for so many bits.
WITHOUT_ENDING: Final = {TOWN: 7, COMMUNITY: 6.5, SITE: 4.5, SITE_PART: 6, PERSON: 4.5, ROAD: 11}
# Bits by length in characters; lengths beyond cost 1.5 for each character more.
LENGTHS: Final[Mapping[str, tuple[float, ...]]] = {
    TOWN: (9, 9, 3.5, 0.8, 1.6, 5, 7),
    COMMUNITY: (9, 9, 2.6, 0.7, 2.5, 4.5, 6),
    ROAD: (9, 9, 5, 0.8, 1.4, 4.5, 7),
    LANE_ROAD: (9, 7, 2.5, 1, 2, 3.5, 7),
    ZONE: (9, 9, 4.5, 4, 4, 1.2, 3, 2.4, 4),
    SITE: (9, 9, 4.5, 3, 1.4, 2.5, 3, 4.2, 4.6, 5.5, 5.8, 6.5, 7),
    SITE_PART: (9, 8, 1.6, 2.4, 2.3, 3.4, 4.2, 5, 5.5, 6),
    PERSON: (9, 8, 2.4, 2.3, 2, 2.8, 3.6, 5, 5.5, 6),
}
# A character that ends other parts should not stand inside a word: bits for each.
INSIDE: Final[Mapping[str, float]] = dict.fromkeys("省县镇乡弄幢栋", 7.0) | {
    **dict.fromkeys("路街巷", 5.0),
    **dict.fromkeys("号室", 6.0),
    **dict.fromkeys("市区道苑厦", 3.0),
    **dict.fromkeys("村园城楼期社场", 2.2),
    **dict.fromkeys("对旁与近内侧", 2.0),
}
EACH_INSIDE: Final = 0.5
# Two characters that stay together, and those that say something of their own inside a word.
ONE: Final = frozenset({"街道", "社区", "大道", "小区", "园区", "村委", "居委", "公路", "单元"})
INSIDE_PAIRS: Final = dict.fromkeys(
    ("对面", "门口", "旁边", "交叉", "附近", "后面", "隔壁", "交汇", "交界", "楼下", "公司"), 4.0
)
DIGIT_INSIDE: Final = 3.0
PUNCTUATION_INSIDE: Final = 6.0

# fmt: on
_N: Final = rf"(?:\d+|[{NUMERALS}]+)"
_NA: Final = rf"(?:[A-Z]?-?\d+(?:[-/]\d+)*(?:[A-Z甲乙丙丁戊])?|[{NUMERALS}]+|[A-Z]|[甲乙丙丁])"
_RUN: Final = r"\d+(?:[-/、.]\d+)*"
# Parts that are numbers: kind, pattern, bits.
NUMBERS: Final = tuple(
    (kind, re.compile(pattern, re.IGNORECASE), cost)
    for kind, pattern, cost in (
        (
            NUMBER,
            rf"(?:附|临|近|甲|乙)?{_RUN}[A-Z甲乙丙丁戊]?号?(?:甲|乙|丙|丁)?(?<=[号甲乙丙丁])",
            0,
        ),
        (NUMBER, r"\d+号之[一二三四五六七八九十\d]+", 0),
        (NUMBER, r"\d+号[-]\d+(?:号)?", 4),
        (NUMBER, r"\d{1,5}弄", 2.5),
        (NUMBER, rf"[{NUMERALS}]+弄", 4),
        (NUMBER, r"\d{1,5}", 4.5),
        (NUMBER, rf"[{NUMERALS}]+号", 5),
        (LANE_ROAD, r"\d+(?:弄|巷|支弄|街坊)", 2),
        (LANE_NUMBER, rf"(?:附)?{_RUN}号?", 2),
        (LANE_NUMBER, r"\d+号", 0.5),
        (BUILDING, rf"{_NA}(?:幢|栋|座|号楼|号院|撞)", 0),
        (BUILDING, r"第?\d+(?:排)", 2),
        (BUILDING, r"\d{1,5}", 2.5),
        (BUILDING, r"[A-Z]", 3.5),
        (BUILDING, r"\d+号", 2),
        (BUILDING, rf"[{NUMERALS}]+号", 4),
        (BUILDING, rf"[A-Z]?{_N}楼", 5),
        (BUILDING, r"[A-Z]\d*", 5.5),
        (UNIT, rf"{_NA}(?:单元|门洞|门|梯)", 0),
        (UNIT, r"\d{1,4}", 1.8),
        (UNIT, r"\d+号", 3.3),
        (UNIT, r"\d+街", 4.5),
        (FLOOR, rf"(?:第|地下|负|B)?(?:{_N}|首|顶)(?:楼|层|F)[A-Z]?", 0),
        (FLOOR, r"\d+", 6.5),
        (ROOM, r"\d+[A-Z]?(?:室|房|房间|户|铺|店|间)", 0.5),
        (ROOM, r"[A-Z]?\d{1,5}", 1.2),
        (ROOM, r"[A-Z]\d+[A-Z]?(?:室|房|号|档)?", 3.5),
        (ROOM, r"\d+[A-Z]", 5),
        (ROOM, r"\d+号", 3.3),
        (ROOM, rf"[{NUMERALS}]+(?:室|房)", 4),
        (SITE_PART, rf"{_NA}(?:区|期|园|组团|门|号门|馆|标段)", 0.5),
        (ROAD, rf"(?:第?{_N})(?:组|队)", 2),
        (ROAD, r"[GSXY]\d{2,4}(?:国道|省道|高速|线)?", 3),
        (NOISE, r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|20\d{4}", 0),
        (RELATION, r"(?:向|往)?[东南西北前后左右]+\d+米(?:处)?", 1),
    )
)
# fmt: off
RELATIONS: Final[Mapping[str, float]] = {
    "对面": 1.5, "交叉口": 1.5, "与": 2.5, "旁": 3, "旁边": 2.5, "门口": 3, "口": 4, "内": 3.5,
    "后面": 3, "附近": 2.5, "交汇处": 2, "交汇": 3, "院内": 4, "东侧": 3.5, "西侧": 3.5,
    "南侧": 3.5, "北侧": 3.5, "东": 5.5, "西": 5.5, "南": 5.5, "北": 5.5, "和": 5, "后": 5,
    "楼下": 4, "楼上": 4, "隔壁": 3, "斜对面": 3, "路口": 4, "交界处": 3, "东南角": 4,
    "西南角": 4, "东北角": 4, "西北角": 4, "左边": 4, "右边": 4, "边": 5, "边上": 4, "里面": 4,
    "东边": 4, "西边": 4, "南边": 4, "北边": 4, "以东": 4, "以西": 4, "以南": 4, "以北": 4,
    "交口": 3, "交汇口": 3, "靠近": 4, "近": 4.5, "上": 6.5, "下": 6.5, "大门口": 4, "对过": 4,
}
NOISES: Final[Mapping[str, float]] = {
    "-": 0, "_": 0.5, "--": 1, "/": 2, "?": 3, ".": 2, ",": 2, "，": 2, "、": 3, "。": 2,
    "(": 2, ")": 2, ";": 2, ":": 2, " ": 0, "null": 0, "NULL": 0, "电联": 0.5, "收": 4.5,
    "的": 4, "地址": 2, "市辖区": 1, "其它区": 1, "其他区": 1, "城区": 3, "县": 7, "转": 5,
    "请送货上门": 1, "送货前电话": 1, "货到电话": 2, "电话联系": 1, "*": 2, "·": 2, "与": 5,
    "【": 2, "】": 2, "[": 2, "]": 2, "|": 2, "'": 2, '"': 2, "+": 2, "!": 2, "～": 2, "@": 2,
}
REPEATED_DIVISION: Final = -2.0
KNOWN_NAME: Final = -4.0
# fmt: on
