"""Messages reach who can be reached, whatever becomes of the others."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator

import pytest

from ipudong.worker.delivery.breaker import FIRST_REST_S, LONGEST_REST_S, OPENS_AFTER, Breaker
from ipudong.worker.delivery.channels import post, send_text, send_webhook
from ipudong.worker.delivery.dispatcher import Dispatcher, Message, SendError
from ipudong.worker.delivery.signing import sign
from ipudong.worker.delivery.tests.servers import Received, answering, dripping, hanging, wait_for


class Ledger:
    """Writes down how each message ended, and after how long."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.ends: dict[int, tuple[str, float]] = {}

    def _note(self, message: Message, word: str) -> None:
        self.ends[message.id] = (word, time.monotonic() - self.began)

    def delivered(self, message: Message) -> None:
        self._note(message, "delivered")

    def failed(self, message: Message, error: SendError) -> None:
        self._note(message, f"failed: {error}")

    def postponed(self, message: Message, for_s: float) -> None:
        self._note(message, "postponed")


@pytest.fixture
def server() -> Iterator[Received]:
    with answering() as received:
        yield received


def to(url: str, number: int = 1, **more) -> Message:
    endpoint = url.split("/")[2]
    values = {"channel": "webhook", "body": b'{"id": 1}'}
    return Message(id=number, endpoint=endpoint, address=url, **(values | more))


def test_a_signature_is_the_one_the_standard_publishes() -> None:
    # https://github.com/standard-webhooks/standard-webhooks, the vector of its libraries' tests.
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_web_address_gets_the_event_signed(server: Received) -> None:
    send_webhook(to(server.url, secret="a plain secret"))
    headers, body = server.requests[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"a plain secret", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert headers["content-type"] == "application/cloudevents+json"
    assert "secret" not in repr(to(server.url, secret="hidden secret"))


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(500, False), (503, False), (429, False), (408, False), (404, True), (410, True), (302, True)],
)
def test_what_can_help_to_try_again_is_told_apart(status, is_final, server: Received) -> None:
    server.status = status
    with pytest.raises(SendError, match=str(status)) as refused:
        send_webhook(to(server.url))
    assert refused.value.is_final == is_final


@pytest.mark.parametrize("url", ["ftp://a.example/x", "nonsense", "http://", "http://[::1"])
def test_what_is_no_web_address_is_given_up(url: str) -> None:
    with pytest.raises(SendError):
        post(url, b"", {}, within_s=1)


@pytest.mark.parametrize("kind", [hanging, dripping])
def test_a_call_ends_in_its_time_whatever_the_other_side_does(kind) -> None:
    with kind() as url:
        began = time.monotonic()
        with pytest.raises(SendError, match="no answer within"):
            post(url, b"x", {}, within_s=0.5)
        assert time.monotonic() - began < 2


def test_a_text_message_is_one_request_with_its_words_quoted(
    server: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPUDONG_ALARMS_SMS_URL", server.url)
    monkeypatch.setenv("IPUDONG_ALARMS_SMS_AUTHORIZATION", "Bearer x")
    text = '川沙站 "过热"\n第二行'
    send_text(Message(1, "sms", "sms", "13800000000", text=text))
    headers, body = server.requests[0]
    assert json.loads(body) == {"phone": "13800000000", "text": text}
    assert headers["authorization"] == "Bearer x"
    monkeypatch.setenv("IPUDONG_ALARMS_SMS_BODY", "to={phone}&msg={text}")
    monkeypatch.setenv("IPUDONG_ALARMS_SMS_TYPE", "application/x-www-form-urlencoded")
    send_text(Message(1, "sms", "sms", "+86 138", text="a&b=c"))
    assert server.requests[1][1] == b"to=%2B86+138&msg=a%26b%3Dc"


def test_one_dead_endpoint_delays_no_other(
    server: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPUDONG_ALARMS_WEBHOOK_SECONDS", "2")
    ledger = Ledger()
    dispatcher = Dispatcher({"webhook": send_webhook}, ledger, idle_s=0.1)
    with hanging() as dead:
        dispatcher.offer(to(dead, number) for number in range(1, 6))
        dispatcher.offer(to(server.url, number) for number in range(101, 121))
        wait_for(lambda: len(server.requests) == 20)
        healthy = [ledger.ends[number][1] for number in range(101, 121) if number in ledger.ends]
        assert max(healthy) < 1.9  # not one waited for the dead one's time limit
        assert not [number for number in ledger.ends if number < 100]
        assert dispatcher.wait_until_idle(15)
    ends = [ledger.ends[number][0] for number in range(1, 6)]
    # Three tries, then the endpoint rests and the others wait without a try.
    assert ends == ["failed: no answer within 2 s"] * OPENS_AFTER + ["postponed"] * 2


def test_a_fault_of_one_channel_is_no_end_of_a_lane(server: Received) -> None:
    ledger = Ledger()

    def broken(message: Message) -> None:
        raise RuntimeError("no")

    dispatcher = Dispatcher({"webhook": send_webhook, "sms": broken}, ledger, idle_s=0.1)
    dispatcher.offer(
        [
            to(server.url, 1, channel="sms"),
            to(server.url, 2, channel="pigeon"),
            to(server.url, 3),
        ]
    )
    assert dispatcher.wait_until_idle(10)
    assert [ledger.ends[n][0] for n in (1, 2, 3)] == [
        "failed: RuntimeError: no",
        "failed: channel_not_set_up",
        "delivered",
    ]


def test_a_lane_with_nothing_to_do_ends_and_another_begins(server: Received) -> None:
    ledger = Ledger()
    dispatcher = Dispatcher({"webhook": send_webhook}, ledger, idle_s=0.05)
    for number in (1, 2):
        dispatcher.offer([to(server.url, number)])
        assert dispatcher.wait_until_idle(5)
        wait_for(lambda: not any(t.name.startswith("lane:") for t in threading.enumerate()))
    assert len(server.requests) == 2


def test_an_endpoint_rests_ever_longer_and_is_well_after_one_success() -> None:
    breaker = Breaker()
    for _ in range(OPENS_AFTER):
        assert breaker.rest_s(0.0) == 0
        breaker.note_failed(0.0)
    assert breaker.rest_s(0.0) == FIRST_REST_S
    assert breaker.rest_s(FIRST_REST_S) == 0
    breaker.note_failed(100.0)
    assert breaker.rest_s(100.0) == 2 * FIRST_REST_S
    for _ in range(50):
        breaker.note_failed(0.0)
    assert breaker.rest_s(0.0) == LONGEST_REST_S
    breaker.note_delivered()
    assert breaker.rest_s(0.0) == 0


def test_calls_from_many_threads_have_loops_of_their_own(server: Received) -> None:
    threads = [threading.Thread(target=send_webhook, args=(to(server.url),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 8
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
