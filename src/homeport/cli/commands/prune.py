"""``homeport prune``."""

import click

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@click.argument("names", metavar="INSTANCE...", nargs=-1)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only name what would be removed.")
@words.json_option
def command(call: Call, names: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool) -> int:
    """Remove what is kept for checkouts that are gone: data, logs, secrets, leased ports, and the name.

    With INSTANCEs, those, whether their checkouts exist or not. What runs is never touched, nor is any checkout.
    """
    from homeport.cli.pruning import run

    chosen = names or ((call.instance,) if call.instance is not None else ())
    return run(call, chosen, yes=yes, dry=dry_run, as_json=as_json)
