"""The distinctive word of an organization's name (字号), by which people look for it."""

import re

# A name is division + trade name + industry + form (企业名称登记管理规定, article 6).
_DIVISION = re.compile(
    r"^(?:中国)?(?:[（(]?(?:上海市?|浦东新区|浦东|自由贸易试验区|自贸区|北京市?|中国)[)）]?)+"
)
_FORM = re.compile(
    r"(?:集团)?(?:股份|有限责任|有限|合伙|个人独资|分公司|公司|企业|事务所|中心|商行|店|厂|合作社|协会).*$"
)
_LONGEST = 100


def trade_name(name: str) -> str:
    """The name without its leading division and its form; the whole where nothing is left."""
    plain = re.sub(r"\s", "", name)
    rest = _DIVISION.sub("", plain)
    short = _FORM.sub("", rest)
    return (short or rest or plain)[:_LONGEST]
