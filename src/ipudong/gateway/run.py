"""`ipudong gateway`: one process, one event loop on uvloop, every listener of machines."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Iterator

import structlog
import uvicorn
import uvloop

from ipudong.city.sensing.history import open_journal
from ipudong.gateway.app import create_app
from ipudong.gateway.assembly import Gateway, open_gateway
from ipudong.gateway.hj212.bounds import Bounds
from ipudong.gateway.jt808.bounds import Bounds as Jt808Bounds
from ipudong.gateway.options import HJ212_ACCEPT, HOST, LIVE_MAX_WATCHERS, PORT

log = structlog.get_logger()

REQUESTS_AT_ONCE = 4000
STOP_S = 1  # what a request under way gets to finish


class _HttpServer(uvicorn.Server):
    """Uvicorn that leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: the process stops all its listeners together."""
        yield


def run() -> None:
    """Serve until SIGTERM or SIGINT; then commit what was taken in and leave within seconds."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())


async def _serve() -> None:
    stopping = _catch_signals()
    gateway = await open_gateway(
        open_journal(),
        bounds=Bounds.from_options(),
        accept=frozenset(HJ212_ACCEPT.get()),
        jt808_bounds=Jt808Bounds.from_options(),
    )
    try:
        ports = await gateway.open_doors()
        gateway.start()
        _settle_memory()
        # Last: who sees that it is ready finds every door open.
        await _serve_http(gateway, stopping, ports)
    finally:
        await gateway.stop()
    log.info("gateway_stopped")


async def _serve_http(gateway: Gateway, stopping: asyncio.Event, ports: dict[str, int]) -> None:
    server = _make_http_server(gateway)
    serving = asyncio.create_task(server.serve())
    log.info("gateway_ready", http=PORT.get(), **ports)
    await asyncio.wait(
        {serving, asyncio.create_task(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED
    )
    server.should_exit = True
    gateway.hub.close()  # the streams would hold the server for as long as they may last
    await serving


def _settle_memory() -> None:
    """What was loaded stays: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    # The journal's thread asks for its turn some ten times a commit.
    sys.setswitchinterval(0.001)


def _catch_signals() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopping.set)
    return stopping


def _make_http_server(gateway: Gateway) -> _HttpServer:
    config = uvicorn.Config(
        create_app(gateway),
        host=HOST.get(),
        port=PORT.get(),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
        limit_concurrency=REQUESTS_AT_ONCE + LIVE_MAX_WATCHERS.get(),
    )
    return _HttpServer(config)
