"""The JT/T 808 server as one of the gateway's doors."""

from ipudong.gateway.jt808.intake import PROTOCOL
from ipudong.gateway.jt808.server import Server
from ipudong.gateway.options import JT808_HOST, JT808_PORT, JT808_UDP_PORT
from ipudong.gateway.outbox import Ended, Outgoing
from ipudong.gateway.snapshot import Snapshot


class Jt808Door:
    """Vehicle terminals that speak JT/T 808."""

    name = PROTOCOL

    def __init__(self, server: Server) -> None:
        self.server = server
        self.tick = server.tick
        self.list_connected = server.list_connected
        self.stop_listening = server.stop_listening
        self.close_connections = server.close_connections

    async def open(self) -> int:
        """Listen as the settings say; port 0 keeps the door shut."""
        host, port, udp_port = JT808_HOST.get(), JT808_PORT.get(), JT808_UDP_PORT.get()
        if udp_port:
            await self.server.listen_udp(host, udp_port)
        return await self.server.listen(host, port) if port else 0

    def use_snapshot(self, snapshot: Snapshot) -> None:
        """Know these vehicles from now on."""
        self.server.use_directory(snapshot.directory)

    def start_command(self, outgoing: Outgoing) -> None:
        """Send a command as messages of the standard."""
        self.server.commands.start(outgoing)

    def take_ended(self) -> list[Ended]:
        """Commands that were answered, refused or timed out."""
        return self.server.commands.take_ended()
