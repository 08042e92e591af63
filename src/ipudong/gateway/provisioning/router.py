"""`POST /devices/provision`: a device presents a provisioning key and gets its identity and token.

No key, no door: without a key that staff made every request is refused. Guessing is slowed down by
address, and every refusal looks alike.
"""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, post
from litestar.params import JSONBody

from ipudong.city.sensing import services
from ipudong.city.sensing.errors import SensingError
from ipudong.gateway.api.access import peer_of
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway

TRIES_PER_MINUTE: Final = 60
_REFUSALS: Final = {
    "bad_key": (403, "The provisioning key is unknown, expired, used up or revoked."),
    "bad_identity": (400, "An identity has 1 to 64 letters, digits and _ . : -"),
    "identity_taken": (409, "A device with this identity is registered already."),
    "unknown_profile": (403, "The provisioning key is unknown, expired, used up or revoked."),
}


class ProvisionRequest(msgspec.Struct, forbid_unknown_fields=True):
    """What a device says; without an identity it is given one."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    identity: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=150)] = ""


class Provisioned(msgspec.Struct):
    """What it is told, once."""

    protocol: str
    identity: str
    token: str
    profile: str
    thing_id: int


def _provision(data: ProvisionRequest, peer: str, gateway: Gateway) -> Provisioned:
    thing, token = services.provision_device(
        key=data.key, identity=data.identity, name=data.name, at=gateway.now(), peer=peer
    )
    return Provisioned(thing.protocol, thing.identity, token, thing.profile, thing.pk)


_limit = RateLimit(TRIES_PER_MINUTE)


@post("/devices/provision", status_code=201, takes="provisioning_key")
async def provision(
    request: Request[Any, Any, Any], data: JSONBody[ProvisionRequest]
) -> Provisioned:
    """Register the device that asks. Refusals: 400, 403, 409, 429."""
    peer = peer_of(request)
    _limit.take(peer)
    gateway: Gateway = request.app.state.gateway
    try:
        return await gateway.in_database(_provision, data, peer, gateway)
    except SensingError as error:
        status, text = _REFUSALS.get(error.code, (400, error.code))
        code = "bad_key" if error.code == "unknown_profile" else error.code
        raise RequestRefused(status, code, text) from error
