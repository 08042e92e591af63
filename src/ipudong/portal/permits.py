"""Permits of the portal's own pages, beside those of the house."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import INTEGRATOR, OFFICERS

PORTAL_PERMITS = (
    Permit(
        action="portal.use_desk",
        roles=(*OFFICERS, INTEGRATOR),
        title=_("Use one's own desk"),
    ),
)
