"""What pushes of all forms share in one gateway."""

from litestar import Request

from ipudong.gateway.assembly import Gateway
from ipudong.gateway.payloads.interpreter import PayloadInterpreter
from ipudong.gateway.push.lines import PROTOCOL, LinePush
from ipudong.gateway.push.options import DEVICE_TAGS


class PushDesk:
    """Takes lines and documents for a gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.lines = LinePush(
            gateway.pipeline,
            gateway.records,
            lambda: gateway.snapshot.directory,
            DEVICE_TAGS.get(),
        )
        self.interpreter = PayloadInterpreter(
            gateway.pipeline,
            gateway.records,
            lambda: gateway.snapshot.directory,
            _publish_nothing,
            PROTOCOL,
        )


def _publish_nothing(topic: str, payload: bytes) -> None:
    """Nobody listens on the way back of a push."""


def desk_of(request: Request) -> PushDesk:
    """The desk of the application."""
    desk: PushDesk = request.app.state.push
    return desk
