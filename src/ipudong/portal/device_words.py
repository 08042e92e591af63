"""Codes of devices, their imports, campaigns and refusals in the words of a page."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.presence import Presence

PRESENCES: Final[dict[Presence, Promise]] = {
    Presence.ONLINE: _("Online"),
    Presence.OFFLINE: _("Offline"),
    Presence.NEVER: _("Never heard"),
    Presence.REPLAYED: _("Replays records"),
    Presence.FILED: _("From files"),
    Presence.SUSPENDED: _("Suspended"),
    Presence.RETIRED: _("Retired"),
}
PRESENCE_TONES: Final = {
    Presence.ONLINE: "good",
    Presence.OFFLINE: "bad",
    Presence.NEVER: "notice",
}
PROTOCOLS: Final = {
    "mqtt": "MQTT",
    "http": "HTTP",
    "hj212": "HJ 212",
    "jt808": "JT/T 808",
    "sensorthings": "SensorThings",
    "imported": "–",
}
CREDENTIALS: Final[dict[str, Promise]] = {
    "none": _("None: anybody may speak for it"),
    "token": _("Token"),
    "certificate": _("Certificate"),
    "password": _("Password it sends in the open"),
    "revoked": _("Revoked: it is let in with nothing"),
}
COMMAND_TONES: Final = {
    "queued": "",
    "sent": "river",
    "delivered": "river",
    "answered": "good",
    "refused": "bad",
    "timed_out": "bad",
    "expired": "notice",
    "canceled": "",
}
TARGET_TONES: Final = {
    "pending": "",
    "notified": "river",
    "downloading": "river",
    "applied": "good",
    "failed": "bad",
    "timed_out": "bad",
    "canceled": "notice",
}
CAMPAIGN_TONES: Final = {
    "running": "river",
    "paused": "notice",
    "finished": "good",
    "aborted": "bad",
}
REASONS: Final[dict[str, Promise]] = {
    "too_many_failed": _("Too many devices failed."),
    "by_hand": _("Aborted by hand."),
    "not_connected": _("It did not connect in time."),
    "no_new_version": _("It did not report the new version in time."),
    "upgrade_failed": _("It said that its update failed."),
    "not_commandable": _("It takes no commands: suspended, retired, or without a protocol."),
    "closed_by_device": _("the device closed the connection"),
    "silent": _("it was silent for too long"),
    "mqtt_8d": _("it was silent for longer than its keep-alive time"),
    "mqtt_8e": _("another connection took its place"),
    "superseded": _("another connection took its place"),
    "flood": _("it sent more than is taken"),
    "mqtt_96": _("it sent more than is taken"),
    "fault": _("it sent what could not be read"),
    "mqtt_81": _("it sent what could not be read"),
    "mqtt_82": _("it broke the rules of the protocol"),
    "mqtt_87": _("it did what it may not"),
    "not_known_any_more": _("it was taken out of service"),
    "mqtt_98": _("it was taken out of service"),
    "mqtt_8b": _("the gateway was stopped"),
    "stopping": _("the gateway was stopped"),
    "disconnected": _("the connection ended"),
}
# Why a row of a table is not imported; {value} is what stood there.
REJECTS: Final[dict[str, Promise]] = {
    "no_name": _("The Chinese name is missing."),
    "unknown_profile": _("There is no device profile “{value}”. The list of profiles is below."),
    "bad_identity": _(
        "“{value}” is no identity: 1 to 64 letters, digits and _ . : / - are, beginning with a "
        "letter or digit."
    ),
    "identity_twice": _("This identity stands in line {value} already."),
    "other_profile": _("The device is known with another profile: {value}."),
    "half_position": _("Give longitude and latitude, or neither."),
    "bad_lon": _("“{value}” is no longitude between -180 and 180."),
    "bad_lat": _("“{value}” is no latitude between -90 and 90."),
    "unknown_place": _("There is no place with the code “{value}”."),
    "bad_expected_interval_s": _("“{value}” is no number of seconds."),
    "bad_text": _("“{value}” is too long or has characters that cannot be shown."),
}
REFUSALS: Final[dict[str, Promise]] = {
    "already_adopted": _("Somebody has adopted this device already."),
    "identity_taken": _("A device with this identity is registered already."),
    "unknown_profile": _("This device profile is gone. Choose another one."),
    "unknown_property": _("An observed property is not known. Choose one from the list."),
    "not_commandable": _("This device takes no commands."),
    "bad_argument": _("One of the values will not do. Check what you entered."),
    "bad_fingerprint": _("A SHA-256 fingerprint has 64 digits from 0 to 9 and a to f."),
    "command_open": _("The command is still under way."),
    "profile_declared": _("A system brings a profile of this name. Choose another code."),
    "profile_used": _("Devices still have this profile. Retire them or give them another first."),
    "field_twice": _("A field is named twice."),
    "version_taken": _("There is a package of this version already. Give it another version."),
    "file_too_large": _("The file is too large."),
    "file_empty": _("The file is empty."),
    "campaign_open": _("A campaign with this package is not finished. Abort it first."),
    "campaign_state": _("The campaign has ended or changed in the meantime. See how it is now."),
    "nothing_to_update": _("None of these devices needs this version."),
    "not_updatable": _("Devices of this profile cannot be updated over their protocol."),
    "withdrawn": _("The package was withdrawn."),
    "unreadable_file": _("This is neither a CSV nor an XLSX file that can be read."),
    "missing_columns": _("Columns are missing. Begin with the template."),
    "too_many_rows": _("A file may have 5,000 rows. Split it."),
    "rows_rejected": _("Some rows cannot be imported, so none was. Correct them and try again."),
}


def refusal_of(error: SensingError) -> str:
    """Why sensing refused, and what to do, in a sentence."""
    text = str(REFUSALS.get(error.code, error.code))
    if error.code == "missing_columns":
        columns = ", ".join(str(name) for name in error.fields.get("columns", ()))  # type: ignore[attr-defined]
        return f"{text} {columns}"
    return text


def reason_of(code: str) -> str:
    """A reason code in words; what has none is shown as it is."""
    return str(REASONS.get(code, code))


def reject_of(code: str, value: str) -> str:
    """Why a row was rejected."""
    return str(REJECTS.get(code, code)).replace("{value}", value)
