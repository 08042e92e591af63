"""Fixtures for every test of the house."""

import os
import tempfile
from pathlib import Path

import pytest

# Tests keep their files apart from a district that runs in the same folder.
os.environ["IPUDONG_DISTRICT_DATA_DIR"] = tempfile.mkdtemp(prefix="ipudong-test-")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright keeps a loop running

SHARED_DATA = Path(__file__).resolve().parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets beside the repository; absent on a machine that was not given them."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not on this machine")
    return SHARED_DATA


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in a browser's folders runs in a session of its own (Makefile): Playwright
    keeps a loop running, in which no other test could start one."""
    for item in items:
        if {"browser", "journeys"} & set(item.path.relative_to(item.config.rootpath).parts):
            item.add_marker(pytest.mark.browser)
