"""Health advice in plain words for each AQI level, for everyone and for sensitive groups."""

from dataclasses import dataclass

from ipudong.systems.environment.air_tables import Level


@dataclass(frozen=True, slots=True)
class Advice:
    """What an AQI level means for people."""

    meaning: str
    everyone: str
    sensitive: str
    """Children, older people, heart and lung patients, pregnant women, outdoor workers."""


_ZH = (
    Advice("空气很好。", "放心开窗，外出活动都合适。", "各类人群都可以正常活动。"),
    Advice(
        "空气不错，极少数对污染特别敏感的人可能有感觉。",
        "可以正常在户外活动。",
        "极易过敏或哮喘发作的人，如有不适，少做剧烈运动。",
    ),
    Advice(
        "敏感人群可能咳嗽、胸闷，健康的人偶有不适。",
        "可以外出，避免长时间剧烈运动。",
        "老人、孩子和心肺病人减少户外活动，常用药随身带。",
    ),
    Advice(
        "敏感人群症状会加重，健康的人也可能受影响。",
        "缩短户外锻炼，关好窗，出门可戴口罩。",
        "老人、孩子和心肺病人尽量留在室内，不适及时就医。",
    ),
    Advice(
        "多数人会感到不适，心肺病人耐力明显下降。",
        "停止户外运动，外出戴防护口罩，室内开启净化器。",
        "老人、孩子和心肺病人留在室内，学校暂停户外课。",
    ),
    Advice(
        "空气有害，人人都会受到明显影响。",
        "非必要不外出，关窗并开启净化器，外出戴防护口罩。",
        "务必留在室内、减少活动，出现气喘胸痛立即就医。",
    ),
)
_EN = (
    Advice(
        "The air is clean.",
        "Open the windows and enjoy the outdoors.",
        "No precaution is needed.",
    ),
    Advice(
        "The air is fine; a very few unusually sensitive people may notice it.",
        "Go out as usual.",
        "If you have asthma or strong allergies, ease off hard exercise when you feel it.",
    ),
    Advice(
        "Sensitive people may cough or feel tight in the chest; others now and then.",
        "Go out, but avoid long and hard exercise.",
        "Children, older people and heart or lung patients: less time outdoors, medicine at hand.",
    ),
    Advice(
        "Sensitive people get worse and healthy people may feel it.",
        "Keep exercise outdoors short, close the windows, wear a mask if you like.",
        "Stay indoors if you can and see a doctor when you feel unwell.",
    ),
    Advice(
        "Most people feel unwell; heart and lung patients tire quickly.",
        "No sport outdoors. Wear a protective mask outside and run an air cleaner inside.",
        "Stay indoors. Schools should cancel classes outdoors.",
    ),
    Advice(
        "The air is harmful and affects everyone.",
        "Go out only if you must, with a protective mask. Close windows, run an air cleaner.",
        "Stay indoors and rest. With wheezing or chest pain, get medical help at once.",
    ),
)


def get_advice(level: Level | int, language: str = "zh") -> Advice:
    """Advice for a level (1..6) in `zh` or `en` (any tag that begins so); KeyError otherwise."""
    number = level if isinstance(level, int) else level.number
    if not 1 <= number <= len(_ZH):
        raise KeyError(number)
    return {"zh": _ZH, "en": _EN}[language[:2]][number - 1]
