"""Every declared setting is known to start-up, and unknown ones stop it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ipudong.config.declared import DECLARING_MODULES, declared_keys, import_declaring_modules
from ipudong.options import declared_options

SOURCE = Path(__file__).resolve().parent.parent / "src"


def _declaring_files() -> set[str]:
    found = set()
    for path in SOURCE.rglob("*.py"):
        if "tests" in path.parts or (path.parent.name == "options" and path.name != "places.py"):
            continue
        if re.search(r"^\w+(: [\w\[\], ]+)? = Option\(", path.read_text("utf-8"), re.MULTILINE):
            name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
            found.add(name.removesuffix(".__init__"))
    return found


def test_the_list_of_declaring_modules_is_that_of_the_source_tree() -> None:
    assert set(DECLARING_MODULES) == _declaring_files()
    assert list(DECLARING_MODULES) == sorted(DECLARING_MODULES)


def test_keys_read_from_the_source_are_those_declared() -> None:
    import_declaring_modules()
    declared = {o.key for o in declared_options() if not o.key.startswith("example.")}
    assert declared_keys() == declared


def test_an_unknown_setting_stops_start_up_with_the_list(tmp_path: Path) -> None:
    settings = tmp_path / "ipudong.toml"
    settings.write_text("[gateway]\nhj212_prot = 8212\n")
    done = subprocess.run(
        [sys.executable, "-m", "ipudong", "doctor"],
        env={
            **os.environ,
            "IPUDONG_FILE": str(settings),
            "IPUDONG_DISTRICT_DATA_DIR": str(tmp_path / "var"),
            "IPUDONG_WORKR_X": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "gateway.hj212_prot" in done.stderr
    assert "IPUDONG_WORKR_X" in done.stderr


@pytest.mark.parametrize("value", ["not-a-port", "8800.5"])
def test_a_setting_that_cannot_be_read_ends_with_one_clear_line(value: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ipudong", "portal"],
        env={
            **os.environ,
            "IPUDONG_PORTAL_PORT": value,
            "IPUDONG_DISTRICT_DATA_DIR": str(tmp_path / "var"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].startswith("ipudong: setting portal.port:")
