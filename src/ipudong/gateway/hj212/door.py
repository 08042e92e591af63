"""The HJ 212 server as one of the gateway's doors."""

from ipudong.gateway.hj212.intake import PROTOCOL
from ipudong.gateway.hj212.server import Server
from ipudong.gateway.options import HJ212_HOST, HJ212_PORT
from ipudong.gateway.outbox import Ended, Outgoing
from ipudong.gateway.snapshot import Snapshot


class Hj212Door:
    """Stations that speak HJ 212 over TCP."""

    name = PROTOCOL

    def __init__(self, server: Server) -> None:
        self._server = server
        self.tick = server.tick
        self.list_connected = server.list_connected
        self.stop_listening = server.stop_listening
        self.close_connections = server.close_connections

    async def open(self) -> int:
        """Listen as the settings say."""
        return await self._server.listen(HJ212_HOST.get(), HJ212_PORT.get())

    def use_snapshot(self, snapshot: Snapshot) -> None:
        """Know these stations from now on."""
        self._server.use_directory(snapshot.directory)

    def start_command(self, outgoing: Outgoing) -> None:
        """Send a command as a request of the standard."""
        self._server.commands.start(outgoing)

    def take_ended(self) -> list[Ended]:
        """Requests that were answered, refused or timed out."""
        return self._server.commands.take_ended()
