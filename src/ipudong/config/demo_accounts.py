"""Accounts of the demonstration district. They exist only where demo data was loaded."""

from dataclasses import dataclass
from typing import Final

from ipudong.city.identity.roles import (
    ADMINISTRATOR,
    CLERK,
    DEPARTMENT_HEAD,
    DISTRICT_LEADER,
    DUTY_OFFICER,
    INTEGRATOR,
    RESIDENT,
    SUPERVISOR,
)

DEMO_PASSWORD: Final = "zhihui-pudong"  # noqa: S105 - printed on purpose, demonstration only


@dataclass(frozen=True)
class DemoAccount:
    """One account that a newcomer may try."""

    username: str
    display_name: str
    roles: tuple[str, ...]
    department: str | None = None
    also: tuple[str, ...] = ()
    """Further offices they work for, as the clerk of a window for everything does."""


# Offices whose steps of the twelve service items a newcomer can work on at one desk.
WINDOW_OFFICES: Final = (
    *("citizen_center", "subdistricts", "civil_affairs", "industry_commerce", "food_drug"),
    *("health", "city_management"),
)
DEMO_ACCOUNTS: Final = (
    DemoAccount("resident", "居民 · 王秀英", (RESIDENT,)),
    DemoAccount("clerk", "窗口 · 陈洁", (CLERK,), "epb", also=WINDOW_OFFICES),
    DemoAccount("police", "户籍 · 沈芳", (CLERK,), "police"),
    DemoAccount("duty", "值班 · 李强", (DUTY_OFFICER,), "epb"),
    DemoAccount("head", "处长 · 周敏", (DEPARTMENT_HEAD,), "epb"),
    DemoAccount("supervisor", "监察 · 赵立", (SUPERVISOR,)),
    DemoAccount("leader", "区领导 · 张国华", (DISTRICT_LEADER,)),
    DemoAccount("integrator", "集成商 · 孙浩", (INTEGRATOR,)),
    DemoAccount("admin", "管理员", (ADMINISTRATOR,)),
)
