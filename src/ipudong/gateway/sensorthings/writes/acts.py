"""Who writes, when, and the three verbs every entity set has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Links = dict[str, Any]  # navigation property -> row, or list of rows
Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Who writes, and when."""

    by: str
    at: datetime


@dataclass(frozen=True)
class Verbs:
    """How an entity of a set is made, changed and deleted; each raises SensingError."""

    create: Callable[[Act, Links, Attributes], Any]
    update: Callable[[Act, Any, Links, Attributes], None]
    delete: Callable[[Act, Any], None]
