"""Results of every kind become a number or an event, and come back as they were."""

import math
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.observation_types import FORMS, Form, form_of, show_result, split_result

RESULTS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=3)
)


@given(st.sampled_from(Form), RESULTS)
def test_a_result_is_kept_as_one_of_two_or_refused(form: Form, value: Any) -> None:
    try:
        number, event = split_result(form, value)
    except SensingError:
        return
    if event is None:
        assert math.isfinite(number)
        shown = show_result(form, number)
        assert shown == value or shown == float(value)
    else:
        assert math.isnan(number)
        assert event == value
        assert show_result(form, number) is None


def test_every_type_has_its_form_and_an_unknown_one_takes_anything() -> None:
    assert {form_of(name) for name in FORMS} == set(Form)
    assert form_of("http://example.org/other") is Form.ANY
