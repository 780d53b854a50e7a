"""``homeport cp``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out


@words.command()
@click.argument("source")
@click.argument("target")
@click.option("-c", "--container", metavar="NAME", help="In this container of the pod (default: the service's own).")
@words.json_option
def command(call: Call, source: str, target: str, container: str | None, as_json: bool) -> None:
    """Copy a file or folder into a service (SOURCE NAME:PATH) or out of it (NAME:PATH TARGET).

    Where TARGET is a folder, it is copied into that. What was copied is verified by its size.
    """
    from homeport.cli.inside.carrying import carry, way
    from homeport.cli.screen.remains import amount

    sizes = carry(call, way(source, target), container)
    total = sum(sizes.values())
    if as_json:
        words.print_json(call, {"files": len(sizes), "size": total})
    else:
        out(call).lines([f"copied {len(sizes)} file{'s' * (len(sizes) != 1)}, {amount(total)}"])
