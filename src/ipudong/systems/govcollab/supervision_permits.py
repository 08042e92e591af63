"""Who may do what in electronic supervision, as rows."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import (
    AGENT,
    CLERK,
    DEPARTMENT_HEAD,
    DISTRICT_LEADER,
    DUTY_OFFICER,
    OFFICERS,
    RESIDENT,
    SUPERVISOR,
)

SUPERVISION_PERMITS = (
    Permit(
        action="supervision.view",
        roles=(SUPERVISOR, DISTRICT_LEADER),
        title=_("See the cards of all offices, complaints and patterns"),
    ),
    Permit(
        action="supervision.explain",
        roles=(CLERK, DUTY_OFFICER, DEPARTMENT_HEAD),
        title=_("Explain cards of the own office"),
    ),
    Permit(
        action="supervision.read_card",
        roles=(SUPERVISOR, DISTRICT_LEADER, CLERK, DUTY_OFFICER, DEPARTMENT_HEAD),
        title=_("Open a card that one may see"),
    ),
    Permit(
        action="supervision.card",
        roles=(SUPERVISOR,),
        title=_("Judge explanations, re-checks and complaints; withdraw cards"),
    ),
    Permit(
        action="supervision.score",
        roles=OFFICERS,
        title=_("See and export the scores of the offices"),
    ),
    Permit(
        action="supervision.publish",
        roles=(SUPERVISOR,),
        title=_("Publish the quarterly scores"),
    ),
    Permit(
        action="supervision.complain",
        roles=(RESIDENT, AGENT),
        title=_("Complain about the handling of one's own case"),
    ),
    Permit(
        action="supervision.view_calendar",
        roles=OFFICERS,
        title=_("See a year's working days"),
    ),
)
