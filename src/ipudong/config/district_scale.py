"""How large the demonstration district is drawn; read by set-up and simulator alike."""

from ipudong.options import Option

DEMO_SCALE = Option(
    "demo.scale",
    default=1000,
    doc="Scale of the demonstration district: one simulated device stands for so many.",
)
