"""A district that was set up once; every crash test works on a copy of its own."""

from pathlib import Path

import pytest
from tests.running import District


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a demonstration district in which nothing ran yet."""
    folder = tmp_path_factory.mktemp("prepared")
    District(folder).run("setup", "--demo")
    return folder
