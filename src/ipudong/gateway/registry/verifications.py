"""`POST /registry/v1/verifications`: a claim about a person is answered yes or no, never with data.

Every question is written to the audit, where the person sees it; each token has few a minute, so
that nobody learns a person's data by asking for every value it may have.
"""

import asyncio
from typing import Annotated, Any, Final

import msgspec
from django.utils import timezone
from litestar import Request, Router, post
from litestar.params import JSONBody

from ipudong.city.identity.actors import Actor
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.queries import verify_person
from ipudong.gateway.api.access import peer_of, permit, read_token
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit

PERMIT: Final = "registry.verify_person"
_REFUSALS: Final = {
    "unknown_purpose": "The purpose is none of those in the reference.",
    "claim_without_number": "The claim names no document number.",
    "claim_without_field": "The claim names nothing to verify beside the number.",
    "claim_unreadable": "A value of the claim cannot be read.",
}
Short = Annotated[str, msgspec.Meta(max_length=100)]


class Claim(msgspec.Struct, forbid_unknown_fields=True):
    """A document number and what is claimed of its holder; at least one field beside it."""

    document_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    name: Short = ""
    born_on: Short = ""
    sex: Short = ""
    phone: Short = ""
    place: Short = ""
    alive: bool | None = None
    resident: bool | None = None
    adult: bool | None = None


class Question(msgspec.Struct, forbid_unknown_fields=True):
    """A claim, and why it is verified."""

    purpose: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    claim: Claim
    case_number: Annotated[str, msgspec.Meta(max_length=60)] = ""


class Verified(msgspec.Struct):
    """Yes or no for each field of the claim, and for all of them."""

    holds: bool
    answers: dict[str, bool]


def make_verification_router(limit: RateLimit) -> Router:
    """The router; each token may ask so often in a minute."""

    @post("/verifications", guards=[permit(PERMIT)], status_code=200)
    async def verify(request: Request[Any, Any, Any], data: JSONBody[Question]) -> Verified:
        """Verify a claim about a person. Refusals: 400, 401, 403, 429."""
        limit.take(read_token(request) or peer_of(request))
        try:
            return await asyncio.to_thread(_verify, request.state.actor, data)
        except RegistryError as error:
            text = _REFUSALS.get(error.code, "The claim cannot be verified.")
            raise RequestRefused(400, error.code, text) from error

    return Router("/registry/v1", route_handlers=[verify])


def _verify(actor: Actor, question: Question) -> Verified:
    found = verify_person(
        by=actor,
        claim=msgspec.structs.asdict(question.claim),
        purpose=question.purpose,
        today=timezone.localdate(),
        case_number=question.case_number,
    )
    return Verified(found.holds, dict(found.answers))
