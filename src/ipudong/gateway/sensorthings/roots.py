"""Where the service is, and what may be done there."""

from typing import Final

ROOT: Final = "/sensorthings/v1.1"
VIEW: Final = "sensing.view_things"
POST: Final = "sensing.post_observations"
