"""Where a district's map may fetch tiles from."""

from ipudong.options import Option

TILES_URL = Option(
    "portal.map_tiles_url",
    default="",
    doc="Address of raster tiles under the district's own map, such as "
    "`https://tiles.example/{z}/{x}/{y}.png`; empty: none, and nothing is asked of other hosts.",
)
TILES_CREDIT = Option(
    "portal.map_tiles_credit", default="", doc="Credit line that the tile source asks for."
)
