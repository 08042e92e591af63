"""What became of a device's frames and messages, in the words of a page."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# HJ 212
_STATION: Final[dict[str, Promise]] = {
    "frames": _("Frames taken"),
    "notices": _("Notices"),
    "wrong_crc": _("Wrong checksum"),
    "wrong_length": _("Wrong length"),
    "bad_header": _("Broken header"),
    "too_long": _("Too long"),
    "noise": _("Bytes between frames"),
    "no_command": _("Frame without a command"),
    "split_too_old": _("Split packet never completed"),
    "split_too_many": _("Split packet given up: too many at once"),
    "split_too_large": _("Split packet given up: too large"),
    "split_bad_number": _("Split packet with an impossible number"),
    "unknown_command": _("Unknown command"),
    "no_data_time": _("Data without a readable time"),
    "clock_off": _("Frames while the clock was a day off"),
}
# JT/T 808
_VEHICLE: Final[dict[str, Promise]] = {
    "stored": _("Positions kept"),
    "no_fix": _("Positions without a fix"),
    "time_off": _("Reports with a time that cannot be"),
    "stale": _("Reports more than thirty days old"),
    "bad_item": _("Reports with a broken item"),
    "repeated": _("Reports sent again"),
    "bad_batch": _("Batches with a broken report"),
    "registered": _("Registrations"),
    "not_authenticated": _("Messages before authentication"),
    "media_kept": _("Pictures and recordings kept"),
    "message": _("Messages of other kinds, the first of each kept"),
    "unknown_message": _("Messages nobody here knows"),
    "wrong_checksum": _("Wrong checksum"),
    "too_short": _("Too short"),
    "short_body": _("Too short for its kind"),
    "cut_off": _("Message cut off"),
    "encrypted": _("Encrypted without a key"),
    "not_decrypted": _("Not to be decrypted"),
    "parts_too_old": _("Parts of a message that was never whole"),
    "parts_too_many": _("Parts given up: too many at once"),
    "parts_too_large": _("Parts given up: too large"),
    "part_bad_number": _("Part with an impossible number"),
}
# MQTT, HTTP and bridges, whatever is in the message
_MESSAGE: Final[dict[str, Promise]] = {
    "unknown_channel": _("Values of fields the profile does not know"),
    "has_unknown_channel": _("Sent with fields the profile does not know"),
    "not_a_number": _("Values that are no number"),
    "has_wrong_value": _("Sent with a value that is no number"),
    "bad_position": _("Positions that cannot be"),
    "bad_time": _("A time that cannot be read"),
    "no_datastreams": _("Given up: its datastreams were not made in time"),
    "unmatched_answer": _("Answers to no command"),
    "fault": _("Not taken because of a fault of the platform"),
    "not_authorized": _("On a topic it may not use"),
    "unknown_topic": _("On a topic nobody here knows"),
    "not_its_topic": _("On a topic of another device"),
    "not_json": _("No valid JSON"),
    "not_cbor": _("No valid CBOR"),
    "not_utf8": _("No valid UTF-8 text"),
    "not_readings": _("JSON that holds no readings"),
    "not_attributes": _("JSON that holds no attributes"),
    "not_an_event": _("JSON that is no event"),
    "too_deep": _("Nested too deeply"),
    "too_many_fields": _("Too many fields"),
    "too_many_readings": _("Too many readings at once"),
}
# LoRaWAN, Sparkplug, SenML, line protocol
_FORMATS: Final[dict[str, Promise]] = {
    "joins": _("Joins of the network"),
    "downlink_acks": _("Downlinks confirmed"),
    "payload_not_decoded": _("Payloads the network server did not decode"),
    "not_lorawan": _("No event of a LoRaWAN network server"),
    "unknown_alias": _("Metrics whose alias was never announced"),
    "rebirths_asked": _("Births asked for again"),
    "not_sparkplug": _("No Sparkplug payload"),
    "too_many_metrics": _("Too many metrics"),
    "not_senml": _("No SenML pack"),
    "too_many_records": _("Too many records"),
    "bad_name": _("A name that may not be"),
    "bad_field": _("A field that cannot be read"),
    "bad_tag": _("A tag that cannot be read"),
    "bad_measurement": _("A measurement name that cannot be read"),
    "bad_value": _("A value that cannot be read"),
    "bad_timestamp": _("A time stamp that cannot be read"),
    "unbalanced_quotes": _("A quotation mark is missing"),
    "no_fields": _("A line without fields"),
    "no_measurement": _("A line without a measurement"),
    "line_too_long": _("A line that is too long"),
    "too_many_tags": _("Too many tags"),
}
# SensorThings over MQTT
_SENSORTHINGS: Final[dict[str, Promise]] = {
    "no_such_topic": _("On a topic nothing can be created at"),
    "no_such_resource": _("At an address that leads nowhere"),
    "no_such_datastream": _("For a datastream that does not exist"),
    "datastream_missing": _("No datastream is named"),
    "not_plain": _("More than a number, which needs a user's token"),
    "not_permitted": _("Not permitted"),
    "bad_body": _("A body that cannot be read"),
    "bad_batch": _("Batches with a broken report"),
    "bad_path": _("An address that cannot be read"),
    "bad_patch": _("A change that cannot be read"),
    "bad_property": _("A property with a value that cannot be"),
    "bad_result": _("A result that cannot be kept"),
    "property_missing": _("A required property is missing"),
    "unknown_property": _("A property nobody here knows"),
    "link_required": _("A required link is missing"),
    "link_fixed": _("A link that cannot be changed"),
    "owner_fixed": _("An owner that cannot be changed"),
    "time_fixed": _("A time that cannot be changed"),
    "id_is_ours": _("An id of its own, which the platform gives"),
    "in_use": _("Something that is still in use"),
    "method_not_allowed": _("An operation that is not possible there"),
    "not_patchable": _("Not to be changed in part"),
    "no_deep_update": _("A change of several entities at once"),
    "nested_too_deep": _("Nested too deeply"),
    "too_many_entities": _("Too many entities at once"),
    "too_many_observations": _("Too many observations at once"),
    "answer_too_large": _("An answer that would be too large"),
    "body_too_large": _("A body that is too large"),
}
OUTCOMES: Final[dict[str, Promise]] = {
    **_STATION,
    **_VEHICLE,
    **_MESSAGE,
    **_FORMATS,
    **_SENSORTHINGS,
}


def outcome_of(code: str) -> str:
    """An outcome in words; numbers of a standard keep theirs, and what is new its code."""
    kind, _mark, number = code.partition("_")
    if code in OUTCOMES:
        return str(OUTCOMES[code])
    if kind == "mqtt":
        return gettext("Against the rules of MQTT (0x%(number)s)") % {"number": number}
    if kind == "jt808":
        return gettext("Messages 0x%(number)s") % {"number": number.upper()}
    return code
