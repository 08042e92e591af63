"""What a consulted department holds, in words of the desk."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models import Opinion

OPINIONS: Final[Mapping[str, Promise]] = {
    Opinion.AGREES: _("The department agrees"),
    Opinion.OBJECTS: _("The department objects"),
    Opinion.REMARKS: _("The department only remarks"),
}
