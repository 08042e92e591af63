"""Our codec against one we did not write: the Rust codec `mqtt5`, both ways."""

import mqtt5
import pytest

from ipudong.protocols.mqtt import packets, reasons
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import PUBACK, PUBCOMP, PUBREC, PUBREL, V5, Packet
from ipudong.protocols.mqtt.tests.test_round_trip import read

PAIRS: list[tuple[str, Packet, object]] = [
    (
        "connect",
        packets.Connect(
            "Bulbasaur",
            V5,
            clean_start=True,
            keep_alive_s=60,
            username="ash",
            password=b"pikachu",
            will=packets.Will(
                "faint",
                b"\x00\xff",
                1,
                True,
                {"will_delay_interval": 5, "content_type": "text/plain"},
            ),
            properties={
                "session_expiry_interval": 600,
                "receive_maximum": 55,
                "maximum_packet_size": 65000,
                "topic_alias_maximum": 9,
                "request_problem_information": 0,
                "user_property": (("a", "b"), ("a", "c")),
            },
        ),
        mqtt5.ConnectPacket(
            client_id="Bulbasaur",
            username="ash",
            password=b"pikachu",
            clean_start=True,
            keep_alive=60,
            will=mqtt5.Will(
                topic="faint",
                payload=b"\x00\xff",
                qos=mqtt5.QoS.AT_LEAST_ONCE,
                retain=True,
                will_delay_interval=5,
                content_type="text/plain",
            ),
            session_expiry_interval=600,
            receive_max=55,
            max_packet_size=65000,
            topic_alias_max=9,
            request_problem_info=False,
            user_properties=[("a", "b"), ("a", "c")],
        ),
    ),
    (
        "connack",
        packets.ConnAck(
            reasons.SUCCESS,
            True,
            {"assigned_client_identifier": "x", "server_keep_alive": 30, "receive_maximum": 7},
        ),
        mqtt5.ConnAckPacket(
            session_present=True, assigned_client_id="x", server_keep_alive=30, receive_max=7
        ),
    ),
    (
        "publish",
        packets.Publish(
            "v1/设备/温度",
            b"21.5",
            2,
            True,
            True,
            4711,
            {
                "payload_format_indicator": 1,
                "message_expiry_interval": 3600,
                "content_type": "text/plain",
                "response_topic": "answer",
                "correlation_data": b"\x00\x01",
                "subscription_identifier": (1, 268_435_455),
                "user_property": (("unit", "℃"),),
            },
        ),
        mqtt5.PublishPacket(
            topic="v1/设备/温度",
            payload=b"21.5",
            qos=mqtt5.QoS.EXACTLY_ONCE,
            retain=True,
            duplicate=True,
            packet_id=4711,
            payload_format_indicator=1,
            message_expiry_interval=3600,
            content_type="text/plain",
            response_topic="answer",
            correlation_data=b"\x00\x01",
            subscription_ids=[1, 268_435_455],
            user_properties=[("unit", "℃")],
        ),
    ),
    (
        "puback",
        packets.Acknowledgement(PUBACK, 5, reasons.PAYLOAD_FORMAT_INVALID, {"reason_string": "no"}),
        mqtt5.PubAckPacket(
            packet_id=5,
            reason_code=mqtt5.PubAckReasonCode.PAYLOAD_FORMAT_INVALID,
            reason_str="no",
        ),
    ),
    (
        "pubrec",
        packets.Acknowledgement(PUBREC, 5, reasons.NOT_AUTHORIZED),
        mqtt5.PubRecPacket(packet_id=5, reason_code=mqtt5.PubRecReasonCode.NOT_AUTHORIZED),
    ),
    ("pubrel", packets.Acknowledgement(PUBREL, 5), mqtt5.PubRelPacket(packet_id=5)),
    (
        "pubcomp",
        packets.Acknowledgement(PUBCOMP, 5, reasons.PACKET_IDENTIFIER_NOT_FOUND),
        mqtt5.PubCompPacket(packet_id=5, reason_code=mqtt5.PubCompReasonCode.PACKET_ID_NOT_FOUND),
    ),
    (
        "subscribe",
        packets.Subscribe(
            9,
            (
                packets.Subscription("a/#", 1, True, True, 2),
                packets.Subscription("$share/g/+/b", 2),
            ),
            {"subscription_identifier": (128,)},
        ),
        mqtt5.SubscribePacket(
            packet_id=9,
            topic_filters=[
                mqtt5.TopicFilter(
                    pattern="a/#",
                    max_qos=mqtt5.QoS.AT_LEAST_ONCE,
                    no_local=True,
                    retain_as_published=True,
                    retain_handling=mqtt5.RetainHandling.SEND_NEVER,
                ),
                mqtt5.TopicFilter(
                    pattern="$share/g/+/b",
                    max_qos=mqtt5.QoS.EXACTLY_ONCE,
                    retain_as_published=False,
                ),
            ],
            subscription_id=128,
        ),
    ),
    (
        "suback",
        packets.SubAck(9, (1, 0x87)),
        mqtt5.SubAckPacket(
            packet_id=9,
            reason_codes=[
                mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE,
                mqtt5.SubAckReasonCode.NOT_AUTHORIZED,
            ],
        ),
    ),
    (
        "unsubscribe",
        packets.Unsubscribe(10, ("a/#", "b")),
        mqtt5.UnsubscribePacket(packet_id=10, patterns=["a/#", "b"]),
    ),
    (
        "unsuback",
        packets.UnsubAck(10, (0, 0x11)),
        mqtt5.UnsubAckPacket(
            packet_id=10,
            reason_codes=[
                mqtt5.UnsubAckReasonCode.SUCCESS,
                mqtt5.UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED,
            ],
        ),
    ),
    ("pingreq", packets.PingReq(), mqtt5.PingReqPacket()),
    ("pingresp", packets.PingResp(), mqtt5.PingRespPacket()),
    (
        "disconnect",
        packets.Disconnect(reasons.SESSION_TAKEN_OVER, {"reason_string": "elsewhere"}),
        mqtt5.DisconnectPacket(
            reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER, reason_str="elsewhere"
        ),
    ),
]
CASES = [pytest.param(ours, theirs, id=name) for name, ours, theirs in PAIRS]


@pytest.mark.parametrize(("ours", "theirs"), CASES)
def test_we_read_what_another_codec_writes(ours: Packet, theirs: object) -> None:
    assert read(bytes(theirs.write()), V5) == ours


@pytest.mark.parametrize(("ours", "theirs"), CASES)
def test_another_codec_reads_what_we_write(ours: Packet, theirs: object) -> None:
    data = encode(ours, V5)
    packet, size = mqtt5.read(memoryview(data))
    assert packet == theirs
    assert size == len(data)
