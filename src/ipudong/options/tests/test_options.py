"""Declared settings: where values come from, and what is refused."""

from pathlib import Path

import pytest

from ipudong.options import Option, OptionError, data_path, find_unknown_options


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "ipudong.toml"
    monkeypatch.setenv("IPUDONG_FILE", str(path))
    return path


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = Option("example.port_a", default=1, doc="An example.")
    assert port.get() == 1
    settings_file.write_text("[example]\nport_a = 2\n")
    assert port.get() == 2
    monkeypatch.setenv("IPUDONG_EXAMPLE_PORT_A", "3")
    assert port.get() == 3


def test_a_value_of_the_wrong_type_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    port = Option("example.port_b", default=1, doc="An example.")
    monkeypatch.setenv("IPUDONG_EXAMPLE_PORT_B", "many")
    with pytest.raises(OptionError, match=r"example\.port_b.*'many' is not int"):
        port.get()


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("0", False), ("TRUE", True)])
def test_truth_is_read_from_words(text: str, value: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    flag = Option("example.flag", default=not value, doc="A flag.")
    monkeypatch.setenv("IPUDONG_EXAMPLE_FLAG", text)
    assert flag.get() is value


def test_a_value_outside_its_choices_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    form = Option("example.form", default="a", choices=("a", "b"), doc="A form.")
    monkeypatch.setenv("IPUDONG_EXAMPLE_FORM", "c")
    with pytest.raises(OptionError, match="one of a, b"):
        form.get()


def test_two_different_declarations_of_one_key_are_refused() -> None:
    Option("example.twice", default=1, doc="First.")
    with pytest.raises(OptionError, match="declared twice"):
        Option("example.twice", default=1, doc="Second.")


def test_unknown_keys_are_listed_from_file_and_environment(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_file.write_text("[gateway]\nhj212_prot = 1\nknown = 2\n")
    monkeypatch.setenv("IPUDONG_GATWAY_PORT", "1")
    monkeypatch.delenv("IPUDONG_DISTRICT_DATA_DIR")
    unknown = find_unknown_options({"gateway.known"})
    assert unknown == [f"{settings_file}: gateway.hj212_prot", "environment: IPUDONG_GATWAY_PORT"]


def test_a_broken_file_is_named_with_its_line(settings_file: Path) -> None:
    settings_file.write_text("[gateway\n")
    with pytest.raises(OptionError, match=r"ipudong\.toml: is not valid TOML.*line 1"):
        find_unknown_options(())


def test_paths_are_below_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    assert data_path("lake", "x") == tmp_path / "lake" / "x"
