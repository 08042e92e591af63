"""A table of addresses is registered; lines that are none are rejected with their reason."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ipudong.city.registry.addresses.geocode import geocode
from ipudong.city.registry.addresses.imports import import_addresses
from ipudong.city.registry.models import Address
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEAD = "division,road,lane,number,room,lon,lat,address,alias\n"


@pytest.fixture(autouse=True)
def places(db: None) -> None:
    load_places(read_places())


def test_columns_and_whole_addresses_are_registered(tmp_path: Path) -> None:
    path = tmp_path / "addresses.csv"
    path.write_text(
        HEAD
        + "310115004000,张杨路,123弄,4号,501室,121.52,31.22,,东方小区\n"
        + "310115004000,,,,,121.53,31.23,浦电路88号3楼,\n"
        + "999,张杨路,,1,,,,,\n"
        + "310115004000,,,,,,,,\n"
        + "310115004000,张杨路,,1,,200,31,,\n"
        + "310115004000,张杨路,,1,,east,31,,\n"
        + "310115004000,张\x07杨路,,1,,,,,\n"
        + f"310115004000,{'路' * 51},,1,,,,,\n",
        encoding="utf-8",
    )
    report = import_addresses(path, by="system:test", at=AT)
    assert report.accepted == 2
    assert [line for line, _ in report.rejects] == [4, 5, 6, 7, 8, 9]
    assert geocode("东方小区4号501室").grade == "room"
    assert geocode("浦电路88号").lon == 121.53
    assert import_addresses(path, by="system:test", at=AT).fresh == 0


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n"])
def test_what_is_no_table_changes_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    assert import_addresses(path, by="system:test", at=AT).rejects
    assert not Address.objects.exists()
