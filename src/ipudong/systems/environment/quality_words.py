"""What a quality byte means, in words for a reader."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.store.quality import Check, Source, get_source, is_valid, list_checks
from ipudong.systems.environment.grid import NO_READING

_SOURCES: dict[Source, Promise] = {
    Source.STOPPED: _("plant stopped"),
    Source.MAINTENANCE: _("under maintenance"),
    Source.MANUAL: _("entered by hand"),
    Source.FAULT: _("instrument fault"),
    Source.CALIBRATION: _("being calibrated"),
    Source.OVER_RANGE: _("over the instrument's range"),
    Source.COMMUNICATION: _("instrument not answering"),
    Source.UNKNOWN: _("unknown mark"),
}
_CHECKS: dict[Check, Promise] = {
    Check.OUT_OF_RANGE: _("physically impossible"),
    Check.TIME_OFF: _("wrong clock"),
    Check.SUSPECT: _("suspect: stuck, copied or jumping"),
}


def explain_quality(quality: int) -> Promise | str:
    """Why a reading does not count; empty when it does."""
    if quality == NO_READING:
        return _("no data")
    if is_valid(quality):
        return ""
    checks = [check for check in list_checks(quality) if check in _CHECKS]
    if checks:
        return _CHECKS[checks[0]]
    return _SOURCES.get(get_source(quality), _("unknown mark"))
