"""Settings of alarms."""

from ipudong.options import Option

FLOOD_PER_MINUTE = Option(
    "alarms.flood_per_minute",
    default=100,
    doc="Alarms one rule may raise within a minute; those above are gathered under one summary "
    "alarm. A rule may have a limit of its own.",
)
