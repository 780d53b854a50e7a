"""``homeport demo``."""

from pathlib import Path

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.argument("folder", default="homeport-demo", type=click.Path())
@click.option("--no-up", is_flag=True, help="Only copy the sample.")
@click.option("-d", "--detach", is_flag=True, help="Return when everything is ready; the house runs on.")
@click.pass_context
def command(context: click.Context, call: Call, folder: str, no_up: bool, detach: bool) -> object:
    """Copy the bundled sample into a FOLDER (homeport-demo here, unless one is named) and run it."""
    from homeport.cli.commands.up import command as up
    from homeport.cli.samples import copy_demo

    where = Path(folder).resolve()
    fresh = copy_demo(where)
    out(call).lines([f"{'the sample is in' if fresh else 'using the sample in'} {where}"])
    if no_up:
        return None
    call.file, call.instance = str(where / "stack.py"), None
    return context.invoke(up, detach=detach)
