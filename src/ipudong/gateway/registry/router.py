"""`/registry/v1/geocode`, `/registry/v1/reverse`: addresses to points and back, for machines."""

import asyncio
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Router, get, post
from litestar.params import JSONBody, QueryParameter

from ipudong.city.registry.addresses.answers import Answer, Near
from ipudong.city.registry.addresses.geocode import geocode_many
from ipudong.city.registry.addresses.nearest import find_nearest
from ipudong.gateway.api.access import peer_of, permit, read_token
from ipudong.gateway.api.rates import RateLimit

MOST_ADDRESSES: Final = 1000
MOST_CHARACTERS: Final = 200
PERMIT: Final = "registry.geocode"

Text = Annotated[str, msgspec.Meta(max_length=MOST_CHARACTERS)]


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """Up to a thousand addresses of at most 200 characters each."""

    addresses: Annotated[list[Text], msgspec.Meta(min_length=1, max_length=MOST_ADDRESSES)]


class Element(msgspec.Struct):
    """One element that was understood, as `road` or `room`."""

    element: str
    text: str


class Point(msgspec.Struct):
    """WGS 84 degrees."""

    lon: float
    lat: float


class Geocoded(msgspec.Struct):
    """An answer: `grade` is room, building, number, interpolated, lane, road, community,
    division or none; `score` 0 to 1; `doubts` are codes."""

    address: str
    grade: str
    score: float
    code: str
    text: str
    division: str
    point: Point | None
    understood: list[Element]
    rest: list[str]
    doubts: list[str]


class GeocodedBatch(msgspec.Struct):
    """Answers in the order of the addresses."""

    answers: list[Geocoded]


class Nearby(msgspec.Struct):
    """An address near the point asked for, metres away."""

    code: str
    text: str
    division: str
    point: Point
    distance_m: float


class NearbyList(msgspec.Struct):
    """Nearest first."""

    answers: list[Nearby]


def _describe(address: str, answer: Answer) -> Geocoded:
    located = answer.lon is not None and answer.lat is not None
    return Geocoded(
        address=address,
        grade=answer.grade,
        score=answer.score,
        code=answer.code,
        text=answer.text,
        division=answer.division,
        point=Point(answer.lon or 0.0, answer.lat or 0.0) if located else None,
        understood=[Element(*pair) for pair in answer.understood],
        rest=list(answer.rest),
        doubts=list(answer.doubts),
    )


def _describe_near(near: Near) -> Nearby:
    point = Point(near.lon, near.lat)
    return Nearby(near.code, near.text, near.division, point, near.distance_m)


def make_registry_router(limit: RateLimit) -> Router:
    """The router; each sender may ask so often in a minute."""

    def count(request: Request[Any, Any, Any]) -> None:
        limit.take(read_token(request) or peer_of(request))

    @get("/geocode", guards=[permit(PERMIT)])
    async def geocode_one(
        request: Request[Any, Any, Any],
        address: Annotated[str, QueryParameter(min_length=1, max_length=MOST_CHARACTERS)],
    ) -> Geocoded:
        """The best answer for one address. Refusals: 400, 401, 403, 429."""
        count(request)
        (answer,) = await asyncio.to_thread(geocode_many, [address])
        return _describe(address, answer)

    @post("/geocode", guards=[permit(PERMIT)], status_code=200)
    async def geocode_batch(
        request: Request[Any, Any, Any], data: JSONBody[Batch]
    ) -> GeocodedBatch:
        """Answers for up to 1000 addresses, in their order. Refusals: 400, 401, 403, 413, 429."""
        count(request)
        answers = await asyncio.to_thread(geocode_many, data.addresses)
        pairs = zip(data.addresses, answers, strict=True)
        return GeocodedBatch([_describe(address, answer) for address, answer in pairs])

    @get("/reverse", guards=[permit(PERMIT)])
    async def reverse(
        request: Request[Any, Any, Any],
        lon: Annotated[float, QueryParameter(ge=-180, le=180)],
        lat: Annotated[float, QueryParameter(ge=-90, le=90)],
        limit_to: Annotated[int, QueryParameter(name="limit", ge=1, le=50)] = 5,
    ) -> NearbyList:
        """Numbers and buildings within a kilometre of a WGS 84 point, nearest first."""
        count(request)
        near = await asyncio.to_thread(find_nearest, lon, lat, limit=limit_to)
        return NearbyList([_describe_near(row) for row in near])

    return Router("/registry/v1", route_handlers=[geocode_one, geocode_batch, reverse])
