"""``homeport ps``."""

import time

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.option("-a", "--all", "everything", is_flag=True, help="Also instances that do not run.")
@words.json_option
def command(call: Call, everything: bool, as_json: bool) -> None:
    """List the instances on this machine: what runs, how it is, where, since when, and how much memory it takes.

    Those that do not run and still have something on a cluster are listed as well; no cluster is asked.
    """
    from homeport.cli.neighbours import instances
    from homeport.cli.screen.instances import table

    found = [one for one in instances(call, time.time()) if everything or one.running or one.left or one.clusters]
    if as_json:
        words.print_json(call, [one.document() for one in found])
        return
    terminal = out(call)
    terminal.lines(table(found, terminal.width, terminal.paint))
