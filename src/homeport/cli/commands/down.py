"""``homeport down``."""

import click

from homeport.cli import words
from homeport.cli.call import Call


@words.command()
@click.option("--kill", is_flag=True, help="End everything now, without grace.")
@click.option("--data", is_flag=True, help="Remove the data of this instance too, after naming it.")
@words.json_option
def command(call: Call, kill: bool, data: bool, as_json: bool) -> int:
    """End the running house; data and logs stay."""
    from homeport.cli.ending import end_house

    code = end_house(call, kill=kill, quiet=as_json)
    if data:
        from homeport.cli.offline import remove_data

        removed = remove_data(call, quiet=as_json)
    if as_json:
        words.print_json(call, {"ended": code, "removed": removed if data else []})
    return 0
