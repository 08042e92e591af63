"""The reference page of settings, made from their declarations."""

from itertools import groupby

from ipudong.options import Option, declared_options

HEAD = """# Settings

Made by `make docs` from the declarations in the code; do not edit.

A value comes from the environment, else from `ipudong.toml` in the working directory (or the
file named by `IPUDONG_FILE`), else from the default. An unknown setting stops start-up.
"""


def render_options() -> str:
    """The page as Markdown: a table a section."""
    parts = [HEAD]
    for section, options in groupby(
        declared_options(), key=lambda option: option.key.split(".")[0]
    ):
        parts.append(f"\n## [{section}]\n\n| key | default | environment | what it does |")
        parts.append("|---|---|---|---|")
        parts += [_row(option) for option in options]
    return "\n".join(parts) + "\n"


def _section(option: Option) -> str:
    return option.key.partition(".")[0]


def _row(option: Option) -> str:
    key = option.key.partition(".")[2]
    default = "(secret)" if option.secret else _plain(option.default)
    choices = f" One of: {', '.join(map(str, option.choices))}." if option.choices else ""
    return f"| `{key}` | {default} | `{option.environment_name}` | {option.doc}{choices} |"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return f"`{', '.join(map(str, value))}`" if value else "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value != "" else "none"
