"""Where supervision is entered, and its standing work."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.manifest import Page, Schedule

SUPERVISION_DESKS = (
    Page(
        title=_("Electronic supervision"),
        url_name="govcollab:supervision",
        permit="supervision.view",
        summary=_("Yellow and red cards of all offices, complaints, scores, patterns"),
        icon="cards",
    ),
    Page(
        title=_("Cards to explain"),
        url_name="govcollab:supervision_mine",
        permit="supervision.explain",
        summary=_("Cards raised against your office, with five working days to explain each"),
        icon="cards",
    ),
)
SUPERVISION_SCHEDULES = (
    Schedule(
        name="supervision.judge",
        every_s=60,
        run=supervise,
        title=_("Judge cases and raise cards"),
    ),
)
