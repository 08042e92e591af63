"""SensorThings on the gateway's MQTT broker: how the topics reach the rest of the service."""

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import orjson
from django.conf import settings

from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.mqtt import Rich, Topics
from ipudong.gateway.sensorthings.observations import get_observation
from ipudong.gateway.sensorthings.paths import parse_path
from ipudong.gateway.sensorthings.roots import ROOT
from ipudong.gateway.sensorthings.walk import Walk
from ipudong.gateway.sensorthings.writes.requests import Write, perform
from ipudong.gateway.sensorthings.writing import Properties

if TYPE_CHECKING:
    from ipudong.gateway.assembly import Gateway


def make_topics(gateway: "Gateway") -> Topics:
    """The topics of a gateway, at work from now on."""
    base = settings.IPUDONG_GATEWAY_URL

    async def keep(rich: Rich) -> None:
        await perform(gateway, Write("POST", rich.path, rich.body, topics.base, rich.actor))

    async def read_one(root: str, key: str) -> Properties:
        return await asyncio.to_thread(get_observation, Context(root), key)

    topics = Topics(gateway, gateway.mqtt.broker, base, keep, read_one)
    gateway.topics = topics
    return topics


async def read_entity(gateway: "Gateway", base: str, link: str) -> Properties:
    """An entity as it stands now, by its address; {} when it is gone."""
    path = unquote(urlsplit(link).path.partition(f"{ROOT}/")[2])
    context = Context(base, take_latest=gateway.latest.take)
    answer = await asyncio.to_thread(Walk(context, path, []).read, parse_path(path))
    entity: Properties = orjson.loads(answer.body)
    return entity
