"""`ipudong simulate`: a district that talks to the doors from outside."""

import importlib.util
from datetime import timedelta
from pathlib import Path

import click

from ipudong.config.district_scale import DEMO_SCALE
from ipudong.config.installed import SYSTEMS
from ipudong.gateway.mqtt.options import PORT as MQTT_PORT
from ipudong.gateway.options import HJ212_PORT, JT808_PORT, PORT
from ipudong.operations.log import configure_logs
from ipudong.simulator.faults import FaultError, Faults, parse_faults
from ipudong.simulator.run import Run, simulate


def _faults(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> Faults:
    try:
        return parse_faults(value)
    except FaultError as error:
        raise click.BadParameter(str(error)) from error


def _modules() -> list[str]:
    names = [f"ipudong.systems.{name}.simulation" for name in SYSTEMS]
    return [name for name in names if importlib.util.find_spec(name) is not None]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, help="The gateway's HJ 212 port; from the settings if not given.")
@click.option("--jt808-port", type=int, help="The gateway's JT/T 808 port, likewise.")
@click.option("--scale", type=int, help="One simulated device stands for so many.")
@click.option("--seed", default=1, show_default=True, help="Another seed draws another district.")
@click.option("--speed", default=1.0, show_default=True, help="How fast the district's time runs.")
@click.option("--history-days", default=30.0, show_default=True, help="How far loggers look back.")
@click.option(
    "--replay",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Send the real records of this data folder instead, in their own rhythm times --speed.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    callback=_faults,
    help="lost=0.01, crc=0.01, dead=0.1, stuck=0.1 or clock=0.1; may be given several times.",
)
@click.option("--ledger", type=click.Path(dir_okay=False, path_type=Path), help="Write what was "
              "acknowledged to this file.")  # fmt: skip
@click.option("--forget", is_flag=True, help="Do not remember what was acknowledged before.")
@click.option("--resend-after", default=10.0, show_default=True, help="Seconds without an answer.")
@click.option("--for", "for_s", type=float, help="Stop after so many seconds.")
def command(
    host: str, port: int | None, jt808_port: int | None, scale: int | None, seed: int,
    speed: float, history_days: float,
    replay: Path | None, faults: Faults, ledger: Path | None, forget: bool, resend_after: float,
    for_s: float | None,
) -> None:  # fmt: skip
    """Send a simulated district, or real records, through the doors."""
    configure_logs("simulator")
    simulate(
        Run(
            modules=_modules(),
            host=host,
            port=port or HJ212_PORT.get(),
            jt808_port=jt808_port or JT808_PORT.get() or None,
            mqtt_port=MQTT_PORT.get() or None,
            http_port=PORT.get(),
            scale=scale or DEMO_SCALE.get(),
            seed=seed,
            speed=speed,
            history=timedelta(days=history_days),
            faults=faults,
            replay=replay,
            ledger=ledger,
            forget=forget,
            timeout_s=resend_after,
            for_s=for_s,
        )
    )
