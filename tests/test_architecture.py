"""Rules of the house that an import graph alone cannot say."""

import ast
from pathlib import Path

import pytest

from ipudong.config.installed import SYSTEMS

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ipudong"
FORBIDDEN_NAMES = {"utils", "common", "helpers", "misc", "core", "base"}


def _modules() -> list[Path]:
    return [path for path in SOURCE.rglob("*.py") if "tests" not in path.parts]


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_no_module_is_a_drawer_for_anything() -> None:
    assert [str(path) for path in _modules() if path.stem in FORBIDDEN_NAMES] == []


def test_no_first_party_import_hides_in_a_function() -> None:
    hidden = []
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden += [
                    f"{path.relative_to(SOURCE)}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.ImportFrom)
                    and (inner.module or "").startswith("ipudong")
                ]
    assert hidden == []


@pytest.mark.parametrize("limit", [500])
def test_no_file_outgrows_its_reader(limit: int) -> None:
    long = [
        f"{path.relative_to(SOURCE)}: {count}"
        for path in _modules()
        if "migrations" not in path.parts  # Django writes those
        and (count := path.read_text("utf-8").count("\n")) > limit
    ]
    assert long == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_has_a_manifest_a_docstring_and_a_readme(name: str) -> None:
    folder = SOURCE / "systems" / name
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    assert (folder / "system.py").is_file()
    assert (folder / "README.md").is_file()
    assert (SOURCE.parent.parent / "docs" / "systems" / f"{name}.md").is_file()


def test_the_simulator_takes_only_simulations_from_systems() -> None:
    for path in (SOURCE / "simulator").rglob("*.py"):
        if "tests" not in path.parts:
            assert not {m for m in _imports(path) if m.startswith("ipudong.systems")}, path


def test_migrations_of_a_city_part_and_a_system_never_cross() -> None:
    """A city part's table may not need a system's: the city stands without any system."""
    for path in (SOURCE / "city").rglob("migrations/*.py"):
        text = path.read_text("utf-8")
        assert not [name for name in SYSTEMS if f'("{name}"' in text], path
