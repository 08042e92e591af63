"""Devices on pages: who may do what, what is refused and how, and that no secret is shown twice."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ipudong.city.audit.models import Entry
from ipudong.city.identity.models import Account
from ipudong.city.sensing.models import (
    Campaign,
    DeviceFacts,
    FirmwarePackage,
    ProfileRow,
    ProvisioningKey,
    StationCommand,
    Thing,
)
from ipudong.city.sensing.queries.devices import list_profiles
from ipudong.city.sensing.services import (
    advance_campaigns,
    ensure_channels,
    issue_credential,
    make_provisioning_key,
    queue_command,
    register_device,
    start_campaign,
    store_firmware,
)
from ipudong.city.sensing.short_ids import short_id_of

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch) -> None:
    """Media and journal of this test's own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))


@pytest.fixture
def sensor(district: None) -> Thing:
    return register_device(
        profile="generic_json",
        identity="room-7",
        name_zh="七号",
        name_en="Seven",
        by="officer",
        at=timezone.now(),
        lon=121.5,
        lat=31.2,
    )


@pytest.fixture
def package(sensor: Thing) -> FirmwarePackage:
    return store_firmware(
        profile="generic_json",
        version="2.0",
        name="image.bin",
        content=io.BytesIO(b"firmware"),
        by="officer",
        at=timezone.now(),
    )


@pytest.fixture
def rows(sensor: Thing, package: FirmwarePackage) -> dict[str, int]:
    """One of everything that an address can name."""
    now = timezone.now()
    key, _text = make_provisioning_key(
        label="批次",
        profile="generic_json",
        most_uses=1,
        expires_at=now + timedelta(days=1),
        by="officer",
        at=now,
    )
    command = queue_command(thing=sensor, command="reboot", by="officer", at=now)
    campaign = start_campaign(package=package, title="二", things=[sensor.pk], by="officer", at=now)
    ProfileRow.objects.create(
        name="own", protocol="mqtt", title_zh="自", changed_at=now, changed_by="o"
    )
    return {
        "thing_id": sensor.pk,
        "key_id": key.pk,
        "command_id": command.pk,
        "campaign_id": campaign.pk,
        "package_id": package.pk,
    }


def to(page: str, rows: dict[str, int], *wanted: str, **more: str) -> str:
    """The address of a page for these rows."""
    return reverse(f"portal:{page}", kwargs={**{key: rows[key] for key in wanted}, **more})


# Page, what its address names, and a role that may do much but not this.
READS = [
    ("devices", (), {}, "clerk"),
    ("device", ("thing_id",), {}, "clerk"),
    ("device_charts", ("thing_id",), {}, "clerk"),
    ("device_place", ("thing_id",), {}, "resident"),
    ("device_history", ("thing_id",), {}, "clerk"),
    ("short", (), {"short_id": "00001-1"}, "clerk"),
    ("labels", (), {}, "clerk"),
    ("export_devices", (), {"kind": "csv"}, "clerk"),
    ("profiles", (), {}, "clerk"),
    ("firmware", (), {}, "clerk"),
    ("campaign", ("campaign_id",), {}, "clerk"),
    ("register_device", (), {}, "department_head"),
    ("edit_device", ("thing_id",), {}, "department_head"),
    ("device_fields", ("thing_id",), {}, "department_head"),
    ("import_devices", (), {}, "department_head"),
    ("device_template", (), {"kind": "xlsx"}, "department_head"),
    ("device_credential", ("thing_id",), {}, "duty_officer"),
    ("provisioning", (), {}, "duty_officer"),
    ("new_profile", (), {}, "duty_officer"),
    ("profile", (), {"name": "own"}, "duty_officer"),
    ("new_firmware", (), {}, "duty_officer"),
    ("new_campaign", (), {}, "duty_officer"),
    ("outbox", (), {}, "integrator"),
]
WRITES = [
    ("command_device", ("thing_id",), {}, "integrator"),
    ("cancel_command", ("command_id",), {}, "integrator"),
    ("retry_command", ("command_id",), {}, "integrator"),
    ("device_service", ("thing_id",), {}, "department_head"),
    ("imported_tokens", (), {}, "department_head"),
    ("issue_credential", ("thing_id",), {}, "duty_officer"),
    ("revoke_credential", ("thing_id",), {}, "duty_officer"),
    ("take_certificate", ("thing_id",), {}, "duty_officer"),
    ("revoke_key", ("key_id",), {}, "duty_officer"),
    ("delete_profile", (), {"name": "own"}, "duty_officer"),
    ("withdraw_firmware", ("package_id",), {}, "duty_officer"),
    ("change_campaign", ("campaign_id",), {}, "duty_officer"),
]


@pytest.mark.parametrize(("name", "wanted", "more", "role"), READS)
def test_pages_open_to_administrators_and_not_to_other_roles(
    sign_in: SignIn, rows, name, wanted, more, role
) -> None:
    url = to(name, rows, *wanted, **more)
    if name == "short":
        url = reverse("portal:short", args=[short_id_of(rows["thing_id"])])
    assert sign_in(role).get(url).status_code == 403
    assert sign_in("administrator").get(url).status_code in (200, 302)
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize(("name", "wanted", "more", "role"), WRITES)
def test_acts_are_refused_to_other_roles_to_get_and_without_the_forms_token(
    sign_in: SignIn, rows, name, wanted, more, role
) -> None:
    url = to(name, rows, *wanted, **more)
    entries = Entry.objects.filter(action__startswith="sensing.").count()
    assert sign_in(role).post(url).status_code == 403
    officer = sign_in("administrator")
    assert officer.get(url).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Account.objects.get(username="a-administrator"))
    assert strict.post(url).status_code == 403
    assert Entry.objects.filter(action__startswith="sensing.").count() == entries


def test_a_token_is_shown_once_and_never_again(sign_in: SignIn, sensor: Thing) -> None:
    officer = sign_in("integrator")
    answer = officer.post(reverse("portal:issue_credential", args=[sensor.pk]))
    token = answer.context["secret"]
    assert token in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    for name in ("device", "device_credential", "edit_device"):
        page = officer.get(reverse(f"portal:{name}", args=[sensor.pk])).content.decode()
        stored = Thing.objects.get(pk=sensor.pk).credential
        assert token not in page
        assert stored not in page
    exported = b"".join(officer.get(reverse("portal:export_devices", args=["csv"])))
    assert stored.encode() not in exported
    assert token.encode() not in exported


def test_a_key_is_shown_once_and_its_page_says_where_to_send_it(
    sign_in: SignIn, sensor: Thing
) -> None:
    officer = sign_in("integrator")
    form = {"label": "一批", "profile": "generic_json", "most_uses": 5, "days": 7}
    answer = officer.post(reverse("portal:provisioning"), form)
    text = answer.context["secret"]
    assert "/devices/provision" in answer.content.decode()
    assert text not in officer.get(reverse("portal:provisioning")).content.decode()
    key = ProvisioningKey.objects.get()
    officer.post(reverse("portal:revoke_key", args=[key.pk]))
    key.refresh_from_db()
    assert key.revoked_by == "a-integrator"


def test_a_profile_is_written_after_the_pattern_of_another(sign_in: SignIn, sensor: Thing) -> None:
    officer = sign_in("integrator")
    form = {
        "name": "our-node",
        "title_zh": "节点",
        "protocol": "mqtt",
        "payload": "json",
        "topic": "nodes/{identity}/up",
        "channels-TOTAL_FORMS": "2",
        "channels-INITIAL_FORMS": "0",
        "channels-0-field": "a.t",
        "channels-0-property": "temperature",
        "channels-0-unit": "Cel",
        "channels-0-scale": "0.1",
        "channels-1-field": "",
    }
    url = reverse("portal:new_profile")
    assert officer.post(url, form).status_code == 302
    [profile] = [row for row in list_profiles("mqtt") if row.name == "our-node"]
    assert [(c.field, c.scale) for c in profile.channels] == [("a.t", 0.1)]
    assert officer.post(url, {**form, "name": "generic_json"}).status_code == 422
    assert officer.post(url, {**form, "name": "n2", "topic": "a/#/b"}).status_code == 422
    assert officer.post(url, {**form, "name": "n2", "topic": "no/identity"}).status_code == 422
    assert officer.post(url, {**form, "name": "n2", "channels-0-property": ""}).status_code == 422
    assert not ProfileRow.objects.filter(name="n2").exists()


def test_a_profile_is_changed_and_its_devices_follow(sign_in: SignIn, sensor: Thing) -> None:
    now = timezone.now()
    channels = [{"field": "t", "property": "temperature", "scale": 0.1}]
    ProfileRow.objects.create(
        name="own",
        protocol="mqtt",
        title_zh="自",
        channels=channels,
        changed_at=now,
        changed_by="o",
    )
    thing = register_device(profile="own", identity="o-1", name_zh="一", by="o", at=now)
    form = {
        "title_zh": "自己",
        "payload": "json",
        "channels-TOTAL_FORMS": "1",
        "channels-INITIAL_FORMS": "1",
        "channels-0-field": "t",
        "channels-0-property": "temperature",
        "channels-0-scale": "0.5",
        "apply": "1",
    }
    url = reverse("portal:profile", args=["own"])
    assert sign_in("integrator").post(url, form).status_code == 302
    assert thing.datastreams.get().scale == 0.5
    row = ProfileRow.objects.get()
    assert (row.title_zh, row.protocol) == ("自己", "mqtt")


def test_fields_without_a_name_are_offered_and_taken(sign_in: SignIn, sensor: Thing) -> None:
    ensure_channels(thing_id=sensor.pk, fields=["t", "x.y"])
    officer = sign_in("duty_officer")
    url = reverse("portal:device_fields", args=[sensor.pk])
    page = officer.get(url)
    assert [form["property"].value() for form in page.context["formset"]] == ["temperature", None]
    form = {"fields-TOTAL_FORMS": "2", "fields-INITIAL_FORMS": "2"}
    for number, (name, code) in enumerate((("t", "temperature"), ("x.y", ""))):
        form |= {
            f"fields-{number}-field": name,
            f"fields-{number}-property": code,
            f"fields-{number}-scale": "1",
            f"fields-{number}-offset": "0",
        }
    assert officer.post(url, form).status_code == 302
    assert [stream.channel for stream in sensor.datastreams.all()] == ["t"]
    assert DeviceFacts.objects.get(thing=sensor).unnamed_fields == []


def test_a_field_the_device_never_sent_is_not_smuggled_in(sign_in: SignIn, sensor: Thing) -> None:
    ensure_channels(thing_id=sensor.pk, fields=["t"])
    form = {
        "fields-TOTAL_FORMS": "1",
        "fields-INITIAL_FORMS": "1",
        "fields-0-field": "other",
        "fields-0-property": "temperature",
        "fields-0-scale": "1",
    }
    sign_in("duty_officer").post(reverse("portal:device_fields", args=[sensor.pk]), form)
    assert not sensor.datastreams.exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"command": "reboot"}, 302),
        ({"command": "send", "payload": '{"led": "on"}'}, 302),
        ({"command": "send", "payload": "{led: on}"}, 422),
        ({"command": "send", "payload": "NaN"}, 422),
        ({"command": "send", "payload": ""}, 422),
        ({"command": "set_interval", "interval_s": "0"}, 422),
        ({"command": "update_firmware", "url": "http://evil"}, 302),
        ({"command": "lock_doors"}, 302),
    ],
)
def test_commands_have_the_arguments_of_their_row(
    sign_in: SignIn, sensor: Thing, form, status
) -> None:
    url = reverse("portal:command_device", args=[sensor.pk])
    assert sign_in("duty_officer").post(url, form).status_code == status
    sent = set(StationCommand.objects.values_list("command", flat=True))
    assert sent == ({form["command"]} & {"reboot", "send"} if status == 302 else set())


def test_the_list_is_narrowed_and_counted_by_presence(sign_in: SignIn, sensor: Thing) -> None:
    officer = sign_in("duty_officer")
    page = officer.get(reverse("portal:devices"), {"presence": "never"})
    assert [view.name for view in page.context["devices"]] == ["七号"]
    assert page.context["total"] == 1
    page = officer.get(reverse("portal:devices"), {"presence": "offline"})
    assert page.context["devices"] == []
    assert officer.get(reverse("portal:devices"), {"presence": "bogus"}).status_code == 200


def test_a_retired_device_is_shown_only_when_asked_for(sign_in: SignIn, sensor: Thing) -> None:
    officer = sign_in("duty_officer")
    url = reverse("portal:device_service", args=[sensor.pk])
    officer.post(url, {"act": "retire"})
    assert officer.get(reverse("portal:devices")).context["devices"] == []
    page = officer.get(reverse("portal:devices"), {"presence": "retired"})
    assert len(page.context["devices"]) == 1
    officer.post(url, {"act": "resume"})
    sensor.refresh_from_db()
    assert sensor.status == "installed"
    officer.post(url, {"act": "explode"})


@pytest.mark.parametrize("query", ["from=x", "from=2026-13-01", "from=0001-01-01&to=9999-12-31"])
def test_a_span_that_is_none_is_refused(sign_in: SignIn, sensor: Thing, query: str) -> None:
    url = reverse("portal:device_history", args=[sensor.pk])
    assert sign_in("duty_officer").get(f"{url}?{query}").status_code in (200, 302, 404)


@pytest.mark.parametrize("query", ["id=0", "id=x", "id=99999999999999999999", "id=1&copies=999"])
def test_labels_of_nothing_are_not_found(sign_in: SignIn, sensor: Thing, query: str) -> None:
    assert sign_in("duty_officer").get(f"{reverse('portal:labels')}?{query}").status_code == 404


@pytest.mark.parametrize("name", ["zzz", "00001-2", "-"])
def test_a_mistyped_label_leads_nowhere(sign_in: SignIn, sensor: Thing, name: str) -> None:
    assert sign_in("duty_officer").get(f"/d/{name}").status_code == 404


def test_forged_tokens_are_not_handed_out(sign_in: SignIn, district: None) -> None:
    url = reverse("portal:imported_tokens")
    assert sign_in("integrator").post(url, {"sealed": "forged"}).status_code == 410


def test_a_campaign_names_devices_it_does_not_know(sign_in: SignIn, package) -> None:
    form = {
        "title": "二",
        "package": package.pk,
        "identities": "room-7\nroom-8",
        "canary_percent": 10,
        "most_failed_percent": 20,
        "at_once": 5,
        "timeout_min": 10,
    }
    officer = sign_in("integrator")
    url = reverse("portal:new_campaign")
    answer = officer.post(url, form)
    assert answer.status_code == 422
    assert "room-8" in answer.content.decode()
    assert officer.post(url, {**form, "identities": "room-7"}).status_code == 302
    assert Campaign.objects.get().targets.get().thing.identity == "room-7"


def test_a_page_of_a_certificate_refuses_what_is_none(sign_in: SignIn, sensor: Thing) -> None:
    issue_credential(thing=sensor, by="officer", at=timezone.now())
    before = Thing.objects.get(pk=sensor.pk).credential
    url = reverse("portal:take_certificate", args=[sensor.pk])
    officer = sign_in("integrator")
    assert officer.post(url, {"fingerprint": "AB:CD"}).status_code == 422
    assert Thing.objects.get(pk=sensor.pk).credential == before
    assert officer.post(url, {"fingerprint": "ab" * 32}).status_code == 302


def test_a_ticket_for_firmware_is_not_shown(sign_in: SignIn, rows: dict[str, int]) -> None:
    advance_campaigns(timezone.now())
    page = sign_in("duty_officer").get(reverse("portal:outbox")).content.decode()
    assert "/firmware/" in page
    ticket = StationCommand.objects.get(command="update_firmware").arguments["url"]
    assert ticket.partition("ticket=")[2] not in page
