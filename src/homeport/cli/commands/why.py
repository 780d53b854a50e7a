"""``homeport why``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.place import client


@words.command()
@click.argument("name", shell_complete=words.complete_names)
@words.json_option
def command(call: Call, name: str, as_json: bool) -> None:
    """Say why something does not go on: the chain down to the cause, with its last lines."""
    from homeport.cli.screen.cause import chain

    found = client(call).why(name)
    if as_json:
        words.print_json(call, {key: value for key, value in found.items() if key != "type"})
    else:
        terminal = out(call)
        terminal.lines(chain(found, terminal.paint))
