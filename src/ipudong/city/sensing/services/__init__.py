"""Writes of sensing. Each is one transaction; where a person acts it also writes the audit."""

from ipudong.city.sensing.services.alarms import (
    acknowledge_alarm,
    apply_rule_changes,
    close_alarm,
    note_alarm,
    switch_rule,
)
from ipudong.city.sensing.services.commands import (
    expire_commands,
    finish_command,
    queue_command,
    take_commands,
)
from ipudong.city.sensing.services.live import (
    FrameCounts,
    RejectedRow,
    count_frames,
    disconnect_all,
    reject_frames,
    store_latest,
    touch_things,
)
from ipudong.city.sensing.services.quarantine import (
    QuarantineRow,
    adopt_device,
    dismiss_device,
    quarantine_device,
    quarantine_devices,
)
from ipudong.city.sensing.services.things import (
    ensure_channels,
    ensure_datastreams,
    register_thing,
    retire_thing,
)

__all__ = [
    "FrameCounts",
    "QuarantineRow",
    "RejectedRow",
    "acknowledge_alarm",
    "adopt_device",
    "apply_rule_changes",
    "close_alarm",
    "count_frames",
    "disconnect_all",
    "dismiss_device",
    "ensure_channels",
    "ensure_datastreams",
    "expire_commands",
    "finish_command",
    "note_alarm",
    "quarantine_device",
    "quarantine_devices",
    "queue_command",
    "register_thing",
    "reject_frames",
    "retire_thing",
    "store_latest",
    "switch_rule",
    "take_commands",
    "touch_things",
]
