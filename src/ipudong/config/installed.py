"""The systems of this district, one line each."""

SYSTEMS: tuple[str, ...] = (
    "citysense",
    "environment",
    "govcollab",
    "govservice",
)
