"""``homeport ps``."""

import time

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.option("-a", "--all", "everything", is_flag=True, help="Also instances that do not run.")
@words.json_option
def command(call: Call, everything: bool, as_json: bool) -> None:
    """List the instances on this machine: what runs, how it is, where, since when, and how much memory it takes."""
    from homeport.cli.neighbours import instances
    from homeport.cli.screen.instances import table

    found = [one for one in instances(call, time.time()) if everything or one.running or one.left]
    if as_json:
        words.print_json(call, [one.document() for one in found])
        return
    terminal = out(call)
    terminal.lines(table(found, terminal.width, terminal.paint))
