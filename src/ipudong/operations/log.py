"""Structured logs: one JSON line an event, or short colored lines in a terminal.

Request and case ids are bound with `structlog.contextvars.bind_contextvars`; every later
line of the same request carries them.
"""

import logging
import re
import sys
from typing import Any, Final

import structlog

from ipudong.options import Option

LOG_FORMAT = Option(
    "operations.log_format",
    default="auto",
    choices=("auto", "json", "terminal"),
    doc="Form of log lines; auto is terminal where standard error is one, else json.",
)
LOG_LEVEL = Option(
    "operations.log_level",
    default="INFO",
    choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    doc="Least severity that is logged.",
)

HIDDEN: Final = "***"
_SECRET_NAME = re.compile(r"passw|secret|credential|token|authorization|cookie", re.IGNORECASE)
# The password of a station (HJ 212-2017, 6.3.1), and what follows "Bearer" in a header.
_SECRET_TEXT = re.compile(r"(\bPW=|\bBearer )[^;,&\s\"']+")


def configure_logs(process: str) -> None:
    """Send structlog and the standard library's records through one renderer to stderr."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LOG_LEVEL.get())
    for noisy in ("granian.access", "uvicorn.access", "django.server", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[LOG_LEVEL.get()]
        ),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def hide_secrets(_logger: object, _method: str, event: Any) -> Any:
    """Blot out values under secret names, and passwords inside texts, whoever logged them."""
    for name, value in event.items():
        if _SECRET_NAME.search(name) and isinstance(value, str | bytes):
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = _SECRET_TEXT.sub(rf"\1{HIDDEN}", value)
    return event


def _renderer() -> structlog.types.Processor:
    form = LOG_FORMAT.get()
    if form == "terminal" or (form == "auto" and sys.stderr.isatty()):
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(ensure_ascii=False)
