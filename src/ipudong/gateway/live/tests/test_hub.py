"""Latest readings, topics, and what watchers are sent."""

import json

import numpy as np
import pytest

from ipudong.gateway.live.hub import QUEUE_MESSAGES, Hub, TooManyWatchers, Watcher
from ipudong.gateway.live.latest import LatestReadings, LatestRows
from ipudong.gateway.live.topics import ALARMS, BadTopic, Topic, parse_topic, parse_topics
from ipudong.store.quality import TIME_OFF


def rows(*given: tuple[int, int, float], quality: int = 0) -> LatestRows:
    ids, times, results = zip(*given, strict=True)
    return LatestRows(
        np.array(ids, np.int32),
        np.array(times, np.int64),
        np.array(results, np.float64),
        np.full(len(ids), quality, np.uint8),
    )


def find_datastreams(topic: Topic) -> np.ndarray:
    return np.array(topic.ids or (1, 2, 3), np.int32)


@pytest.fixture
def latest() -> LatestReadings:
    return LatestReadings()


@pytest.fixture
def hub(latest: LatestReadings) -> Hub:
    return Hub(latest, find_datastreams, epoch="e", max_watchers=3, max_watchers_per_peer=2)


def events_of(watcher: Watcher) -> list[tuple[str, dict]]:
    events = []
    for message in b"".join(watcher.queue).decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in message.splitlines())
        if "data" in fields:
            events.append((fields["event"], json.loads(fields["data"])))
    watcher.queue.clear()
    return events


def test_the_newest_time_wins_and_of_equal_times_the_last(latest) -> None:
    changed = latest.update(rows((2, 20, 1.0), (1, 10, 5.0), (2, 20, 2.0), (2, 15, 9.0)))
    assert changed.tolist() == [1, 2]
    assert latest.take(np.array([1, 2], np.int32)).result.tolist() == [5.0, 2.0]


def test_late_data_changes_nothing(latest) -> None:
    latest.update(rows((1, 10, 5.0)))
    assert latest.update(rows((1, 9, 4.0))).tolist() == []
    assert latest.take(np.array([1], np.int32)).result.tolist() == [5.0]


def test_a_clock_years_ahead_does_not_freeze_a_value(latest) -> None:
    latest.update(rows((1, 10, 5.0)))
    assert latest.update(rows((1, 10**15, 6.0), quality=TIME_OFF)).tolist() == []


def test_ids_beyond_the_first_capacity_are_kept(latest) -> None:
    assert latest.update(rows((500_000, 1, 1.0))).tolist() == [500_000]
    assert latest.take(np.array([3, 500_000, 10**6], np.int32)).datastream.tolist() == [500_000]


def test_a_watcher_begins_with_a_snapshot_and_goes_on_with_changes(hub, latest) -> None:
    latest.update(rows((1, 1_000_000, 5.0)))
    watcher = hub.watch([Topic("latest")], peer="a")
    [(event, data)] = events_of(watcher)
    assert event == "readings"
    assert data["readings"] == [{"datastream": 1, "time": 1000, "result": 5.0, "quality": 0}]
    hub.note_changed(latest.update(rows((2, 2_000_000, 7.0))))
    hub.publish()
    [(_, data)] = events_of(watcher)
    assert [reading["datastream"] for reading in data["readings"]] == [2]


def test_changes_between_two_publications_become_one_message_of_the_last_state(hub, latest) -> None:
    watcher = hub.watch([Topic("latest")], peer="a")
    for second in range(5):
        hub.note_changed(latest.update(rows((1, second * 1_000_000, float(second)))))
    hub.publish()
    [(_, data)] = events_of(watcher)
    assert [reading["result"] for reading in data["readings"]] == [4.0]


def test_watchers_of_one_topic_share_one_encoding(hub, latest) -> None:
    first, second = (hub.watch([Topic("latest")], peer=peer) for peer in "ab")
    hub.note_changed(latest.update(rows((1, 1, 1.0))))
    hub.publish()
    assert first.queue[-1] is second.queue[-1]


def test_a_watcher_gets_its_own_topics_only(hub, latest) -> None:
    watcher = hub.watch([Topic("datastreams", ids=(3,))], peer="a")
    hub.note_changed(latest.update(rows((1, 1, 1.0))))
    hub.publish()
    hub.publish_alarms([{"id": 1}])
    assert events_of(watcher) == []


def test_a_watcher_that_cannot_keep_up_is_reset_and_holds_no_memory(hub, latest) -> None:
    watcher = hub.watch([Topic("latest")], peer="a")
    for second in range(QUEUE_MESSAGES + 5):
        hub.note_changed(latest.update(rows((1, second, 1.0))))
        hub.publish()
    assert watcher.is_reset
    assert not watcher.queue


def test_alarms_missed_since_the_last_event_are_sent_again(hub) -> None:
    hub.publish_alarms([{"id": 1}])
    hub.publish_alarms([{"id": 2}])
    watcher = hub.watch([ALARMS], peer="a", last_event_id="e-1")
    assert [data["alarms"][0]["id"] for _, data in events_of(watcher)] == [2]
    assert events_of(hub.watch([ALARMS], peer="b", last_event_id="another-1")) == []


def test_streams_are_bounded_in_all_and_for_each_peer(hub) -> None:
    hub.watch([ALARMS], peer="a")
    leaving = hub.watch([ALARMS], peer="a")
    with pytest.raises(TooManyWatchers):
        hub.watch([ALARMS], peer="a")
    hub.watch([ALARMS], peer="b")
    with pytest.raises(TooManyWatchers):
        hub.watch([ALARMS], peer="c")
    hub.leave(leaving)
    hub.watch([ALARMS], peer="c")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "everything",
        "things:",
        "things:a b",
        "datastreams:",
        "datastreams:1,x",
        "thing:1,2",
        "datastreams:99999999999",
    ],
)
def test_a_topic_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadTopic):
        parse_topic(text)


def test_topics_are_read_and_bounded() -> None:
    assert parse_topic("datastreams:3,1,3") == Topic("datastreams", ids=(1, 3))
    assert parse_topic("things:environment") == Topic("things", system="environment")
    with pytest.raises(BadTopic):
        parse_topics([])
    with pytest.raises(BadTopic):
        parse_topics([f"thing:{number}" for number in range(17)])
