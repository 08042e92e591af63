"""The one asking, as plain data."""

from dataclasses import dataclass

from ipudong.city.identity.roles import PUBLIC, STAFF_ROLES


@dataclass(frozen=True)
class Actor:
    """The one asking: their name in the audit, roles, departments, and a token's scopes."""

    name: str
    roles: frozenset[str]
    departments: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    account_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """Whether any staff role is held."""
        return bool(self.roles & STAFF_ROLES)


ANONYMOUS = Actor(name="anonymous", roles=frozenset({PUBLIC}))


def system_actor(name: str) -> Actor:
    """A part of the house acting by itself (`system:worker`): allowed nothing by role."""
    return Actor(name=f"system:{name}", roles=frozenset())
