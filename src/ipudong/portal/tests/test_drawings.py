"""Small drawings."""

from ipudong.portal.drawings import draw_gauge, draw_spark


def test_a_gauge_at_its_target_reaches_the_notch() -> None:
    gauge = draw_gauge(90.0, 90.0)
    assert gauge.water == gauge.target_x == 160.0


def test_a_gauge_far_above_its_target_ends_with_the_bed() -> None:
    assert draw_gauge(1000.0, 10.0).water == 200.0


def test_a_gauge_below_zero_is_empty_but_measured() -> None:
    gauge = draw_gauge(-3.0, 10.0)
    assert (gauge.water, gauge.measured) == (0.0, True)


def test_a_gauge_without_value_says_it_is_not_measured() -> None:
    assert not draw_gauge(None, 90.0).measured


def test_a_gauge_without_target_says_it_is_not_measured() -> None:
    assert not draw_gauge(4.0, None).measured


def test_one_value_is_no_course() -> None:
    assert draw_spark([4.0]) is None


def test_a_course_goes_from_left_to_right_and_high_is_up() -> None:
    spark = draw_spark([0.0, 10.0])
    assert spark is not None
    assert spark.line == "M0.0,34.0 L120.0,2.0"


def test_a_flat_course_divides_by_nothing() -> None:
    spark = draw_spark([5.0, 5.0, 5.0])
    assert spark is not None
    assert "nan" not in spark.line


def test_a_target_far_away_is_not_drawn() -> None:
    spark = draw_spark([1.0, 2.0], target=1000.0)
    assert spark is not None
    assert spark.target_y is None
