"""The Litestar application: probes, live streams, SensorThings, and the systems' own routers."""

import importlib
from collections.abc import Iterable
from typing import Any

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig

from ipudong import __version__
from ipudong.city.manifest import System, installed
from ipudong.gateway.api.access import Desk
from ipudong.gateway.api.described import complete_document
from ipudong.gateway.api.probes import check_database, healthz, metrics, readyz
from ipudong.gateway.api.problems import EXCEPTION_HANDLERS
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.bridge.door import BridgeDoor
from ipudong.gateway.firmware.router import fetch_firmware
from ipudong.gateway.front import Front
from ipudong.gateway.live.stream import watch
from ipudong.gateway.options import (
    GEOCODES_PER_MINUTE,
    PORTAL_ORIGINS,
    POSTS_PER_MINUTE,
    VERIFICATIONS_PER_MINUTE,
)
from ipudong.gateway.provisioning.router import provision
from ipudong.gateway.push.desk import PushDesk
from ipudong.gateway.push.road import LineRoad
from ipudong.gateway.push.router import PUSH_HANDLERS
from ipudong.gateway.registry.router import make_registry_router
from ipudong.gateway.registry.verifications import make_verification_router
from ipudong.gateway.sensorthings.kept import Shelf
from ipudong.gateway.sensorthings.road import ObservationRoad
from ipudong.gateway.sensorthings.router import make_router
from ipudong.gateway.sensorthings.subscribed import make_topics
from ipudong.operations.probes import Check

MAX_BODY_BYTES = 4 * 1024 * 1024


class GatewayApp(Litestar):
    """The framework, with the plain posts of readings taken before it."""

    front: Front

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application."""
        onward = await self.front.take(scope, receive, send)
        if onward is not None:
            await super().__call__(scope, onward, send)


def create_app(gateway: Gateway) -> GatewayApp:
    """The HTTP face of a gateway."""
    limit, desk, push = RateLimit(POSTS_PER_MINUTE.get()), Desk(), PushDesk(gateway)
    checks: dict[str, Check] = {"database": check_database, "journal": gateway.check_journal}
    checks |= {door.name: door.check for door in gateway.doors if isinstance(door, BridgeDoor)}
    app = GatewayApp(
        route_handlers=[
            healthz,
            readyz,
            metrics,
            watch,
            fetch_firmware,
            provision,
            make_router(gateway, make_topics(gateway)),
            *PUSH_HANDLERS,
            make_registry_router(RateLimit(GEOCODES_PER_MINUTE.get())),
            make_verification_router(RateLimit(VERIFICATIONS_PER_MINUTE.get())),
            *list_system_routers(installed()),
        ],
        state=State(
            {
                "desk": desk,
                "gateway": gateway,
                "limit": limit,
                "shelf": Shelf(),
                "checks": checks,
                "push": push,
            }
        ),
        exception_handlers=EXCEPTION_HANDLERS,
        cors_config=CORSConfig(
            allow_origins=list(PORTAL_ORIGINS.get()),
            allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
            allow_headers=["authorization", "content-type", "last-event-id"],
        ),
        openapi_config=OpenAPIConfig(title="iPudong gateway", version=__version__, path="/schema"),
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
    )
    complete_document(app.openapi_schema)
    roads = (LineRoad(push, desk, limit), ObservationRoad(gateway, desk, limit))
    app.front = Front(roads, MAX_BODY_BYTES)
    return app


def list_system_routers(systems: Iterable[System]) -> list[Any]:
    """The routers that systems bring: `routers` names a module with a tuple ROUTERS."""
    modules = [importlib.import_module(system.routers) for system in systems if system.routers]
    return [router for module in modules for router in module.ROUTERS]
