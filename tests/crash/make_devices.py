"""A device for every door of a district; prints how each is reached, as one JSON object.

Run with the district's settings in the environment, when nothing of it runs.
"""

import json
from datetime import UTC, datetime, timedelta

import django

django.setup()

from ipudong.city.identity import roles  # noqa: E402 - Django must be awake
from ipudong.city.identity.actors import Actor  # noqa: E402
from ipudong.city.identity.services import create_account, issue_token  # noqa: E402
from ipudong.city.sensing.credentials import hash_credential  # noqa: E402
from ipudong.city.sensing.models import Thing  # noqa: E402
from ipudong.city.sensing.profiles import Channel  # noqa: E402
from ipudong.city.sensing.services import register_thing  # noqa: E402

TOKEN = "a device's token of a test"
CODE = "808808"
NOW = datetime.now(UTC)


def make(protocol: str, identity: str, field: str, credential: str) -> Thing:
    """A thing with one datastream."""
    return register_thing(
        name_zh=f"{protocol}设备",
        name_en=protocol,
        kind="sensor",
        system="crash",
        protocol=protocol,
        identity=identity,
        credential=credential,
        at=NOW,
        channels=[Channel(field=field, property="temperature")] if field else [],
    )


def issue_api_token() -> str:
    """A token of an integrator."""
    account = create_account(
        username="doors", password="a river in the east 9", roles=[roles.INTEGRATOR], by="tests"
    )
    issuer = Actor("tests", frozenset({roles.ADMINISTRATOR}))
    _, text = issue_token(
        account=account,
        name="doors",
        scopes=["sensing.post_observations", "sensing.view_things"],
        expires_at=NOW + timedelta(days=1),
        by=issuer,
    )
    return text


def main() -> None:
    mqtt = make("mqtt", "crash-mqtt", "t", hash_credential(TOKEN))
    http = make("http", "crash-http", "room.t", hash_credential(TOKEN))
    posted = make("sensorthings", "crash-sensorthings", "t", "")
    vehicle = make("jt808", "13800138000", "", CODE)
    streams = {thing.identity: thing.datastreams.get().pk for thing in (mqtt, http, posted)}
    answer = {
        "token": TOKEN,
        "code": CODE,
        "api_token": issue_api_token(),
        "streams": streams,
        "vehicle": vehicle.pk,
    }
    print(json.dumps(answer))  # noqa: T201 - this is the program's answer


if __name__ == "__main__":
    main()
