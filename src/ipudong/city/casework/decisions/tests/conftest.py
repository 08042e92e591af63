"""What the tests of decisions share."""

from collections.abc import Callable

import pytest

from ipudong.city.casework.decisions import DecisionModel, load_decisions
from ipudong.city.casework.decisions.tests.dmn_files import write_table


@pytest.fixture
def load_table() -> Callable[..., DecisionModel]:
    """Loads the model `write_table` writes."""
    return lambda *args, **more: load_decisions(write_table(*args, **more))
