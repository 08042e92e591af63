"""What kind of result a datastream has (SensorThings 1.1, table 15), and results as numbers."""

import math
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import MEASUREMENT

_ROOT: Final = "http://www.opengis.net/def/observationType/OGC-OM/2.0/"
CATEGORY: Final = f"{_ROOT}OM_CategoryObservation"
COUNT: Final = f"{_ROOT}OM_CountObservation"
ANY: Final = f"{_ROOT}OM_Observation"
TRUTH: Final = f"{_ROOT}OM_TruthObservation"
COMPLEX: Final = f"{_ROOT}OM_ComplexObservation"

NAN: Final = math.nan


class Form(IntEnum):
    """What a result is: a number, or an event that stands beside the reading."""

    MEASUREMENT = 0
    COUNT = 1
    TRUTH = 2
    CATEGORY = 3
    ANY = 4


FORMS: Final[Mapping[str, Form]] = {
    MEASUREMENT: Form.MEASUREMENT,
    COUNT: Form.COUNT,
    TRUTH: Form.TRUTH,
    CATEGORY: Form.CATEGORY,
    ANY: Form.ANY,
}


def form_of(observation_type: str) -> Form:
    """The form of a datastream's results."""
    return FORMS.get(observation_type, Form.ANY)


def split_result(form: Form, value: Any) -> tuple[float, Any]:
    """A result as (number, event): one of them, the number NaN where there is an event.

    Truths are 1 and 0. Raises SensingError `bad_result` where the datastream cannot have it.
    """
    if isinstance(value, bool):
        if form in (Form.TRUTH, Form.ANY, Form.CATEGORY):
            return (float(value), None) if form is Form.TRUTH else (NAN, value)
    elif isinstance(value, int | float):
        if _fits(form, value):
            return float(value), None
    elif value is not None and form in (Form.CATEGORY, Form.ANY):
        return NAN, value
    raise SensingError("bad_result", wanted=form.name.lower())


def _fits(form: Form, value: float) -> bool:
    if not -1e308 <= value <= 1e308:  # neither NaN nor infinite, nor an integer beyond float
        return False
    if form is Form.COUNT:
        return float(value).is_integer()
    return form is not Form.TRUTH or value in (0, 1)


def show_result(form: Form, number: float) -> float | int | bool | None:
    """A number of the history as the result it stands for; None where it is no number."""
    if number != number:
        return None
    if form is Form.TRUTH and number in (0.0, 1.0):
        return bool(number)
    if form is Form.COUNT and number.is_integer():
        return int(number)
    return number
