"""Devices come in from the command line too, all or none, with their tokens in a closed file."""

import csv
import stat
from pathlib import Path

import pytest

from ipudong.city.identity.actors import system_actor
from ipudong.city.sensing.directory import load_directory
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.profiles import sync_declared
from ipudong.config.device_import import import_device_table

HEAD = "name_zh,profile,identity\n"


@pytest.fixture
def bring(db: None, tmp_path: Path):
    sync_declared([HOUSE])
    path = tmp_path / "devices.csv"

    def bring(text: str):
        path.write_text(text, encoding="utf-8")
        return import_device_table(path, system_actor("console"), lambda done, total: None)

    return bring


def test_tokens_are_written_for_their_owner_only(bring, tmp_path: Path) -> None:
    report = bring(HEAD + "一号,generic_json,a-1\n二号,generic_json,a-2\n")
    assert (report.accepted, report.rejected) == (2, 0)
    [path] = tmp_path.glob("*.tokens.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    device = load_directory().find_device("mqtt", rows[0]["identity"])
    assert device is not None
    assert device.accepts(rows[0]["token"])


@pytest.mark.parametrize("text", [HEAD + "一号,nothing,a-1\n好,generic_json,a-2\n", "a,b\n1,2\n"])
def test_what_will_not_do_is_reported_and_nothing_is_imported(bring, tmp_path, text) -> None:
    report = bring(text)
    assert report.accepted == 0
    assert report.rejects
    assert not Thing.objects.exists()
    assert not list(tmp_path.glob("*.tokens.csv"))
