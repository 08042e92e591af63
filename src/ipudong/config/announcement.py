"""What a newcomer reads once the district is up: where to go and who to be."""

import time
import urllib.error
import urllib.request

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from ipudong.config.addresses import gateway_address, portal_address
from ipudong.config.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from ipudong.config.doors import door_addresses

READY_WITHIN_S = 60.0
DOOR_TITLES = {
    "hj212": "HJ 212 stations / 监测站",
    "jt808": "JT/T 808 vehicles / 车载终端",
    "mqtt": "MQTT devices / 设备",
}


def wait_until_ready() -> bool:
    """Whether the portal answered within the time a start may take."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{portal_address()}/healthz", timeout=1):  # noqa: S310
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def announce(console: Console, *, simulated: bool, took_s: float) -> None:
    """Print the addresses and, for a demonstration, its accounts."""
    table = Table.grid(padding=(0, 2))
    table.add_row("Portal / 门户", f"[bold]{portal_address()}[/]")
    table.add_row("Plan board / 行动计划", f"{portal_address()}/plan/")
    table.add_row("Interfaces / 接口", f"{gateway_address()}/sensorthings/v1.1")
    for protocol, address in door_addresses(gateway_address()).items():
        if address.port:
            table.add_row(DOOR_TITLES[protocol], f"{address.host}:{address.port}")
    if simulated:
        table.add_row("", "")
        for account in DEMO_ACCOUNTS:
            table.add_row(account.username, f"{account.display_name} · {', '.join(account.roles)}")
        table.add_row("password / 密码", f"[bold]{DEMO_PASSWORD}[/]  (demonstration only)")
    console.print(
        Panel(table, title=f"iPudong is up after {took_s:.1f} s · Ctrl-C stops", expand=False)
    )
