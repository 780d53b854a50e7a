"""What `up` and `ci` ask of a session."""

from collections.abc import Sequence

from homeport.cli.assigning import assignments
from homeport.cli.call import Call
from homeport.cli.place import stack_file
from homeport.cli.placing import Placing
from homeport.cli.screen.paint import ansi
from homeport.cli.screen.terminal import Terminal
from homeport.session import Settings

_ANYWHERE = Placing()
_GUTTER = 16
"""Columns that the name before a line takes, about."""


def settings(
    call: Call,
    names: Sequence[str],
    sets: Sequence[str],
    *,
    jobs: int | None = None,
    manual: bool = False,
    give_up: int | None = None,
    remember: bool = True,
    last_good: bool = False,
    terminal: Terminal | None = None,
    placing: Placing = _ANYWHERE,
) -> Settings:
    """Return the settings of a house. Raises RefusedError for a wrong ``--set`` or ``--on``, ConfigError without a file."""
    return Settings(
        file=stack_file(call),
        environ=dict(call.environ),
        options=assignments(sets),
        select=tuple(names),
        instance=call.instance,
        manual=manual,
        jobs=jobs,
        give_up=give_up,
        remember=remember,
        last_good=last_good,
        places=placing.places,
        context=placing.context,
        allow_context=placing.allow_context,
        namespace=placing.namespace,
        registry=placing.registry,
        hints=hints(terminal) if terminal is not None else {},
        portable=call.environ.get("HOMEPORT_PORTABLE", "") not in ("", "0"),
    )


def hints(terminal: Terminal) -> dict[str, str]:
    """Return what programs are told about the terminal that their lines end up on: colours, and the room for a line."""
    found: dict[str, str] = {}
    if terminal.paint is ansi:
        found |= {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "PY_COLORS": "1"}
    if terminal.live and terminal.width is not None:
        found["COLUMNS"] = str(max(terminal.width - _GUTTER, 40))
    return found
