"""Topic names and filters, by the standard's own examples (4.7, 4.8.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.mqtt.topics import (
    covers,
    is_topic_filter,
    is_topic_name,
    matches,
    split_share,
)

PLAYER = "sport/tennis/player1"


@pytest.mark.parametrize(
    ("topic_filter", "topic", "expected"),
    [
        # 4.7.1.2
        ("sport/tennis/player1/#", PLAYER, True),
        ("sport/tennis/player1/#", f"{PLAYER}/ranking", True),
        ("sport/tennis/player1/#", f"{PLAYER}/score/wimbledon", True),
        ("sport/#", "sport", True),
        ("#", "sport/tennis", True),
        # 4.7.1.3
        ("sport/tennis/+", PLAYER, True),
        ("sport/tennis/+", f"{PLAYER}/ranking", False),
        ("sport/+", "sport", False),
        ("sport/+", "sport/", True),
        ("+/+", "/finance", True),
        ("/+", "/finance", True),
        ("+", "/finance", False),
        # 4.7.2
        ("#", "$SYS/uptime", False),
        ("+/monitor/Clients", "$SYS/monitor/Clients", False),
        ("$SYS/#", "$SYS/uptime", True),
        ("$SYS/monitor/+", "$SYS/monitor/Clients", True),
        # 4.7.3
        ("ACCOUNTS", "Accounts", False),
        ("Accounts payable", "Accounts payable", True),
        ("/finance", "finance", False),
    ],
)
def test_a_filter_matches_as_the_standard_says(topic_filter, topic, expected) -> None:
    assert matches(topic_filter, topic) is expected


@pytest.mark.parametrize(
    ("topic_filter", "expected"),
    [
        ("#", True),
        ("sport/tennis/#", True),
        ("sport/tennis#", False),
        ("sport/tennis/#/ranking", False),
        ("+", True),
        ("+/tennis/#", True),
        ("sport+", False),
        ("sport/+/player1", True),
        ("", False),
        ("/", True),
        ("$share/consumer1/sport/tennis/+", True),
        ("$share/consumer2//finance", True),
        ("$share/g", False),
        ("$share//a", False),
        ("$share/g/", False),
        ("$share/g+/a", False),
        ("$share/g#/a", False),
        ("a/" * 200, False),
    ],
)
def test_only_filters_of_the_right_form_are_taken(topic_filter: str, expected: bool) -> None:
    assert is_topic_filter(topic_filter) is expected


def test_topic_names_carry_no_wildcard() -> None:
    assert is_topic_name("a/b")
    assert is_topic_name("/")
    assert not any(is_topic_name(name) for name in ("", "a/+", "#", "a" + "/" * 200))


def test_a_share_name_is_taken_off() -> None:
    assert split_share("$share/consumer1//finance") == ("consumer1", "/finance")
    assert split_share("a/b") == ("", "a/b")


level = st.sampled_from(["a", "b", "", "$x"])
names = st.lists(level, min_size=1, max_size=4).map("/".join).filter(bool)
part = st.sampled_from(["a", "b", "", "+", "$x"])
filters = st.builds(
    lambda parts, tail: "/".join([*parts, *tail]),
    st.lists(part, min_size=1, max_size=3),
    st.sampled_from([[], ["#"]]),
).filter(bool)


@given(filters, filters, names)
def test_a_filter_that_covers_another_matches_all_it_matches(outer, inner, topic) -> None:
    if covers(outer, inner) and matches(inner, topic):
        assert matches(outer, topic)


@given(filters, names)
def test_covering_a_topic_is_matching_it(outer: str, topic: str) -> None:
    assert covers(outer, topic) == matches(outer, topic)
