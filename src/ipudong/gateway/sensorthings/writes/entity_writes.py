"""Drafts become rows; call these in the database's thread, within one transaction."""

from collections.abc import Mapping
from typing import Any, Final

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.entities import SETS
from ipudong.gateway.sensorthings.paths import Key
from ipudong.gateway.sensorthings.writes.acts import Act, Links
from ipudong.gateway.sensorthings.writes.bodies import Draft, Ref
from ipudong.gateway.sensorthings.writes.observation_writes import Gathered, gather
from ipudong.gateway.sensorthings.writes.shapes import SHAPES, Link

MAX_KEY: Final = 2**31 - 1


def find_row(set_name: str, key: Key) -> Any | None:
    """The row of a visible entity, or None."""
    entity_set = SETS[set_name]
    if isinstance(key, str) is not entity_set.has_text_key:
        return None
    if isinstance(key, int) and not 0 < key <= MAX_KEY:
        return None
    return entity_set.rows().filter(pk=key).first()


def get_linked(ref: Ref) -> Any:
    """The row a body names. Raises RequestRefused (400): the body is wrong, not the path."""
    row = find_row(ref.set_name, ref.key)
    if row is None:
        title = SETS[ref.set_name].title
        code = "no_such_datastream" if title == "Datastream" else "no_such_link"
        raise bad_request(code, f"There is no {title} with this id.", id=ref.key)
    return row


class EntityWriter:
    """Makes and changes the entities of one request; gathers the observations among them."""

    def __init__(self, act: Act, gathered: Gathered) -> None:
        self.act = act
        self.gathered = gathered

    def create(self, draft: Draft, given: Links | None = None) -> Any:
        """Make an entity, before it those it needs, after it those that need it."""
        self.gathered.made += 1
        links: Links = dict(given or {})
        for name, link in draft.shape.links.items():
            children = draft.links.get(name)
            if children and not link.inverse and name not in links:
                rows = [self.resolve(child) for child in children]
                links[name] = rows if link.to_many else rows[0]
        row = draft.shape.verbs.create(self.act, links, draft.attributes)
        for name, link in draft.shape.links.items():
            if link.inverse:
                for child in draft.links.get(name, ()):
                    self._attach(row, link, child)
        for body in draft.observations:
            self.observe(body, {SETS[draft.shape.set_name].title: row})
        return row

    def observe(self, body: Any, parents: Mapping[str, Any]) -> None:
        """Take in an observation; `parents` are the links its place already says."""
        gather(self, self.gathered, body, parents)

    def change(self, row: Any, draft: Draft) -> None:
        """Change an entity's properties and links."""
        links: Links = {}
        for name, children in draft.links.items():
            link = draft.shape.links[name]
            rows = [self.resolve(child) for child in children]
            if link.inverse:
                for target in rows:
                    self.relink(link, target, row)
            elif rows or (link.to_many and not link.required):
                links[name] = rows if link.to_many else rows[0]
            else:
                raise bad_request("link_required", f"{name} cannot be empty.", property=name)
        draft.shape.verbs.update(self.act, row, links, draft.attributes)

    def relink(self, link: Link, target: Any, row: Any) -> None:
        """Let an entity that is there belong to this row."""
        shape = SHAPES[link.target]
        value = [row] if shape.links[link.inverse].to_many else row
        shape.verbs.update(self.act, target, {link.inverse: value}, {})

    def _attach(self, row: Any, link: Link, child: Ref | Draft) -> None:
        if isinstance(child, Ref):
            self.relink(link, get_linked(child), row)
            return
        inverse = child.shape.links[link.inverse]
        self.create(child, {link.inverse: [row] if inverse.to_many else row})

    def resolve(self, child: Ref | Draft) -> Any:
        """The row of what a body names or describes."""
        return get_linked(child) if isinstance(child, Ref) else self.create(child)
