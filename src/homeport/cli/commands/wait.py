"""``homeport wait``."""

import click

from homeport.cli import exits, words
from homeport.cli.call import Call, err, out
from homeport.cli.place import client

_CODES = {"reached": exits.OK, "failed": exits.FAILED, "timeout": exits.TIMED_OUT, "closing": exits.NOT_RUNNING}
_SAID = {"failed": "it will not happen", "timeout": "time is up", "closing": "the house is closing"}


@words.command()
@words.names_argument()
@click.option(
    "--for",
    "condition",
    type=click.Choice(["ready", "completed", "stopped"]),
    default="ready",
    show_default=True,
    help="What to wait for.",
)
@click.option("--timeout", type=words.DURATION, help="Give up after this time, such as 30s (default: never).")
@words.json_option
def command(call: Call, names: tuple[str, ...], condition: str, timeout: float | None, as_json: bool) -> int:
    """Wait until services are ready, tasks completed, or programs stopped."""
    house = client(call)
    outcome, missing = house.wait(names, condition, timeout)
    if as_json:
        words.print_json(call, {"outcome": outcome, "missing": dict(missing)})
    elif outcome == "reached":
        out(call).lines([condition])
        if house.status().file_error:
            err(call).lines(["the stack file is broken, and this is what it said before: `homeport status` shows why"])
    else:
        err(call).lines([f"not {condition}, {_SAID[outcome]}:", *(f"  {n} is {said}" for n, said in missing.items())])
    return _CODES[outcome]
