"""Who asks the government for something: a person or an organization of the registry."""

from dataclasses import dataclass
from typing import Final, Literal

PERSON: Final = "person"
ORGANIZATION: Final = "organization"


@dataclass(frozen=True, slots=True)
class Applicant:
    """The registry's key of the person or organization a case is for."""

    kind: Literal["person", "organization"]
    id: int

    @property
    def subject(self) -> str:
        """As the audit names it: `person:7`."""
        return f"{self.kind}:{self.id}"
