"""The latest positions, and what of them goes to whom."""

import numpy as np
import orjson
import pytest

from ipudong.gateway.columns import FIXED, Positions
from ipudong.gateway.live.position_feed import PositionFeed
from ipudong.gateway.live.positions import LatestPositions, is_within, list_rows
from ipudong.gateway.live.topics import BadTopic, Topic, parse_topic

NAN = float("nan")


def positions(*rows, status=FIXED) -> Positions:
    """Rows of (thing, time_us, lon, lat)."""
    thing, time_us, lon, lat = zip(*rows, strict=True)
    count = len(rows)
    return Positions(
        np.array(thing, np.int32),
        np.array(time_us, np.int64),
        np.array(lon, float),
        np.array(lat, float),
        np.full(count, 30.04),
        np.full(count, NAN),
        np.full(count, 4.0),
        np.full(count, status, np.uint32),
    )


def test_the_newest_by_its_own_time_stays_whatever_came_last():
    latest = LatestPositions()
    assert latest.update(positions((7, 20, 121.5, 31.2), (7, 10, 1.0, 1.0))).tolist() == [7]
    assert latest.update(positions((7, 15, 2.0, 2.0))).tolist() == []
    assert latest.take_all().lon.tolist() == [121.5]


def test_a_position_that_does_not_hold_moves_nothing():
    latest = LatestPositions()
    assert len(latest.update(positions((7, 20, 0.0, 0.0), status=0))) == 0
    assert len(latest.take_all()) == 0


def test_things_of_any_id_find_room_and_unknown_ones_are_left_out():
    latest = LatestPositions()
    latest.update(positions((90_000, 1, 121.5, 31.2), (3, 1, 121.6, 31.2)))
    assert latest.take(np.array([3, 4, 90_000, 5_000_000], np.int32)).thing.tolist() == [3, 90_000]


def test_a_box_across_the_date_line_holds_both_sides():
    found = positions((1, 1, 179.9, 0.0), (2, 1, -179.9, 0.0), (3, 1, 0.0, 0.0))
    assert is_within(found, (179.0, -1.0, -179.0, 1.0)).tolist() == [True, True, False]


def test_a_message_has_columns_and_null_where_nothing_is_known():
    latest = LatestPositions()
    feed = PositionFeed(latest, lambda system: np.array([2], np.int32))
    feed.note_moved(latest.update(positions((1, 5_000, 121.5, 31.2), (2, 6_000, 121.9, 31.2))))
    moved = feed.take_moved()
    assert orjson.loads(feed.encode(moved, parse_topic("positions:121.4,31.1,121.6,31.3"))) == {
        "thing": [1],
        "time": [5],
        "lon": [121.5],
        "lat": [31.2],
        "speed": [30.0],
        "heading": [None],
        "status": [FIXED],
    }
    assert orjson.loads(feed.encode(moved, Topic("positions", "citysense")))["thing"] == [2]
    assert orjson.loads(feed.encode(moved, parse_topic("positions")))["thing"] == [1, 2]
    assert feed.encode(moved, parse_topic("positions:0,0,1,1")) is None
    assert feed.take_moved() is None


@pytest.mark.parametrize(
    "text",
    ["positions:", "positions:1,2,3", "positions:nan,0,1,1", "positions:0,5,1,4", "positions:a-b"],
)
def test_a_box_that_is_none_is_refused(text):
    with pytest.raises(BadTopic):
        parse_topic(text)


def test_rows_for_the_table_have_none_where_nothing_is_known():
    (row,) = list_rows(positions((1, 5, 121.5, 31.2)))
    assert row == (1, 5, 121.5, 31.2, 30.04, None, 4.0, FIXED)
