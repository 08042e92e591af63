"""What devices prove themselves with: issued once, shown once, replaced, taken back."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from ipudong.city.audit.services import record
from ipudong.city.sensing.credentials import (
    CERTIFICATE,
    REVOKED,
    hash_credential,
    is_sent_in_the_open,
    make_password,
    make_token,
)
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import DeviceFacts, ProvisioningKey, Thing
from ipudong.city.sensing.revision import bump_revision
from ipudong.city.sensing.services.devices import get_profile, register_device

MOST_DEVICES: Final = 10_000
LONGEST_KEY: Final = timedelta(days=366)
TAIL: Final = 4
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
IDENTITY: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Issued:
    """A secret that is shown once, and how it is kept."""

    shown: str = field(repr=False)
    kept: str = field(repr=False)


def draw_credential(protocol: str) -> Issued:
    """A new secret for a device of a protocol: a token, or a password it sends in the open."""
    if is_sent_in_the_open(protocol):
        password = make_password(protocol)
        return Issued(password, password)
    token = make_token()
    return Issued(token, hash_credential(token))


@transaction.atomic
def issue_credential(*, thing: Thing, by: str, at: datetime) -> str:
    """Give a device a new token or password, the earlier one ends; the only time it is told.

    Raises SensingError `not_commandable` for what speaks no protocol.
    """
    if not thing.identity:
        raise SensingError("not_commandable", thing=thing.pk)
    issued = draw_credential(thing.protocol)
    _keep(thing, issued.kept, by=by, at=at, verb="issue_credential")
    return issued.shown


@transaction.atomic
def revoke_credential(*, thing: Thing, by: str, at: datetime) -> None:
    """Let the device in with nothing until it is given a new token or password."""
    _keep(thing, REVOKED, by=by, at=at, verb="revoke_credential")


@transaction.atomic
def accept_certificate(*, thing: Thing, fingerprint: str, by: str, at: datetime) -> None:
    """Let the device in by its certificate of this SHA-256 fingerprint (colons may stand in it).

    Raises SensingError `bad_fingerprint`.
    """
    plain = re.sub(r"[:\s]", "", fingerprint).lower()
    if not _FINGERPRINT.fullmatch(plain):
        raise SensingError("bad_fingerprint")
    _keep(thing, CERTIFICATE + plain, by=by, at=at, verb="accept_certificate")


def _keep(thing: Thing, credential: str, *, by: str, at: datetime, verb: str) -> None:
    Thing.objects.filter(pk=thing.pk).update(credential=credential)
    DeviceFacts.objects.update_or_create(
        thing=thing, defaults={"credential_at": at, "credential_by": by}
    )
    record(actor=by, action=f"sensing.{verb}", subject=f"thing:{thing.pk}")
    bump_revision()


@transaction.atomic
def make_provisioning_key(
    *,
    label: str,
    profile: str,
    most_uses: int,
    expires_at: datetime,
    by: str,
    at: datetime,
    place_code: str = "",
) -> tuple[ProvisioningKey, str]:
    """A key with which so many devices of a profile may register themselves, and its text, told
    only here. Raises SensingError `unknown_profile`, `bad_argument`."""
    get_profile(profile)
    if not 1 <= most_uses <= MOST_DEVICES:
        raise SensingError("bad_argument", name="most_uses")
    if not at < expires_at <= at + LONGEST_KEY:
        raise SensingError("bad_argument", name="expires_at")
    text = make_token()
    row = ProvisioningKey.objects.create(
        label=label,
        profile=profile,
        key_hash=hash_credential(text),
        tail=text[-TAIL:],
        place_code=place_code,
        made_at=at,
        made_by=by,
        expires_at=expires_at,
        most_uses=most_uses,
    )
    record(
        actor=by,
        action="sensing.make_provisioning_key",
        subject=f"provisioning_key:{row.pk}",
        detail={"profile": profile, "most_uses": most_uses, "label": label},
    )
    return row, text


@transaction.atomic
def revoke_provisioning_key(*, key: ProvisioningKey, by: str, at: datetime) -> None:
    """End a key at once; devices that registered with it stay."""
    changed = ProvisioningKey.objects.filter(pk=key.pk, revoked_at=None)
    if changed.update(revoked_at=at, revoked_by=by):
        record(
            actor=by,
            action="sensing.revoke_provisioning_key",
            subject=f"provisioning_key:{key.pk}",
        )


@transaction.atomic
def provision_device(
    *, key: str, identity: str, at: datetime, name: str = "", peer: str = ""
) -> tuple[Thing, str]:
    """A device registers itself with a provisioning key; the thing and its token, told only here.

    `identity` "" draws one. Raises SensingError `bad_key` (unknown, expired, used up or revoked
    alike), `bad_identity`, `identity_taken`.
    """
    row = _use_key(key, at)
    identity = identity or secrets.token_hex(6)
    if not IDENTITY.fullmatch(identity):
        raise SensingError("bad_identity")
    issued = draw_credential(get_profile(row.profile).protocol)
    thing = register_device(
        profile=row.profile,
        identity=identity,
        name_zh=name[:150] or identity,
        by=f"provisioning_key:{row.pk}",
        at=at,
        credential=issued.kept,
        place_code=row.place_code,
        properties={"provisioned_from": peer} if peer else {},
    )
    return thing, issued.shown


def _use_key(key: str, at: datetime) -> ProvisioningKey:
    rows = ProvisioningKey.objects.select_for_update()
    row = rows.filter(key_hash=hash_credential(key)).first()
    if row is None or row.revoked_at is not None or row.expires_at <= at:
        raise SensingError("bad_key")
    if row.uses >= row.most_uses:
        raise SensingError("bad_key")
    ProvisioningKey.objects.filter(pk=row.pk).update(uses=F("uses") + 1, last_used_at=at)
    return row
