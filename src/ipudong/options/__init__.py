"""Declared settings: each stands beside its reader with a default, prose and a secret mark.

A value comes from the environment (`IPUDONG_GATEWAY_HJ212_PORT`), else from `ipudong.toml`
(`[gateway]` / `hj212_port`), else from the default. This floor knows nobody above it.
"""

from ipudong.options.declare import Option, declared_options
from ipudong.options.files import OptionError, find_unknown_options, read_option_file
from ipudong.options.places import DATA_DIR, data_path

__all__ = [
    "DATA_DIR",
    "Option",
    "OptionError",
    "data_path",
    "declared_options",
    "find_unknown_options",
    "read_option_file",
]
