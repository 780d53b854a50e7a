"""``homeport wait``."""

import click

from homeport.cli import exits, words
from homeport.cli.call import Call, err, out
from homeport.cli.place import client

_CODES = {"reached": exits.OK, "failed": exits.FAILED, "timeout": exits.TIMED_OUT, "closing": exits.NOT_RUNNING}
_SAID = {"failed": "it will not happen", "timeout": "time is up", "closing": "the house is closing"}
_BROKEN = "the stack file is broken; this answer is about its last good version (`homeport status` shows the mistake)"


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
    found = client(call).wait(names, condition, timeout)
    if as_json:
        told = {"outcome": found.outcome, "missing": dict(found.missing), "file_error": found.file_error}
        words.print_json(call, told)
        return _CODES[found.outcome]
    if found.outcome == "reached":
        out(call).lines([condition])
    else:
        missing = [f"  {name} is {sentence}" for name, sentence in found.missing.items()]
        unread = " the stack file is being read" if not missing and found.outcome == "timeout" else ""
        err(call).lines([f"not {condition}, {_SAID[found.outcome]}:{unread}", *missing])
    if found.file_error:
        err(call).lines([_BROKEN])
    return _CODES[found.outcome]
