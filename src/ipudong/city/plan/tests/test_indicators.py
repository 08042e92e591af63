import datetime as dt

import pytest

from ipudong.city.plan.indicators import (
    Failed,
    Indicator,
    IndicatorError,
    Measurement,
    NotMeasured,
    check_indicators,
    evaluate,
    find_indicator,
)

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def indicator(measure=lambda as_of: Measurement(value=50.0), **changes):
    row = {
        "code": "environment.factors",
        "mark": "10.1",
        "title": "Factors",
        "unit": "percent",
        "definition_zh": "因子",
        "definition_en": "Factors",
        "measure": measure,
    }
    return Indicator(**{**row, **changes})


def fall_over(as_of):
    raise ZeroDivisionError("no stations")


def test_a_measurement_is_taken_as_of_the_instant_asked_for():
    seen = []
    row = indicator(lambda as_of: seen.append(as_of) or Measurement(value=50.0))
    assert evaluate(row, NOW) == Measurement(value=50.0)
    assert seen == [NOW]


def test_not_measured_is_an_answer():
    assert evaluate(indicator(lambda as_of: NotMeasured("no station")), NOW) == NotMeasured(
        "no station"
    )


@pytest.mark.parametrize(
    ("measure", "reason"),
    [
        (fall_over, "ZeroDivisionError: no stations"),
        (lambda as_of: None, "not a measurement: NoneType"),
        (lambda as_of: Measurement(value=float("nan")), "value is nan"),
        (lambda as_of: Measurement(value=101.0), "value 101 is outside 0 to 100"),
        (lambda as_of: Measurement(value=-1.0), "value -1 is outside 0 to 100"),
        (lambda as_of: Measurement(value=1.0, unit="site"), "unit is site, declared percent"),
    ],
)
def test_whatever_goes_wrong_is_a_failure_with_its_reason(measure, reason):
    assert evaluate(indicator(measure), NOW) == Failed(reason)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([indicator(), indicator(mark="")], "duplicate_indicator"),
        ([indicator(), indicator(code="other")], "mark_taken"),
        ([indicator(mark="99.1")], "unknown_mark"),
        ([indicator(unit="furlong")], "unknown_unit"),
        ([indicator(unit="site")], "unit_differs"),
    ],
)
def test_rows_that_cannot_be_right_are_refused(rows, code):
    with pytest.raises(IndicatorError) as refused:
        check_indicators(rows, {"10.1": "percent"})
    assert refused.value.code == code


def test_a_systems_own_indicator_needs_no_mark():
    own = indicator(code="own", mark="", unit="day")
    assert check_indicators([own], {}) == (own,)


def test_the_indicator_of_a_mark_is_found():
    assert find_indicator([indicator()], "10.1") is not None
    assert find_indicator([indicator()], "10.2") is None


def test_without_records_of_its_own_a_row_lists_none():
    assert list(indicator().records(NOW)) == []
    assert indicator().definition("zh-hans") == "因子"
    assert indicator().definition("en") == "Factors"
