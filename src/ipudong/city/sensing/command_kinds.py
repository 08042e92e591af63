"""What devices can be asked to do, by protocol: rows that pages, doors and tests read alike."""

from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.errors import SensingError

MAX_JSON: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One argument: `type` is integer, text, boolean, choice or json; limits where they hold."""

    name: str
    title: Promise
    type: str = "text"
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 1000
    choices: tuple[tuple[str, Promise], ...] = ()
    help: Promise | str = ""


@dataclass(frozen=True, kw_only=True)
class CommandKind:
    """A command of a protocol. `by_campaign` ones are sent by update campaigns, not by hand."""

    protocol: str
    name: str
    title: Promise
    arguments: tuple[Argument, ...] = ()
    by_campaign: bool = False


def _integer(name: str, title: Promise, low: int, high: int, **more: Any) -> Argument:
    return Argument(name=name, title=title, type="integer", minimum=low, maximum=high, **more)


_JSON_HELP = _('As JSON, for example {"a": 1}.')
_INTERVAL = _integer("interval_s", _("Interval (s)"), 1, 86_400)
_HJ212_INTERVAL = _integer("interval_s", _("Interval (s)"), 30, 3600)
_UPDATE = (
    Argument(name="url", title=_("Address of the file"), max_length=500),
    Argument(name="version", title=_("Version"), max_length=60),
    Argument(name="sha256", title=_("SHA-256 of the file"), max_length=64),
    _integer("size", _("Size (bytes)"), 1, 1 << 32),
)
_CONTROLS = (
    ("reset", _("Restart")),
    ("factory_reset", _("Factory settings")),
    ("power_off", _("Switch off")),
    ("close_data", _("Close the data connection")),
    ("close_radio", _("Close all radio")),
)

COMMAND_KINDS: Final = (
    CommandKind(protocol="hj212", name="read_now", title=_("Read now")),
    CommandKind(protocol="hj212", name="read_time", title=_("Read its clock")),
    CommandKind(protocol="hj212", name="set_time", title=_("Set its clock")),
    CommandKind(protocol="hj212", name="read_interval", title=_("Read its interval")),
    CommandKind(
        protocol="hj212",
        name="set_interval",
        title=_("Set the interval of instant readings"),
        arguments=(_HJ212_INTERVAL,),
    ),
    CommandKind(protocol="mqtt", name="reboot", title=_("Restart")),
    CommandKind(
        protocol="mqtt", name="set_interval", title=_("Set its interval"), arguments=(_INTERVAL,)
    ),
    CommandKind(
        protocol="mqtt",
        name="update_firmware",
        title=_("Update the firmware"),
        arguments=_UPDATE,
        by_campaign=True,
    ),
    CommandKind(
        protocol="mqtt",
        name="send",
        title=_("Send JSON of one's own"),
        arguments=(Argument(name="payload", title=_("Message"), type="json", help=_JSON_HELP),),
    ),
    CommandKind(protocol="jt808", name="locate_now", title=_("Ask where it is")),
    CommandKind(
        protocol="jt808",
        name="send_text",
        title=_("Send a text to the driver"),
        arguments=(
            Argument(name="text", title=_("Text"), max_length=512),
            Argument(name="emergency", title=_("Urgent"), type="boolean", required=False),
        ),
    ),
    CommandKind(protocol="jt808", name="query_parameters", title=_("Read its parameters")),
    CommandKind(
        protocol="jt808",
        name="set_parameters",
        title=_("Set parameters"),
        arguments=(
            Argument(
                name="parameters",
                title=_("Parameters"),
                type="json",
                help=_('Number of the parameter and its value, for example {"0x0001": 30}.'),
            ),
        ),
    ),
    CommandKind(
        protocol="jt808",
        name="lock_doors",
        title=_("Lock or unlock the doors"),
        arguments=(Argument(name="locked", title=_("Locked"), type="boolean", required=False),),
    ),
    CommandKind(
        protocol="jt808",
        name="control",
        title=_("Control the terminal"),
        arguments=(
            Argument(name="command", title=_("What to do"), type="choice", choices=_CONTROLS),
        ),
    ),
    CommandKind(
        protocol="jt808",
        name="take_snapshot",
        title=_("Take a picture"),
        arguments=(_integer("channel", _("Camera"), 1, 64),),
    ),
    CommandKind(
        protocol="jt808",
        name="set_circle",
        title=_("Set a round area"),
        arguments=(
            _integer("area_id", _("Number of the area"), 1, 4_294_967_295),
            Argument(
                name="lon", title=_("Longitude (WGS 84)"), type="number", minimum=-180, maximum=180
            ),
            Argument(
                name="lat", title=_("Latitude (WGS 84)"), type="number", minimum=-90, maximum=90
            ),
            _integer("radius_m", _("Radius (m)"), 1, 1_000_000),
        ),
    ),
    CommandKind(
        protocol="jt808",
        name="delete_areas",
        title=_("Delete areas"),
        arguments=(
            Argument(
                name="area_ids",
                title=_("Numbers of the areas"),
                type="json",
                required=False,
                help=_("As JSON, for example [1, 2]; empty deletes all."),
            ),
        ),
    ),
    CommandKind(
        protocol="jt808",
        name="update_firmware",
        title=_("Update the firmware"),
        arguments=_UPDATE,
        by_campaign=True,
    ),
)


def list_command_kinds(protocol: str) -> list[CommandKind]:
    """The commands a person may send to devices of a protocol."""
    rows = [row for row in COMMAND_KINDS if row.protocol == protocol]
    return [row for row in rows if not row.by_campaign]


def find_command_kind(protocol: str, name: str) -> CommandKind | None:
    """The command of that name, those of campaigns included."""
    rows = (row for row in COMMAND_KINDS if (row.protocol, row.name) == (protocol, name))
    return next(rows, None)


def title_of_command(protocol: str, name: str) -> str:
    """How a command is called; its name where no row describes it."""
    row = find_command_kind(protocol, name)
    return str(row.title) if row else name


def check_arguments(kind: CommandKind, arguments: dict[str, Any]) -> None:
    """Raise SensingError `bad_argument` with the name of the first that will not do."""
    known = {argument.name for argument in kind.arguments}
    for name in arguments.keys() - known:
        raise SensingError("bad_argument", name=name)
    for argument in kind.arguments:
        value = arguments.get(argument.name)
        if value is None:
            if argument.required:
                raise SensingError("bad_argument", name=argument.name)
        elif not _fits(argument, value):
            raise SensingError("bad_argument", name=argument.name)


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "integer": (int,),
    "number": (int, float),
    "text": (str,),
    "boolean": (bool,),
    "choice": (str,),
    "json": (dict, list, str, int, float, bool),
}


def _fits(argument: Argument, value: Any) -> bool:
    is_typed: bool = isinstance(value, _TYPES[argument.type])
    if not is_typed:
        return False
    if argument.type in ("integer", "number"):
        return not isinstance(value, bool) and _is_within(argument, value)
    if argument.type == "choice":
        return value in [code for code, _title in argument.choices]
    return argument.type != "text" or 0 < len(str(value)) <= argument.max_length


def _is_within(argument: Argument, value: float) -> bool:
    low, high = argument.minimum, argument.maximum
    return (low is None or value >= low) and (high is None or value <= high)
