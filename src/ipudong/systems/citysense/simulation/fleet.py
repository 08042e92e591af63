"""The vehicles of the demonstration district, as rows: who they are and where they go round."""

import hashlib
from dataclasses import dataclass
from typing import Final

FLEET_SIZE: Final = 12_000  # municipal vehicles with a terminal, at 1:1
AT_LEAST: Final = 4

# Degrees WGS 84 near the middle of subdistricts and towns of Pudong.
PLACES: Final = {
    "lujiazui": (121.506, 31.238),
    "yangjing": (121.546, 31.240),
    "jinyang": (121.571, 31.250),
    "hudong": (121.583, 31.271),
    "jinqiao": (121.607, 31.258),
    "gaohang": (121.589, 31.297),
    "gaoqiao": (121.578, 31.346),
    "waigaoqiao": (121.604, 31.334),
    "caolu": (121.677, 31.279),
    "heqing": (121.721, 31.240),
    "tangzhen": (121.652, 31.216),
    "zhangjiang": (121.601, 31.207),
    "huamu": (121.551, 31.214),
    "tangqiao": (121.522, 31.212),
    "nanmatou": (121.511, 31.194),
    "zhoujiadu": (121.493, 31.183),
    "sanlin": (121.509, 31.145),
    "beicai": (121.553, 31.183),
    "kangqiao": (121.576, 31.132),
    "zhoupu": (121.581, 31.113),
    "hangtou": (121.594, 31.049),
    "xinchang": (121.647, 31.029),
    "huinan": (121.757, 31.049),
    "chuansha": (121.697, 31.197),
    "zhuqiao": (121.762, 31.112),
    "lingang": (121.908, 30.902),
    "shuyuan": (121.866, 30.957),
    "nicheng": (121.829, 30.906),
}
LOOPS: Final = (
    ("lujiazui", "yangjing", "huamu", "tangqiao"),
    ("zhoujiadu", "nanmatou", "tangqiao", "huamu", "beicai"),
    ("jinyang", "hudong", "jinqiao", "zhangjiang", "huamu"),
    ("gaohang", "waigaoqiao", "gaoqiao", "hudong"),
    ("caolu", "heqing", "tangzhen", "jinqiao"),
    ("zhangjiang", "tangzhen", "chuansha", "beicai"),
    ("sanlin", "beicai", "kangqiao", "zhoupu"),
    ("zhoupu", "hangtou", "xinchang", "kangqiao"),
    ("huinan", "zhuqiao", "chuansha", "xinchang"),
    ("lingang", "shuyuan", "huinan", "nicheng"),
)
DUTIES: Final = (
    ("sweeper", "道路清扫车", "Street sweeper", 22.0),
    ("waste", "垃圾清运车", "Waste truck", 34.0),
    ("inspection", "城管巡查车", "Inspection car", 42.0),
    ("sprinkler", "洒水车", "Sprinkler", 26.0),
)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle: how its terminal signs in, what it is, and the places it goes round.

    `edition` is 2013 or 2019; `code` is its authentication code; `speed` its mean in km/h.
    """

    phone: str
    edition: int
    code: str
    plate: str
    duty: str
    name_zh: str
    name_en: str
    loop: tuple[tuple[float, float], ...]
    speed: float
    offset_s: float
    interval_s: int = 10


def vehicles(scale: int, seed: int) -> list[Vehicle]:
    """The vehicles at 1:`scale`; another seed draws others."""
    return [_make_vehicle(number, seed) for number in range(max(AT_LEAST, FLEET_SIZE // scale))]


def _make_vehicle(number: int, seed: int) -> Vehicle:
    digest = hashlib.sha256(f"vehicle/{seed}/{number}".encode()).digest()
    duty, name_zh, name_en, speed = DUTIES[number % len(DUTIES)]
    loop = LOOPS[(number * 7 + digest[0]) % len(LOOPS)]
    turns = digest[1] % len(loop)
    names = (*loop[turns:], *loop[:turns])
    if digest[2] & 1:
        names = names[::-1]
    plate = f"沪A{10_000 + (int.from_bytes(digest[4:8], 'big') + number) % 90_000:05d}"
    east, north = (digest[8] - 128) / 128 * 0.004, (digest[9] - 128) / 128 * 0.004
    return Vehicle(
        phone=str(13_800_000_000 + seed % 1000 * 100_000 + number),
        edition=2019 if number % 3 else 2013,
        code=digest[12:18].hex().upper(),
        plate=plate,
        duty=duty,
        name_zh=f"{name_zh} {plate}",
        name_en=f"{name_en} {plate}",
        loop=tuple((PLACES[name][0] + east, PLACES[name][1] + north) for name in names),
        speed=speed * (0.9 + digest[10] / 1280),
        offset_s=float(int.from_bytes(digest[18:20], "big")),
    )
