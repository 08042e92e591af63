"""Where values come from: the environment and one TOML file."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

ENVIRONMENT_PREFIX = "IPUDONG_"
FILE_VARIABLE = "IPUDONG_FILE"


class OptionError(Exception):
    """A setting that cannot be used; `key` names it, the text says what to do."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key
        self.reason = reason


def option_file() -> Path:
    """The settings file: `IPUDONG_FILE`, else `ipudong.toml` in the working directory."""
    return Path(os.environ.get(FILE_VARIABLE, "ipudong.toml"))


def read_option_file() -> Mapping[str, Any]:
    """Flat `section.key` values of the settings file; empty where there is none."""
    path = option_file().resolve()
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(path, stamp)


@lru_cache(maxsize=4)
def _read(path: Path, stamp: int) -> Mapping[str, Any]:
    if not stamp:
        return {}
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(str(path), f"is not valid TOML: {error}") from error
    flat: dict[str, Any] = {}
    for section, values in document.items():
        if isinstance(values, dict):
            flat.update({f"{section}.{key}": value for key, value in values.items()})
        else:
            flat[section] = values
    return flat


def environment_name(key: str) -> str:
    """`gateway.hj212_port` -> `IPUDONG_GATEWAY_HJ212_PORT`."""
    return ENVIRONMENT_PREFIX + key.replace(".", "_").upper()


def find_unknown_options(known_keys: Iterable[str]) -> list[str]:
    """Keys in the file or the environment that no part declares, sorted."""
    known = set(known_keys)
    names = {environment_name(key) for key in known} | {FILE_VARIABLE}
    unknown = [f"{option_file()}: {key}" for key in read_option_file() if key not in known]
    unknown += [
        f"environment: {name}"
        for name in os.environ
        if name.startswith(ENVIRONMENT_PREFIX) and name not in names
    ]
    return sorted(unknown)
