"""The routes of HTTP push."""

from typing import Any, Final

from ipudong.gateway.push import documents, influx

PUSH_HANDLERS: Final[tuple[Any, ...]] = (*influx.HANDLERS, *documents.HANDLERS)
