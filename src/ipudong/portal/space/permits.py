"""Permits of My space and of the public proof of papers."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import AGENT, EVERYONE, PUBLIC, RESIDENT, SUPERVISOR

SPACE_PERMITS: Final = (
    Permit(action="space.open", roles=(RESIDENT, AGENT), title=_("Open one's own space")),
    Permit(
        action="casework.read_documents",
        roles=tuple(role for role in EVERYONE if role != PUBLIC),
        title=_("Open files and papers of cases one has to do with"),
    ),
    Permit(
        action="casework.verify_paper",
        roles=EVERYONE,
        title=_("Ask whether a paper is genuine"),
    ),
    Permit(
        action="casework.answer_read_complaint",
        roles=(SUPERVISOR,),
        title=_("Answer why a person's data were read"),
    ),
)
