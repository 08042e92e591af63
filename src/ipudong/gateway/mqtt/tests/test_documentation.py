"""The pages on MQTT name tests, settings and codes that exist."""

import re
from pathlib import Path

import ipudong
from ipudong.gateway.mqtt import bounds, options
from ipudong.options import Option

ROOT = Path(ipudong.__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "ipudong"
PAGES = (ROOT / "docs/reference/protocols/mqtt.md", ROOT / "docs/how-to/connect-mqtt-device.md")


def test_every_test_of_the_conformance_table_is_there() -> None:
    text = PAGES[0].read_text("utf-8")
    table = text[text.index("## Conformance") : text.index("## Answers")]
    named = set(re.findall(r"`(test_\w+)`", table))
    folders = (SOURCE / "protocols/mqtt/tests", SOURCE / "gateway/mqtt/tests")
    there = {path.stem for folder in folders for path in folder.glob("test_*.py")}
    assert len(named) > 8
    assert named <= there


def test_every_setting_named_is_one() -> None:
    declared = {
        row.key.partition(".")[2]
        for module in (bounds, options)
        for row in vars(module).values()
        if isinstance(row, Option)
    }
    for page in PAGES:
        named = set(re.findall(r"\bmqtt_[a-z_]+", page.read_text("utf-8"))) - {"mqtt_"}
        assert named - declared == set()


def test_bounds_are_read_from_their_settings() -> None:
    assert bounds.Bounds.from_options() == bounds.Bounds()
