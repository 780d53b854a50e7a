"""``homeport shell``."""

import click

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@click.argument("name", shell_complete=words.complete_names)
@click.option("-c", "--container", metavar="NAME", help="In this container of the pod (default: the service's own).")
def command(call: Call, name: str, container: str | None) -> int:
    """Open a shell where a service or task runs: in its environment and folder, or in its pod or container."""
    from homeport.cli.inside.going import go_with_shell

    return go_with_shell(call, name, container)
