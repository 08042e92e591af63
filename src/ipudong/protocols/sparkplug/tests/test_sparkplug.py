"""Sparkplug B: payloads another library wrote, and the life of an edge node."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.sparkplug.payload import (
    DataType,
    Metric,
    Payload,
    SparkplugError,
    decode,
    encode,
)
from ipudong.protocols.sparkplug.session import (
    REBIRTH,
    EdgeNode,
    Topic,
    find_topic,
    make_rebirth,
)

# Written by pysparkplug 0.6.1 (Apache-2.0): an NBIRTH, and an NDATA without names and data types.
FOREIGN_BIRTH = bytes.fromhex(
    "08e0b6d7f4c93012120a05626453657118e0b6d7f4c9302004580312210a144e6f646520436f6e74726f6c2f"
    "5265626972746818e0b6d7f4c930200b7000121d0a0b74656d7065726174757265100118e0b6d7f4c9302009"
    "65000048c112160a056c6576656c100218e0b6d7f4c930200250f9ff03121d0a05636f756e74100318e0b6d7"
    "f4c93020045880ccbbbcdeffffffff0112180a056c6162656c100418e0b6d7f4c930200c7a0470756d701800"
)
FOREIGN_DATA = bytes.fromhex(
    "08c08bdbf4c930120e100118c08bdbf4c930650000aa41120d100218c08bdbf4c93050f8ff03120b100318"
    "c08bdbf4c93038011801"
)
NBIRTH = Topic("plant", "NBIRTH", "node")
NDATA = replace(NBIRTH, kind="NDATA")
NDEATH = replace(NBIRTH, kind="NDEATH")
DBIRTH = Topic("plant", "DBIRTH", "node", "pump")
DDATA = replace(DBIRTH, kind="DDATA")
DDEATH = replace(DBIRTH, kind="DDEATH")


def birth(seq: int = 0, bd_seq: int = 1, **values: float) -> Payload:
    metrics = [Metric("bdSeq", bd_seq, datatype=DataType.INT64)]
    metrics += [
        Metric(name, value, alias=n, datatype=DataType.DOUBLE)
        for n, (name, value) in enumerate(values.items(), 1)
    ]
    return Payload(tuple(metrics), 1000, seq)


def data(seq: int, alias: int, value: float) -> Payload:
    return Payload((Metric("", value, alias=alias),), 2000, seq)


def death(bd_seq: int = 1) -> Payload:
    return Payload((Metric("bdSeq", bd_seq, datatype=DataType.INT64),))


def test_a_birth_of_another_library_is_read() -> None:
    payload = decode(FOREIGN_BIRTH)
    assert (payload.seq, payload.time_ms) == (0, 1669107932000)
    assert {metric.name: metric.value for metric in payload.metrics} == {
        "bdSeq": 3,
        "Node Control/Rebirth": False,
        "temperature": -12.5,
        "level": -7,
        "count": -9_000_000_000,
        "label": "pump",
    }


def test_data_by_alias_gets_name_and_sign_from_the_birth() -> None:
    node = EdgeNode()
    node.receive(NBIRTH, decode(FOREIGN_BIRTH))
    report = node.receive(NDATA, decode(FOREIGN_DATA))
    values = {metric.name: metric.value for metric in report.metrics}
    assert values == {"temperature": 21.25, "level": -8, "count": None}
    assert not report.needs_rebirth


def test_a_gap_in_the_sequence_asks_for_rebirth_and_the_values_still_count() -> None:
    node = EdgeNode()
    node.receive(NBIRTH, birth(a=1.0))
    assert not node.receive(NDATA, data(1, 1, 5.0)).needs_rebirth
    report = node.receive(NDATA, data(3, 1, 6.0))
    assert report.needs_rebirth
    assert report.metrics[0].value == 6.0
    assert not node.receive(NDATA, data(4, 1, 7.0)).needs_rebirth


def test_the_sequence_begins_again_after_255() -> None:
    node = EdgeNode()
    node.receive(NBIRTH, birth(a=1.0))
    reports = [node.receive(NDATA, data(n % 256, 1, 1.0)) for n in range(1, 600)]
    assert not any(report.needs_rebirth for report in reports)


def test_data_before_any_birth_asks_for_rebirth() -> None:
    report = EdgeNode().receive(NDATA, data(0, 1, 5.0))
    assert (report.metrics, report.unresolved, report.needs_rebirth) == ((), 1, True)


def test_devices_are_born_speak_and_die() -> None:
    node = EdgeNode()
    node.receive(NBIRTH, birth())
    assert node.receive(DBIRTH, birth(seq=1, speed=9.0)).born
    report = node.receive(DDATA, data(2, 1, 10.0))
    assert (report.device, report.metrics[0].name, report.needs_rebirth) == ("pump", "speed", False)
    assert node.receive(DDEATH, Payload((), 3000, 3)).died == ("pump",)
    assert node.receive(DDATA, data(4, 1, 10.0)).needs_rebirth


def test_the_death_of_a_node_takes_its_devices_with_it() -> None:
    node = EdgeNode()
    node.receive(NBIRTH, birth(bd_seq=7))
    node.receive(DBIRTH, birth(seq=1, speed=9.0))
    assert node.receive(NDEATH, death(6)).died == ()  # of an earlier life
    assert node.receive(NDEATH, death(7)).died == ("", "pump")
    assert node.receive(NDATA, data(2, 1, 1.0)).needs_rebirth


def test_rebirth_is_asked_for_with_the_command_of_the_standard() -> None:
    topic, payload = make_rebirth(NDATA, 5)
    assert topic == "spBv1.0/plant/NCMD/node"
    [metric] = decode(payload).metrics
    assert (metric.name, metric.value) == (REBIRTH, True)


@pytest.mark.parametrize(
    "topic",
    [
        "spBv1.0/g/NBIRTH",
        "spBv1.0/g/NBIRTH/n/d",
        "spBv1.0/g/DDATA/n",
        "spBv1.0/g/NCMD/n",
        "v1/a/b/c",
        "spBv1.0/STATE/host",
        "spBv1.0//NDATA/n",
    ],
)
def test_other_topics_are_none_of_an_edge_node(topic: str) -> None:
    assert find_topic(topic) is None


def test_topics_of_nodes_and_devices_are_told_apart() -> None:
    assert find_topic("spBv1.0/plant/NBIRTH/node") == NBIRTH
    assert find_topic("spBv1.0/plant/DDATA/node/pump") == DDATA


VALUES = st.one_of(
    st.tuples(st.just(DataType.DOUBLE), st.floats(allow_nan=False)),
    st.tuples(st.just(DataType.INT64), st.integers(-(2**63), 2**63 - 1)),
    st.tuples(st.just(DataType.INT8), st.integers(-128, 127)),
    st.tuples(st.just(DataType.BOOLEAN), st.booleans()),
    st.tuples(st.just(DataType.STRING), st.text(max_size=5)),
)
METRICS = st.builds(
    lambda name, kind, time: Metric(name, kind[1], time_ms=time, datatype=kind[0]),
    st.text(min_size=1, max_size=5),
    VALUES,
    st.none() | st.integers(0, 2**62),
)


@given(st.builds(Payload, st.lists(METRICS, max_size=4).map(tuple), st.none() | st.just(5)))
def test_what_is_written_is_read_back(payload: Payload) -> None:
    assert decode(encode(payload)) == payload


@given(st.lists(st.tuples(st.sampled_from([NBIRTH, NDATA, DBIRTH, DDATA, DDEATH, NDEATH]),
                          st.binary(max_size=30)), max_size=8))  # fmt: skip
def test_no_bytes_break_a_session(messages) -> None:
    node = EdgeNode()
    for topic, payload in messages:
        with contextlib.suppress(SparkplugError):
            assert node.receive(topic, decode(payload)) is not None
