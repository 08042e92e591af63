"""Figures as a reader writes them."""

import pytest
from django.utils import translation

from ipudong.portal.figures import format_figure
from ipudong.portal.unit_signs import sign_of


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0.0, "0"), (7.126, "7.13"), (71.26, "71.3"), (1234.5, "1,234"), (3.0, "3")],
)
def test_decimals_follow_the_size(value: float | None, shown: str) -> None:
    with translation.override("en"):
        assert format_figure(value) == shown


def test_decimals_can_be_asked_for() -> None:
    with translation.override("en"):
        assert format_figure(3.0, 1) == "3.0"


def test_a_known_unit_has_its_sign_and_an_unknown_one_stays() -> None:
    assert sign_of("ug/m3") == "µg/m³"
    assert sign_of("sheath-km") == "sheath-km"
