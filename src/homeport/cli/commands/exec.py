"""``homeport exec``."""

import click

from homeport.cli import words
from homeport.cli.call import Call


@words.command(rest=True)
@click.argument("name", shell_complete=words.complete_names)
@click.option("-c", "--container", metavar="NAME", help="In this container of the pod (default: the service's own).")
def command(call: Call, name: str, container: str | None, rest: tuple[str, ...] | None) -> int:
    """Run a command (after --) where a service or task runs; its exit code is passed on.

    As a process: in its environment and folder. In a pod or container: in there. NAME.2 is its second replica, NAME/POD one
    pod. Pods are found without a running house, too.
    """
    from homeport.cli.inside.going import go
    from homeport.model.errors import RefusedError

    if not rest:
        raise RefusedError("no command was given", hint=f"homeport exec {name} -- env")
    return go(call, name, rest, container)
