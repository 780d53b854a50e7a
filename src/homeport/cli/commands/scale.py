"""``homeport scale``."""

import click

from homeport.cli import words
from homeport.cli.call import Call, out
from homeport.cli.place import client


@words.command()
@click.argument("name", shell_complete=words.complete_names)
@click.argument("replicas", type=click.IntRange(min=0), required=False)
@words.json_option
def command(call: Call, name: str, replicas: int | None, as_json: bool) -> None:
    """Run another number of REPLICAS of a service; NAME=REPLICAS says the same."""
    if replicas is None:
        name, replicas = _both(name)
    names = client(call).wish("scale", name=name, replicas=replicas)
    if as_json:
        words.print_json(call, {"op": "scale", "names": list(names), "replicas": replicas})
    else:
        out(call).lines([f"{', '.join(names)}: {replicas} replicas wanted"])


def _both(word: str) -> tuple[str, int]:
    """Return what ``chat=20`` says. Raises RefusedError for a word that says no number."""
    from homeport.model.errors import RefusedError

    name, _equals, number = word.partition("=")
    if not (number.isascii() and number.isdigit()):
        raise RefusedError(f'"{word}" does not say how many replicas', hint=f"write homeport scale {name or 'NAME'} 3")
    return name, int(number)
