"""How pushed readings name their device."""

from ipudong.options import Option

DEVICE_TAGS = Option(
    "gateway.push_device_tags",
    default=("device", "host"),
    doc="Tags of line protocol that name the device, the first that a line has.",
)
