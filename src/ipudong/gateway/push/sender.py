"""Who pushes: a device with its token, or a collector with an API token for many devices."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from litestar.connection import ASGIConnection, Request
from litestar.handlers.base import BaseRouteHandler

from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.sensing.credentials import CERTIFICATE, HASHED, REVOKED, hash_credential
from ipudong.city.sensing.directory import Device, Directory
from ipudong.gateway.api.access import Desk, peer_of
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway

POST: Final = "sensing.post_observations"
PROTOCOLS: Final = ("http", "mqtt")  # a device known by either may push
MAX_TOKEN_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Sender:
    """Who was let in: a device for itself, or an actor (`device` None) for any device."""

    peer: str
    device: Device | None = None
    actor: Actor | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request offers: a name ("" where there is none) and a secret."""

    name: str
    secret: str


class TokenIndex:
    """Devices by their hashed token, made anew with each directory."""

    def __init__(self) -> None:
        self._directory: Directory | None = None
        self._devices: dict[str, Device] = {}

    def find(self, directory: Directory, token: str) -> Device | None:
        """The device whose token this is."""
        if directory is not self._directory:
            self._directory = directory
            self._devices = {
                device.credential: device
                for (protocol, _), device in directory.devices.items()
                if protocol in PROTOCOLS
                and device.credential.startswith(HASHED)
                and device.credential != REVOKED
            }
        return self._devices.get(hash_credential(token)) if token else None


_INDEX = TokenIndex()


class Admission:
    """Lets in a device with its token, or an API token that may post observations."""

    def __init__(self, gateway: Gateway, desk: Desk, limit: RateLimit) -> None:
        self._gateway = gateway
        self._desk = desk
        self._limit = limit

    async def admit(self, offered: Credentials, peer: str) -> Sender:
        """The sender. Raises RequestRefused (401, 403, 429)."""
        device = _find_device(self._gateway.snapshot.directory, offered)
        if device is not None:
            self._limit.take(f"device:{device.thing_id}")
            return Sender(peer, device)
        self._limit.take(offered.secret or peer)
        actor, allowed = await self._desk.ask(offered.secret, POST)
        if actor is None:
            self._limit.take(f"refused:{peer}")  # who guesses tokens has a bucket of their own
            raise RequestRefused(401, "bad_token", "The token is unknown, expired or revoked.")
        if not allowed and actor == ANONYMOUS:
            raise RequestRefused(401, "token_needed", "This needs a token.", action=POST)
        if not allowed:
            raise RequestRefused(403, "not_permitted", "Not permitted.", action=POST)
        return Sender(peer, actor=actor)


async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:
    """Let in who may push."""
    state = connection.app.state
    admission = Admission(state.gateway, state.desk, state.limit)
    offered = read_credentials(connection.headers.get("authorization", ""), connection.query_params)
    connection.state.sender = await admission.admit(offered, peer_of(connection))


guard.action = POST  # type: ignore[attr-defined]


def sender_of(request: Request) -> Sender:
    """Who the guard let in."""
    sender: Sender = request.state.sender
    return sender


def read_credentials(authorization: str, query: Mapping[str, str]) -> Credentials:
    """`Bearer`, `Token` (InfluxDB 2, and `Token name:password` of 1.8), `Basic`, or the query's
    `u` and `p` (InfluxDB 1)."""
    scheme, _, rest = authorization[: 4 * MAX_TOKEN_CHARS].partition(" ")
    scheme, rest = scheme.lower(), rest.strip()
    if scheme == "basic":
        return _split(_decode_basic(rest))
    if scheme == "token" and ":" in rest:
        return _split(rest)
    if scheme in ("bearer", "token"):
        return Credentials("", rest[:MAX_TOKEN_CHARS])
    name, secret = query.get("u", ""), query.get("p", "")
    return Credentials(name[:MAX_TOKEN_CHARS], secret[:MAX_TOKEN_CHARS])


def _decode_basic(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _split(text: str) -> Credentials:
    name, _, secret = text.partition(":")
    return Credentials(name[:MAX_TOKEN_CHARS], secret[:MAX_TOKEN_CHARS])


def _find_device(directory: Directory, offered: Credentials) -> Device | None:
    if not offered.secret or offered.secret.startswith(CERTIFICATE):
        return None  # a fingerprint is no secret: certificates prove themselves in TLS
    for protocol in PROTOCOLS if offered.name else ():
        device = directory.find_device(protocol, offered.name)
        if device is not None and device.credential and device.accepts(offered.secret):
            return device
    return _INDEX.find(directory, offered.secret)
