"""Pictures, sound and video that terminals send (0x0801), as files of a bounded folder."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import structlog

from ipudong.gateway import figures
from ipudong.options import Option, data_path
from ipudong.protocols.jt808.events import MessageReceived

if TYPE_CHECKING:
    from ipudong.gateway.jt808.connection import Connection

log = structlog.get_logger()

FILES_PER_VEHICLE = Option(
    "gateway.jt808_media_per_vehicle",
    default=100,
    doc="Pictures and recordings kept of one vehicle; the oldest give way.",
)
# Formats of 0x0800 and 0x0801 (JT/T 808-2019, table 106).
ENDINGS: Final = {0: "jpg", 1: "tif", 2: "mp3", 3: "wav", 4: "wmv"}
MAX_BYTES: Final = 4 * 1024 * 1024
MAX_WAITING: Final = 64  # beyond it the terminal hears nothing and sends again


class MediaStore:
    """Keeps media as `media/jt808/<thing>/<received>-<media id>.<ending>`."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, connection: "Connection", thing_id: int, event: MessageReceived) -> None:
        """Write the file, then acknowledge."""
        if len(self._tasks) >= MAX_WAITING:
            return
        task = asyncio.create_task(self._keep(connection, thing_id, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, connection: "Connection", thing_id: int, event: MessageReceived) -> None:
        folder = data_path("media", "jt808", str(thing_id))
        received_us = connection.server.now_us()
        try:
            await asyncio.to_thread(write_media, folder, event.message.values, received_us)
        except OSError:
            figures.FAILED_STEPS.labels("jt808_media").inc()
            log.exception("media_not_kept", thing=thing_id)
            return
        connection.server.records.note_count(thing_id, "media_kept")
        if event.answer is not None:
            connection.write(event.answer)


def write_media(folder: Path, values: Mapping[str, Any], received_us: int) -> Path:
    """Write one medium, and let the oldest go beyond the bound. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    ending = ENDINGS.get(values.get("format", -1), "bin")
    path = folder / f"{received_us}-{int(values.get('media_id', 0)):08x}.{ending}"
    path.write_bytes(values.get("data", b"")[:MAX_BYTES])
    for old in sorted(folder.iterdir())[: -FILES_PER_VEHICLE.get()]:
        old.unlink(missing_ok=True)
    return path
