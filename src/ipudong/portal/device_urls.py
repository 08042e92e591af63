"""Addresses of devices, their profiles, keys, commands, firmware and labels."""

from typing import Final

from django.urls import path, re_path

from ipudong.portal.pages import (
    device_import,
    device_profiles,
    devices,
    firmware,
    labels,
    outbox,
    provisioning,
    registering,
    strangers,
)

DEVICE_PATHS: Final = (
    path("devices/", devices.list_devices, name="devices"),
    path("devices/new/", registering.register, name="register_device"),
    path("devices/import/", device_import.import_page, name="import_devices"),
    path("devices/import/tokens.csv", device_import.give_tokens, name="imported_tokens"),
    re_path(
        r"^devices/import/template\.(?P<kind>csv|xlsx)$",
        device_import.give_template,
        name="device_template",
    ),
    re_path(r"^devices/export\.(?P<kind>csv|xlsx)$", device_import.export, name="export_devices"),
    path("devices/labels/", labels.show_labels, name="labels"),
    path("devices/profiles/", device_profiles.list_all, name="profiles"),
    path("devices/profiles/new/", device_profiles.write_profile, name="new_profile"),
    path("devices/profiles/<slug:name>/", device_profiles.write_profile, name="profile"),
    path("devices/profiles/<slug:name>/delete/", device_profiles.delete, name="delete_profile"),
    path("devices/keys/", provisioning.list_keys, name="provisioning"),
    path("devices/keys/<int:key_id>/revoke/", provisioning.revoke_key, name="revoke_key"),
    path("devices/commands/", outbox.list_all, name="outbox"),
    path("devices/commands/<int:command_id>/cancel/", outbox.cancel, name="cancel_command"),
    path("devices/commands/<int:command_id>/retry/", outbox.retry, name="retry_command"),
    path("devices/firmware/", firmware.list_all, name="firmware"),
    path("devices/firmware/new/", firmware.upload, name="new_firmware"),
    path(
        "devices/firmware/<int:package_id>/withdraw/", firmware.withdraw, name="withdraw_firmware"
    ),
    path("devices/campaigns/new/", firmware.start, name="new_campaign"),
    path("devices/campaigns/<int:campaign_id>/", firmware.show_campaign, name="campaign"),
    path(
        "devices/campaigns/<int:campaign_id>/change/",
        firmware.change_campaign,
        name="change_campaign",
    ),
    path("devices/strangers/<int:device_id>/", strangers.show_stranger, name="stranger"),
    path("devices/strangers/<int:device_id>/dismiss/", strangers.dismiss, name="dismiss_stranger"),
    path("devices/<int:thing_id>/", devices.show_device, name="device"),
    path("devices/<int:thing_id>/charts/", devices.show_charts, name="device_charts"),
    path("devices/<int:thing_id>/place.geojson", devices.give_place, name="device_place"),
    path("devices/<int:thing_id>/history.csv", devices.export_history, name="device_history"),
    path("devices/<int:thing_id>/command/", devices.command_device, name="command_device"),
    path("devices/<int:thing_id>/edit/", registering.edit, name="edit_device"),
    path("devices/<int:thing_id>/service/", registering.change_service, name="device_service"),
    path("devices/<int:thing_id>/fields/", registering.show_fields, name="device_fields"),
    path(
        "devices/<int:thing_id>/credential/", registering.show_credential, name="device_credential"
    ),
    path("devices/<int:thing_id>/credential/issue/", registering.issue, name="issue_credential"),
    path("devices/<int:thing_id>/credential/revoke/", registering.revoke, name="revoke_credential"),
    path(
        "devices/<int:thing_id>/credential/certificate/",
        registering.take_certificate,
        name="take_certificate",
    ),
    path("d/<str:short_id>", devices.open_short, name="short"),
)
