"""The trees of subscriptions and retained messages against plain matching, one by one."""

from hypothesis import given
from hypothesis import strategies as st

from ipudong.gateway.mqtt.messages import Message
from ipudong.gateway.mqtt.retained import Retained
from ipudong.gateway.mqtt.subscriptions import Subscriptions
from ipudong.protocols.mqtt.packets import Subscription
from ipudong.protocols.mqtt.topics import is_topic_filter, matches

levels = st.sampled_from(["a", "b", "", "$SYS"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join).filter(bool)
parts = st.lists(st.sampled_from(["a", "b", "", "+", "$SYS"]), min_size=1, max_size=3)
filters = st.builds(
    lambda begin, end: "/".join(begin + end), parts, st.sampled_from([[], ["#"]])
).filter(is_topic_filter)


@given(st.lists(st.tuples(st.sampled_from("xyz"), filters, st.booleans())), topics)
def test_a_topic_meets_exactly_the_subscriptions_whose_filters_match(steps, topic) -> None:
    tree, plain = Subscriptions(), set()
    for name, topic_filter, is_added in steps:
        key = name, name
        if is_added:
            tree.add(key, Subscription(topic_filter))
            plain.add((key, topic_filter))
        else:
            assert tree.remove(key, topic_filter) == ((key, topic_filter) in plain)
            plain.discard((key, topic_filter))
        found = {
            (entry.key, entry.subscription.filter)
            for entries in tree.match(topic).entries
            for entry in entries
        }
        assert found == {row for row in plain if matches(row[1], topic)}
        assert len(tree) == len(plain)
        assert set(tree.list_filters("a")) == {row[1] for row in plain if row[1].startswith("a")}


@given(st.lists(st.tuples(topics, st.sampled_from([b"1", b"22", b""]))), filters)
def test_a_filter_finds_exactly_the_retained_messages_it_matches(steps, topic_filter) -> None:
    tree, plain = Retained(1000, 10**6), {}
    for topic, payload in steps:
        assert tree.keep(Message(topic, payload, retain=True))
        plain[topic] = payload
        plain = {name: kept for name, kept in plain.items() if kept}
        found = {message.topic: message.payload for message in tree.match(topic_filter, 0.0)}
        assert found == {name: row for name, row in plain.items() if matches(topic_filter, name)}
        assert len(tree) == len(plain)
    for topic in list(plain):
        tree.keep(Message(topic, b""))
    assert (tree._bytes, tree._tree) == (0, {})


def test_a_group_takes_turns_and_is_gone_with_its_last_member() -> None:
    tree = Subscriptions()
    for name in "ab":
        tree.add((name, name), Subscription("$share/g/x/+"))
    (group,) = tree.match("x/y").groups
    first = [group.in_turn()[0].key for _ in range(4)]
    assert first[0] != first[1]
    assert first[:2] == first[2:]
    for name in "ab":
        assert tree.remove((name, name), "$share/g/x/+")
    assert not tree.match("x/y")
    assert tree._root.is_empty


def test_retained_messages_expire_and_their_room_is_free_again() -> None:
    tree = Retained(10, 1000)
    assert tree.keep(Message("a", b"x", expires_at=5.0))
    assert [row.topic for row in tree.match("#", 4.0)] == ["a"]
    assert list(tree.match("#", 6.0)) == []
    tree.drop_expired(6.0)
    assert len(tree) == 0
    assert not tree.keep(Message("a", bytes(1001)))
