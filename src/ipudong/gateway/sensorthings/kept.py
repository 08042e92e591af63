"""Entities of whole sets as JSON text, kept as long as the revision they were read at stands."""

import secrets
import threading
from dataclasses import dataclass, field
from typing import Final

import orjson

from ipudong.city.sensing.observation_types import Form, form_of
from ipudong.gateway.sensorthings.entities import SETS

MAX_KEPT: Final = 100_000
STREAMS: Final = "Datastreams"
_SPANS: Final = ("phenomenonTime", "resultTime")
# Stands for the service root in kept texts; nobody else can write it.
BASE: Final = f"base:{secrets.token_hex(16)}:"


@dataclass(slots=True)
class Kept:
    """One set: entities without their last bracket, links by navigation property, who owns them."""

    revision: int
    texts: dict[int, str] = field(default_factory=dict)
    links: dict[int, dict[str, str]] = field(default_factory=dict)
    owned: dict[int, list[int]] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)  # datastreams whose results may be texts


class Shelf:
    """The texts of one gateway; safe to share between threads."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()

    def find(self, name: str, revision: int) -> Kept | None:
        """The texts of a set as of a revision; None where there are too many to keep."""
        with self._lock:
            kept = self._kept.get(name)
            if kept is None or kept.revision != revision:
                if SETS[name].rows().order_by().count() > MAX_KEPT:
                    return None
                kept = self._kept[name] = _load(name, revision)
            return kept


def _load(name: str, revision: int) -> Kept:
    entity_set, kept = SETS[name], Kept(revision)
    for row in entity_set.rows().order_by("pk").iterator(chunk_size=2000):
        own = f"{BASE}/{name}({row.pk})"
        entity = {"@iot.id": row.pk, "@iot.selfLink": own, **entity_set.write(row)}
        for span in _SPANS:
            entity.pop(span, None)
        kept.texts[row.pk] = orjson.dumps(entity)[:-1].decode()
        kept.links[row.pk] = {
            step: f'"{step}@iot.navigationLink":"{own}/{step}"' for step in entity_set.relations
        }
        if name == STREAMS:
            kept.owned.setdefault(row.thing_id, []).append(row.pk)
            if form_of(row.observation_type) in (Form.CATEGORY, Form.ANY):
                kept.events.add(row.pk)
    return kept
