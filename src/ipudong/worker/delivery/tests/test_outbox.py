"""From the table to the lanes and back."""

import json
import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Alarm,
    Delivery,
    NotificationPolicy,
    ObservedProperty,
    Rule,
)
from ipudong.city.sensing.profiles import Channel
from ipudong.city.sensing.services.deliveries import (
    MAX_ATTEMPTS,
    forget_deliveries,
    note_delivered,
    note_failed,
    pause_after,
    postpone,
    send_again,
    take_due,
)
from ipudong.city.sensing.services.notices import queue_notices
from ipudong.city.sensing.services.things import register_thing
from ipudong.worker.delivery.channels import list_senders, send_mail
from ipudong.worker.delivery.dispatcher import Message, SendError
from ipudong.worker.delivery.outbox import compose
from ipudong.worker.delivery.tests.servers import answering

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def alarm() -> Alarm:
    ObservedProperty.objects.create(code="heat", name_zh="温度", unit="Cel")
    thing = register_thing(
        name_zh="川沙站",
        kind="air_station",
        system="environment",
        at=NOON,
        channels=[Channel(field="t", property="heat", unit="Cel")],
    )
    rule = Rule.objects.create(
        code="hot", name_zh="过热", kind="above", severity="red", limit=60.0, advice="断电"
    )
    return Alarm.objects.create(
        rule=rule,
        thing=thing,
        datastream=thing.datastreams.get(),
        severity="red",
        began_at=NOON,
        raised_at=NOON,
        noticed_at=NOON,
        changed_at=NOON,
        value=71.5,
        limit=60.0,
    )


@pytest.fixture
def policies() -> None:
    NotificationPolicy.objects.all().delete()
    for channel, recipient in (
        ("email", "duty@example.org"),
        ("webhook", "https://a.example/x"),
        ("webhook", "https://b.example/x"),
    ):
        NotificationPolicy.objects.create(
            title="t", channel=channel, recipient_kind="address", recipient=recipient
        )


def test_a_pile_at_one_endpoint_hides_no_other(alarm, policies) -> None:
    for minute in range(30):
        queue_notices([alarm], "raised", at=NOON + timedelta(minutes=minute))
    Delivery.objects.filter(endpoint="b.example").exclude(queued_at=NOON).delete()
    taken = take_due(now=NOON + timedelta(hours=1), each=5)
    counts = {
        name: sum(row.endpoint == name for row in taken)
        for name in ("email", "a.example", "b.example")
    }
    assert counts == {"email": 5, "a.example": 5, "b.example": 1}
    assert not [row for row in take_due(now=NOON + timedelta(hours=1), each=100) if row in taken]


def test_what_a_dead_worker_held_is_taken_again(alarm, policies) -> None:
    queue_notices([alarm], "raised", at=NOON)
    assert len(take_due(now=NOON)) == 3
    assert take_due(now=NOON + timedelta(seconds=119)) == []
    assert len(take_due(now=NOON + timedelta(seconds=120), skip=["email"])) == 2


def test_a_message_is_tried_ever_later_and_then_given_up(alarm, policies) -> None:
    queue_notices([alarm], "raised", at=NOON)
    now, tries = NOON, 0
    while taken := [row for row in take_due(now=now) if row.endpoint == "email"]:
        note_failed(delivery_id=taken[0].pk, error="away", is_final=False, at=now)
        tries += 1
        now += timedelta(hours=2)
    row = Delivery.objects.get(endpoint="email")
    assert (tries, row.state, row.error) == (MAX_ATTEMPTS, "dead", "away")
    send_again(delivery=row, by="officer", at=now)
    assert [r.pk for r in take_due(now=now) if r.endpoint == "email"] == [row.pk]
    note_delivered(delivery_id=row.pk, at=now)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.finished_at) == ("delivered", 1, now)
    with pytest.raises(SensingError, match="not_given_up"):
        send_again(delivery=row, by="officer", at=now)


def test_pauses_grow_to_an_hour_and_are_spread() -> None:
    pauses = [pause_after(attempts, 0.0).total_seconds() for attempts in range(1, 9)]
    assert pauses == [10, 30, 90, 270, 810, 2430, 3600, 3600]
    assert (pause_after(1, -1).total_seconds(), pause_after(1, 1).total_seconds()) == (8, 12)


def test_a_final_refusal_is_not_tried_again_and_a_rest_counts_no_try(alarm, policies) -> None:
    queue_notices([alarm], "raised", at=NOON)
    rows = take_due(now=NOON)
    note_failed(delivery_id=rows[0].pk, error="HTTP 410", is_final=True, at=NOON)
    postpone(delivery_ids=[rows[1].pk], until=NOON + timedelta(minutes=1))
    states = Delivery.objects.order_by("pk").values_list("state", "attempts")
    assert list(states) == [("dead", 1), ("waiting", 0), ("sending", 0)]
    assert len(take_due(now=NOON + timedelta(minutes=1))) == 1


def test_a_message_says_what_happened_in_words_and_as_an_event(alarm, policies, settings) -> None:
    settings.IPUDONG_PUBLIC_URL = "https://district.example"
    queue_notices([alarm], "raised", at=NOON)
    rows = {row.endpoint: compose(row) for row in take_due(now=NOON)}
    written = rows["email"]
    assert "川沙站" in written.subject
    assert "过热" in written.subject
    for part in ("71.5", "60", "2026-11-22 12:00:00", "断电", f"/alarms/{alarm.pk}/"):
        assert part in written.text
    event = json.loads(rows["a.example"].body)
    assert (event["specversion"], event["type"]) == ("1.0", "ipudong.alarm.raised.v1")
    assert event["subject"] == f"alarm/{alarm.pk}"
    assert (event["data"]["value"], event["data"]["rule"]["code"]) == (71.5, "hot")


def test_a_test_message_has_no_alarm(policies) -> None:
    policy = NotificationPolicy.objects.first()
    row = Delivery(policy=policy, occasion="test", channel="email", queued_at=NOON)
    assert compose(row).text


def test_mail_goes_out_through_the_district_s_one_mail_server(alarm, policies) -> None:
    queue_notices([alarm], "raised", at=NOON)
    message = next(compose(r) for r in take_due(now=NOON) if r.channel == "email")
    send_mail(message)
    assert (mail.outbox[0].to, mail.outbox[0].subject) == (["duty@example.org"], message.subject)
    assert mail.outbox[0].extra_headers["Message-ID"].startswith("<ipudong-delivery-")


@pytest.mark.parametrize(("code", "is_final"), [(550, True), (451, False)])
def test_an_unknown_mailbox_is_given_up_a_full_one_tried_again(
    code, is_final, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self, *_):
        raise smtplib.SMTPRecipientsRefused({"x@example.org": (code, b"no")})

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with pytest.raises(SendError) as refused:
        send_mail(Message(1, "email", "email", "x@example.org", "s", "t"))
    assert (refused.value.is_final, refused.value.is_of_endpoint) == (is_final, False)


def test_a_line_break_in_an_address_is_given_up() -> None:
    with pytest.raises(SendError) as refused:
        send_mail(Message(1, "email", "email", "x@example.org\nBcc: y@example.org", "s", "t"))
    assert refused.value.is_final


def test_only_channels_that_are_set_up_are_there(settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IPUDONG_MAIL_IS_SET = False
    assert set(list_senders()) == {"webhook"}
    settings.IPUDONG_MAIL_IS_SET = True
    monkeypatch.setenv("IPUDONG_ALARMS_SMS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("IPUDONG_ALARMS_MQTT_HOST", "127.0.0.1")
    assert set(list_senders()) == {"webhook", "email", "sms", "mqtt"}


def test_old_messages_are_forgotten_those_on_their_way_are_not(alarm, policies) -> None:
    queue_notices([alarm], "raised", at=NOON)
    note_failed(delivery_id=take_due(now=NOON)[0].pk, error="x", is_final=True, at=NOON)
    assert forget_deliveries(before=NOON + timedelta(days=1)) == 1
    assert Delivery.objects.count() == 2


def test_a_worker_s_lane_takes_a_message_from_the_table_to_its_address(alarm) -> None:
    NotificationPolicy.objects.all().delete()
    with answering() as server:
        NotificationPolicy.objects.create(
            title="t", channel="webhook", recipient_kind="address", recipient=server.url, secret="k"
        )
        queue_notices([alarm], "raised", at=NOON)
        message = compose(take_due(now=NOON)[0])
        list_senders()["webhook"](message)
    assert json.loads(server.requests[0][1])["data"]["alarm"] == alarm.pk
