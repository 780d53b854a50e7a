"""``homeport scale``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.place import client


@words.command()
@click.argument("name", shell_complete=words.complete_names)
@click.argument("replicas", type=click.IntRange(min=0))
@words.json_option
def command(call: Call, name: str, replicas: int, as_json: bool) -> None:
    """Run another number of REPLICAS of a service."""
    names = client(call).wish("scale", name=name, replicas=replicas)
    if as_json:
        words.print_json(call, {"op": "scale", "names": list(names), "replicas": replicas})
    else:
        out(call).lines([f"{', '.join(names)}: {replicas} replicas wanted"])
