"""Where counts of attempts and pages of a minute are kept."""

from typing import Any, Final

from ipudong.options import Option

CACHE = Option(
    "portal.cache",
    default="process",
    choices=("process", "database"),
    doc="Where attempts to sign in are counted: in each portal process by itself, or in the main "
    "database for all of them. Several portal processes need database; run setup after a change.",
)
TABLE: Final = "portal_cache"
# Django drops a third at three hundred: guesses at that many names would lift every lock-out.
MOST_ENTRIES: Final = 100_000
_PACKAGE: Final = "django.core.cache.backends"


def describe_caches(kept_in: str) -> dict[str, dict[str, Any]]:
    """Django's CACHES for a value of `portal.cache`."""
    options = {"MAX_ENTRIES": MOST_ENTRIES}
    if kept_in == "database":
        backend = f"{_PACKAGE}.db.DatabaseCache"
        return {"default": {"BACKEND": backend, "LOCATION": TABLE, "OPTIONS": options}}
    return {"default": {"BACKEND": f"{_PACKAGE}.locmem.LocMemCache", "OPTIONS": options}}
